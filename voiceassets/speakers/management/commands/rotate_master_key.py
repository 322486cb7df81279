"""`manage.py rotate_master_key`: wraps every person's key with a new master key."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from voiceassets.core import envelope
from voiceassets.core.context import tenant_scope
from voiceassets.speakers import keys


class Command(BaseCommand):
    help = (
        "Make a new master key, wrap every person's key with it, and drop the old ones: what was "
        "wrapped in an older backup, erased people's keys among it, then opens no more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rewrap-only",
            action="store_true",
            help="wrap with the first key of the file, which you have put there; drop nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["rewrap_only"]:
            envelope.add_master_key()
        rewrapped = 0
        for tenant in apps.get_model("tenants.Tenant")._default_manager.all():
            with tenant_scope(tenant.pk):
                rewrapped += sum(1 for _ in keys.rewrap())
        dropped = [] if options["rewrap_only"] else envelope.drop_old_master_keys()
        newest = next(iter(envelope.master_keys()))
        self.stdout.write(
            f"{rewrapped} keys are wrapped with {newest}; dropped: {', '.join(dropped) or 'none'}."
        )
