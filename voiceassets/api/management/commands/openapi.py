"""`manage.py openapi` writes docs/openapi.json; with `--check` it says whether that is current."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voiceassets.api import schema


class Command(BaseCommand):
    help = "Write the OpenAPI document, or check that the committed one is current."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail on drift")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = settings.BASE_DIR / "docs" / "openapi.json"
        current = schema.as_text()
        if not options["check"]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(current, encoding="utf-8")
            self.stdout.write(f"wrote {path}")
        elif not path.exists() or path.read_text(encoding="utf-8") != current:
            raise CommandError(f"{path} is out of date; run `manage.py openapi` and commit it.")
