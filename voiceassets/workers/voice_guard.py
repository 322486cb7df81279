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

# The least that a voice is told by, with a little to spare for the change of rate.
LISTENS_EVERY_S = 1.6
WINDOW_S = 3.2


class VoiceGuard:
    """Of one request. Where no encoder is installed, or none was calibrated, it lets all pass."""

    def __init__(self, bundle: VoiceBundle, speaker: Speaker, *, sample_rate_hz: int) -> None:
        self._speaker = speaker
        self._rate_hz = sample_rate_hz
        self._listener = listening.listener()
        self._wanted = _wanted(self._listener, bundle.sealed.folder) if self._listener else None
        self._held: list[NDArray[np.float32]] = []
        self._heard_s = np.zeros(0, np.float32)

    def hear(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take in live sound [s]; gives back what may be sent of all that was taken in.

        Sound is held back until there is enough of it to tell the voice by.

        Raises:
            Failed: it is another's voice.
        """
        self._held.append(pcm)
        if self._is_deaf():
            return self.rest()
        held = sum(map(len, self._held))
        if held >= LISTENS_EVERY_S * self._rate_hz:
            held_s = self.rest()
            before = max(0, round(WINDOW_S * self._rate_hz) - held)
            recent_s = self._heard_s[max(0, len(self._heard_s) - before) :]
            self.require_wanted_voice(np.concatenate([recent_s, held_s]))
            self._heard_s = np.concatenate([recent_s, held_s])
            return held_s
        return pcm[:0]

    def rest(self) -> NDArray[np.float32]:
        """What is held back still; for whoever has listened to the whole."""
        held_s = np.concatenate(self._held) if self._held else np.zeros(0, np.float32)
        self._held = []
        return held_s

    def _is_deaf(self) -> bool:
        listener = self._listener
        return (
            listener is None
            or self._wanted is None
            or not voiceprints.is_calibrated(listener.encoder)
        )

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
