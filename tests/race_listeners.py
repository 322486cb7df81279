"""Listeners of live speech during a race: when does the last piece of sound reach each of them?"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.factories import Cast
    from voiceassets.assets.models import SynthesisRequest

PIECE_S = 0.05
LONGEST_S = 10.0


def listen(cast: Cast, request: SynthesisRequest, start: threading.Barrier) -> list[float]:
    """Hear speech that never ends by itself as a web process sends it; when each piece came."""
    from voiceassets.api import live
    from voiceassets.assets.live_audio import StreamBroken

    call: Any = SimpleNamespace(scope=cast.alice.scope)
    heard: list[float] = []
    start.wait()
    try:
        heard.extend(time.monotonic() for _ in live._while_allowed(call, request, _endless()))
    except StreamBroken:
        return heard
    raise RuntimeError("a stream was not cut")


def _endless() -> Generator[bytes, None, None]:
    pause, ends_at = threading.Event(), time.monotonic() + LONGEST_S
    while time.monotonic() < ends_at:
        yield b"\0\0"
        pause.wait(PIECE_S)
