"""`manage.py scheduler`: the loop that wakes, seals, expires and cleans up."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from voiceassets.core.isolation import require_isolation


class Command(BaseCommand):
    help = "Run the periodic duties until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        from voiceassets.workers import housekeeping  # needs every room

        require_isolation()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        housekeeping.run(should_stop=stop.is_set)
