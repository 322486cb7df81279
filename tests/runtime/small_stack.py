"""`python -m tests.runtime.small_stack VAR KIND`: a supervised stack with a stand-in platform.

Database and broker are the real ones; web and worker are small programs that start at once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from voiceassets.runtime import programs
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import Layout
from voiceassets.runtime.processes import Program
from voiceassets.runtime.programs import SetUp, platform_program
from voiceassets.runtime.supervisor import Supervisor

SET_UP = {
    "well": "import os; assert 'owner' in os.environ['DATABASE_URL']",
    "broken-set-up": "raise SystemExit('the migration is wrong')",
}
# A worker with a process of its own, as Celery's pool has.
WORKER = "import subprocess; subprocess.run(['/bin/sleep', '600'])"


def stand_ins(
    layout: Layout, env: Mapping[str, str], *, port: int, web: bool, workers: bool
) -> tuple[Program, ...]:
    folder = str(layout.logs)
    serve = ("-m", "http.server", "--bind=127.0.0.1", f"--directory={folder}", str(port))
    commands = {"web": serve, "worker": ("-c", WORKER)}
    return tuple(
        platform_program(layout, env, name=name, argv=argv) for name, argv in commands.items()
    )


def main(var: str, kind: str) -> int:
    script = SET_UP.get(kind, SET_UP["well"])
    programs.SET_UP = (SetUp(name="set-up", argv=("-c", script), as_owner=True),)
    programs.platform_programs = stand_ins
    supervisor = Supervisor(Layout.at(Path(var)), port=0, web=True, workers=True, report=print)
    try:
        supervisor.run()
    except StartError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
