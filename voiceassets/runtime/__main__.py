"""`python -m voiceassets.runtime up | down | status | exec | doctor | demo`."""

from __future__ import annotations

import argparse
import os
import runpy
import signal
import sys
from pathlib import Path

from voiceassets.runtime import doctor, processes, state
from voiceassets.runtime.environment import DEFAULT_PORT, with_stack
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import Layout, default_var
from voiceassets.runtime.state import AlreadyRunningError, StackState
from voiceassets.runtime.supervisor import Supervisor, clean_up

DOWN_TIMEOUT_S = 60.0


def main(argv: list[str]) -> int:
    if argv[:1] == ["demo"]:
        sys.argv = ["demo", *argv[1:]]
        runpy.run_module("voiceassets.runtime.demo", run_name="__main__")
        return 0
    options = _parser().parse_args(argv)
    layout = Layout.at(options.var)
    try:
        match options.command:
            case "up":
                return up(
                    Supervisor(
                        layout,
                        port=options.port,
                        report=_say,
                        web=options.web,
                        workers=options.workers,
                        first_login=options.first_login,
                    )
                )
            case "down":
                return down(layout)
            case "status":
                return status(layout)
            case "exec":
                return execute(layout, options.words)
            case "doctor":
                return doctor.print_findings(doctor.examine(layout))
    except StartError as error:
        print(error, file=sys.stderr)
    return 1


def up(supervisor: Supervisor) -> int:
    try:
        supervisor.run()
    except AlreadyRunningError as running:
        _say(f"Voice Assets is already {_where(running.state)}. `make down` stops it.")
    return 0


def down(layout: Layout) -> int:
    """Asks a running supervisor to stop, or ends what a killed one has left."""
    seen = state.read(layout)
    if seen and state.is_running(layout) and processes.is_alive(seen.supervisor):
        os.kill(seen.supervisor.pid, signal.SIGTERM)
        if not processes.wait_until(
            lambda: not state.is_running(layout), timeout_s=DOWN_TIMEOUT_S, every_s=0.1
        ):
            raise StartError(f"Process {seen.supervisor.pid} does not stop; see {layout.logs}.")
        _say("Stopped.")
        return 0
    if not layout.lock_file.exists():
        _say("Voice Assets is not running.")
        return 0
    with state.hold_lock(layout):
        left = clean_up(layout)
    _say("Ended what a killed start had left." if left else "Voice Assets is not running.")
    return 0


def status(layout: Layout) -> int:
    """Prints what runs; 0 when the stack does, else 3 as service managers have it."""
    seen = state.read(layout)
    if not state.is_running(layout):
        _say("Voice Assets is not running.")
        return 3
    _say(f"Voice Assets is {_where(seen)}.")
    for mark in seen.processes if seen else ():
        _say(f"{mark.name:<12}{'runs' if processes.is_alive(mark) else 'down':<6}pid {mark.pid}")
    return 0


def execute(layout: Layout, words: list[str]) -> int:
    """Becomes the given command, with the stack's environment; the stack need not run."""
    if not words:
        raise StartError("Name the command to run, as in `exec .venv/bin/python manage.py shell`.")
    layout.prepare()
    seen = state.read(layout)
    env = with_stack(layout, port=seen.port if seen else DEFAULT_PORT)
    os.execvpe(words[0], words, env)  # noqa: S606  (the words come from the caller's own shell)


def _where(seen: StackState | None) -> str:
    if seen is None or not seen.ready:
        return "starting"
    return f"running at {seen.url} (process {seen.supervisor.pid})"


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voiceassets.runtime", description=__doc__)
    parser.add_argument("--var", type=Path, default=default_var(), help="where it keeps its files")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start the stack and watch over it until Ctrl-C")
    port = int(os.environ.get("VOICEASSETS_PORT", DEFAULT_PORT))
    start.add_argument("--port", type=int, default=port, help="of the web process; 0 for any")
    start.add_argument("--no-web", dest="web", action="store_false")
    start.add_argument("--no-workers", dest="workers", action="store_false")
    start.add_argument("--no-first-login", dest="first_login", action="store_false")
    commands.add_parser("down", help="stop the running stack")
    commands.add_parser("status", help="say what runs")
    run = commands.add_parser("exec", help="run a command with the stack's environment")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    commands.add_parser("doctor", help="print each part, its version, its origin, what is missing")
    commands.add_parser("demo", help="watch one recording travel the whole house")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
