"""`manage.py check_evidence`: listens to spoken consents and says which a person should hear."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from voiceassets.tenants.models import Tenant
from voiceassets.workers import preparation
from voiceassets.workers.evidence import listen_in


class Command(BaseCommand):
    help = (
        "Compare the words and the voice of every spoken consent with its wording and with the "
        "speaker's recordings, as far as the base and TRANSCRIBER_DIR can hear them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="also those heard before, say without recordings"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ears = preparation.ears_of_this_machine()
        for tenant in Tenant.objects.all():
            for consent in listen_in(tenant, ears, again=options["again"]):
                found = consent.evidence_check
                self.stdout.write(
                    f"{consent.public_id}: words {_percent(found['words_percent'])}, voice "
                    f"{_percent(found['voice_percent'])} of {_percent(found['voice_most_percent'])}"
                    f"{': a person should listen' if found['doubted'] else ''}"
                )


def _percent(figure: int | None) -> str:
    return "not compared" if figure is None else f"{figure} %"
