"""A worker that speaks soon and with any version, for requests that wait for speech.

Started as `celery -A tests.fuzz.quick_worker worker`.
"""

from __future__ import annotations

from typing import Any

from celery.signals import worker_init

from tests.benchmarks.api.fake_engine import app

__all__ = ["app"]


@worker_init.connect
def _give_every_version_a_voice(**_: object) -> None:
    from django.conf import settings  # once Django is set up

    from tests.synthesis.conftest import furnish
    from voiceassets.workers import engine_host

    folder = settings.WORK_DIR / "any-voice"
    voice: Any = furnish(folder / "base").write(folder / "voice")
    engine_host.open_bundle = lambda *_, **__: voice
