"""A worker whose engine needs 50 ms for anything: what is left is the platform's own way.

Started as `celery -A tests.benchmarks.api.fake_engine worker`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
from celery.signals import worker_init

from synthesis import audio
from synthesis.decoding.products import Arithmetic
from synthesis.types import Pcm, Speech
from voiceassets.workers.app import app

__all__ = ["app"]

SPEAKS_S = 0.05
SAMPLE_RATE_HZ = 32_000
PCM = np.zeros(SAMPLE_RATE_HZ // 5, np.float32)
RECEIPT = hashlib.sha256(audio.to_int16(PCM).tobytes()).hexdigest()


class FakeVoices:
    """Holds every voice that spoke, as the engine's own do."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    def held(self) -> list[str]:
        return list(self._held)

    def evict(self, bundle_hash: str) -> None:
        self._held.discard(bundle_hash)

    @contextmanager
    def borrow(self, bundle: Any) -> Iterator[Any]:
        """What is asked of a voice beside speech: how it is decoded."""
        self._held.add(bundle.sha256)
        yield SimpleNamespace(decoder=SimpleNamespace(arithmetic=Arithmetic.FLOAT32))


class FakeEngine:
    """Takes the place of `synthesis.engine.Engine`; threads wait at the same time."""

    voices = FakeVoices()

    def preload(self, *_: Any, **__: Any) -> None:
        """There is nothing to load."""

    def speak(self, *_: Any, on_audio: Callable[[Pcm], None], **__: Any) -> Speech:
        time.sleep(SPEAKS_S)
        on_audio(PCM)
        return Speech(
            pcm=PCM, sample_rate_hz=SAMPLE_RATE_HZ, seed=1, pcm_sha256=RECEIPT, sentences=()
        )


@worker_init.connect
def _replace_engine(**_: object) -> None:
    from voiceassets.workers import engine_host  # needs Django, which the platform's own sets up

    fake: Any = FakeEngine()
    engine_host.engine = lambda: fake
