"""`manage.py export_audit TENANT FOLDER`: a tenant's events as files with a signed manifest."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from voiceassets.audit.export import MANIFEST, export
from voiceassets.audit.signing import public_pem, signing_key

KEY = "operator.pem"


class Command(BaseCommand):
    help = "Write the sealed events of a tenant as JSON Lines and CSV, plain and as OCSF, and sign."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", help="the tenant's slug")
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        # By name: this room lies below the one that knows tenants.
        tenant = (
            apps.get_model("tenants.Tenant")._default_manager.filter(slug=options["tenant"]).first()
        )
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        body = export(tenant.pk, options["folder"])
        key = options["folder"] / KEY
        key.write_text(public_pem(signing_key().public_key()), encoding="utf-8")
        self.stdout.write(
            f"{body['events']} events in {options['folder']}. Verify them anywhere with\n"
            f"  python -m voiceassets.audit.verify {options['folder'] / MANIFEST} --key {KEY}\n"
            f"where {KEY} is the operator's public key, obtained from the operator."
        )
