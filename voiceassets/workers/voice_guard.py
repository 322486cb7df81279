"""Compares what the engine says with the voice it was asked for, while it speaks and at the end.

Shapes: s samples.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthesis.bundles.bundle import VoiceBundle
from voiceassets.core.context import tenant_scope
from voiceassets.speakers.models import Speaker
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints.vault import Vector
from voiceassets.workers import listening
from voiceassets.workers.listening import Listener
from voiceassets.workers.work import Failed

LISTENS_EVERY_S = 3


class VoiceGuard:
    """Of one request. Where no encoder is installed, or none was calibrated, it lets all pass."""

    def __init__(self, bundle: VoiceBundle, speaker: Speaker, *, sample_rate_hz: int) -> None:
        self._speaker = speaker
        self._rate_hz = sample_rate_hz
        self._listener = listening.listener()
        self._wanted = _wanted(self._listener, bundle.sealed.folder) if self._listener else None
        self._waiting: list[NDArray[np.float32]] = []

    def hear(self, pcm: NDArray[np.float32]) -> None:
        """Take in live sound [s] before it is sent; raises Failed when it is another's voice."""
        self._waiting.append(pcm)
        if sum(map(len, self._waiting)) >= LISTENS_EVERY_S * self._rate_hz:
            self.require_wanted_voice(np.concatenate(self._waiting))
            self._waiting = []

    def require_wanted_voice(self, pcm: NDArray[np.float32]) -> float | None:
        """How alike the voice of this sound [s] is to the one asked for, where that can be told.

        Raises:
            Failed: `wrong_voice`; the sound must not be given to anybody.
        """
        if self._listener is None or self._wanted is None:
            return None
        heard = self._listener.voice_of(listening.at_listening_rate(pcm, self._rate_hz))
        if heard is None:
            return None
        encoder = self._listener.encoder
        with tenant_scope(self._speaker.tenant_id):
            is_wrong = voiceprints.is_wrong_voice(
                heard, wanted=self._wanted, encoder=encoder, speaker=self._speaker
            )
        if is_wrong:
            raise Failed(
                "wrong_voice",
                "This was not spoken in the voice that was asked for, so it is kept back. Try "
                "again; if it stays so, have the version evaluated.",
            )
        return voiceprints.score(heard, self._wanted)


@lru_cache(maxsize=64)
def _wanted(listener: Listener, folder: Path) -> Vector | None:
    """The voice of a bundle, whose folder never changes; its clips are listened to once."""
    return listener.voice_of_bundle(VoiceBundle.open(folder))
