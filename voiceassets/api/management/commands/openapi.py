"""`manage.py openapi` writes docs/openapi.json and the Python client made of it.

With `--check` it says whether both are current.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voiceassets.api import client_source, schema


class Command(BaseCommand):
    help = "Write the OpenAPI document and its client, or check that both are current."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail on drift")

    def handle(self, *args: Any, **options: Any) -> None:
        document = schema.as_text()
        current = {
            settings.BASE_DIR / "docs" / "openapi.json": document,
            settings.BASE_DIR / "docs" / "voice_assets.py": client_source.source(
                json.loads(document)
            ),
        }
        for path, text in current.items():
            if not options["check"]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                self.stdout.write(f"wrote {path}")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{path} is out of date; run `manage.py openapi` and commit it.")
