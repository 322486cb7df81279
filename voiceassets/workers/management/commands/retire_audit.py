"""`manage.py retire_audit`: empties the events whose retention is over; `--dry-run` counts them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Take away what events say once their class is kept no longer; their seals stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        from voiceassets.workers import retiring  # needs every room

        would = "would be retired" if options["dry_run"] else "retired"
        for outcome in retiring.outcomes(dry_run=options["dry_run"]):
            name = outcome.tenant.slug
            if outcome.held:
                self.stdout.write(f"{name}: a legal hold stands, nothing is retired")
            for found in outcome.retired:
                self.stdout.write(
                    f"{name}: {found.events} events of {found.kept_for} {would}, "
                    f"sealed more than {found.days} days ago"
                )
            if not outcome.held and not outcome.retired:
                self.stdout.write(f"{name}: nothing is due")
