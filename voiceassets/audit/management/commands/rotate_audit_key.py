"""`manage.py rotate_audit_key`: hands the signing of the log over to a new key."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voiceassets.audit.handover import rotate
from voiceassets.audit.signing import public_pem, signing_key


class Command(BaseCommand):
    help = "Sign with a new key from now on; the old one vouches for it and is removed."

    def handle(self, *args: Any, **options: Any) -> None:
        statement = rotate()
        self.stdout.write(
            f"{settings.AUDIT_KEY_FILE} holds a new key. Keep {statement} with the checkpoints: "
            "whoever knows the old public key follows it to this one:\n"
            f"{public_pem(signing_key().public_key())}"
        )
