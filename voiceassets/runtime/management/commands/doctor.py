"""`manage.py doctor`: prints each part of the installation and what is missing."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from voiceassets.runtime import doctor
from voiceassets.runtime.layout import Layout, default_var


class Command(BaseCommand):
    help = "Prints each part, its version, where it came from and what is missing."
    # The doctor also looks at an installation that is too broken to pass the checks.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(doctor.print_findings(doctor.examine(Layout.at(default_var()))))
