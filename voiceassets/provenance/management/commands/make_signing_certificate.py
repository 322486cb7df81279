"""`manage.py make_signing_certificate`: a certificate for development, so that files are signed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voiceassets.provenance.signer import signer


class Command(BaseCommand):
    help = (
        "Make a development certificate in C2PA_DIR unless one lies there. For production put the "
        "operator's chain.pem, key.pem and anchors.pem there instead."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{settings.C2PA_DIR}: files are signed by {signer().name}.")
