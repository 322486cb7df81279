"""`manage.py verify_audit`: proves the log and exits non-zero when anything was changed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voiceassets.audit.signing import signing_key
from voiceassets.audit.verification import verify


class Command(BaseCommand):
    help = "Verify every event, seal and checkpoint of the audit log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--checkpoints", type=Path, default=settings.AUDIT_CHECKPOINT_DIR)
        parser.add_argument(
            "--resume", action="store_true", help="go on from the last verified checkpoint"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        result = verify(
            checkpoint_dir=options["checkpoints"],
            public_key=signing_key().public_key(),
            resume=options["resume"],
        )
        if options["json"]:
            self.stdout.write(json.dumps({"ok": result.ok, **asdict(result)}))
        else:
            self.stdout.write(
                f"{result.events} events, {result.seals} seals, {result.checkpoints} checkpoints, "
                f"{result.waiting} waiting to be sealed, {result.retired} retired by retention"
            )
            if result.resumed_after:
                self.stdout.write(f"Seals up to {result.resumed_after} were verified before.")
            for problem in result.problems:
                self.stdout.write(f"  {problem.kind}: {problem.where}: {problem.message}")
            self.stdout.write("The log is whole." if result.ok else "The log was changed.")
        if not result.ok:
            raise SystemExit(1)
