"""`manage.py install_base`: puts a base model where there is none, so that training can begin."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Write a small base with random weights to BASE_MODEL_DIR, unless a base lies there."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.BASE_MODEL_DIR
        if (folder / "base.json").exists():
            self.stdout.write(f"A base lies in {folder}.")
            return
        from synthesis.bundles.random_base import write_random_base  # slow: torch

        base = write_random_base(folder, size="tiny", seed=0)
        self.stdout.write(f"{base.name} written to {folder}: untrained, its sound is not speech.")
