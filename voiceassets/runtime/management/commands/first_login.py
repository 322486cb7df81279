"""`manage.py first_login`: gives a new installation its first tenant, two people and their keys."""

from __future__ import annotations

import io
import json
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from voiceassets.runtime.layout import Layout, default_var
from voiceassets.runtime.secret_files import keep
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import PLATFORM

# Two people, because nobody may approve what they have asked for themselves.
MEMBERS = ("owner@company.example:owner", "approver@company.example:brand_manager")


class Command(BaseCommand):
    help = "Where there is no tenant yet, create one and keep its keys under var/secrets."

    def handle(self, *args: Any, **options: Any) -> None:
        if Tenant.objects.exclude(slug=PLATFORM).exists():
            return
        shown = io.StringIO()
        call_command("create_tenant", "company", member=list(MEMBERS), stdout=shown)
        layout = Layout.at(default_var())
        layout.first_login.unlink(missing_ok=True)
        keep(layout.first_login, json.dumps(json.loads(shown.getvalue()), indent=1))
