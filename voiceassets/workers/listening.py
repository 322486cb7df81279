"""The speaker encoder of the installed base: what a voice is like, as one vector.

Shapes: s samples, d dimensions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from django.conf import settings
from numpy.typing import NDArray

from synthesis.bundles.base import MANIFEST, SPEAKER_FILE, SPEAKER_FOLDER, BaseModel
from synthesis.bundles.bundle import VoiceBundle
from training.prepare.speakers import SpeakerEncoderVectors, SpeakerNetVectors, SpeakerVectors
from training.pretrain.speaker import SpeakerEncoder
from voiceassets.provenance.decode import decode
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints.vault import Vector

RATE_HZ = 16_000
PIECE_S = 3
SHORTEST_S = 1.5
# Whoever alters a clip's pitch is undone by one of these, half a semitone apart. A few waves tell.
SEMITONES = tuple(step / 2 for step in range(-6, 7) if step)
REPITCHED_WAVES = 5
# A piece this much quieter than the loudest one is a pause.
QUIET_DB = 30.0

Wave = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Listener:
    """`encoder` is the SHA-256 of the weights: vectors of two encoders cannot be compared."""

    encoder: str
    vectors: SpeakerVectors

    def voice_of(self, wave_s: Wave) -> Vector | None:
        """The voice [d] in a wave at 16 kHz; None when there is too little sound to tell."""
        if len(wave_s) < SHORTEST_S * RATE_HZ:
            return None
        size = PIECE_S * RATE_HZ
        starts = range(0, max(len(wave_s) - int(SHORTEST_S * RATE_HZ), 0) + 1, size)
        pieces = [wave_s[start : start + size] for start in starts]
        levels = [float(np.sqrt(np.mean(piece**2))) for piece in pieces]
        least = max(levels) * 10 ** (-QUIET_DB / 20)
        return self.mean(
            piece for piece, level in zip(pieces, levels, strict=True) if level > least
        )

    def mean(self, waves: Iterable[Wave]) -> Vector | None:
        """The mean direction [d] of some waves; None without any."""
        found = [self.vectors.vector(wave_s).astype(np.float32) for wave_s in waves]
        return voiceprints.mean_direction(found) if found else None

    def repitched(self, waves: Sequence[Wave]) -> list[Vector]:
        """The voice [d] of some waves, raised and lowered by each of `SEMITONES`."""
        found = (
            self.mean(raised(wave_s, semitones) for wave_s in waves) for semitones in SEMITONES
        )
        return [voice for voice in found if voice is not None]

    def voice_of_file(self, path: Path) -> Vector | None:
        """The voice [d] in an audio file."""
        return self.voice_of(decode(path, sample_rate_hz=RATE_HZ))

    def voice_of_bundle(self, bundle: VoiceBundle) -> Vector | None:
        """The voice [d] that a bundle's reference clips are in."""
        clips = (
            bundle.sealed.path(reference.clip)
            for references in bundle.card.styles.values()
            for reference in references
            if reference.timbre
        )
        found = [voice for clip in clips if (voice := self.voice_of_file(clip)) is not None]
        return voiceprints.mean_direction(found) if found else None


def listener() -> Listener | None:
    """What this machine tells voices by; None when its base has nothing for it."""
    folder: Path = settings.BASE_MODEL_DIR
    return of_base(folder) if (folder / MANIFEST).exists() else None


@cache
def of_base(folder: Path) -> Listener | None:
    """The speaker network of a base where it has one, else its small encoder."""
    base = BaseModel.open(folder)
    net = base.speaker()
    if net is not None:
        weights = base.sealed.path(SPEAKER_FILE)
        return Listener(encoder=_sha256(weights), vectors=SpeakerNetVectors(net))
    if not base.has(SPEAKER_FOLDER):
        return None
    return of_folder(base.sealed.folder / SPEAKER_FOLDER)


@cache
def of_folder(folder: Path) -> Listener:
    """A small encoder by itself, as `SpeakerEncoder.save` writes it."""
    return Listener(
        encoder=_sha256(folder / "model.safetensors"),
        vectors=SpeakerEncoderVectors(SpeakerEncoder.load(folder)),
    )


def raised(wave_s: Wave, semitones: float) -> Wave:
    """A wave [s] played faster, by so many semitones; slower for a negative number."""
    return np.asarray(soxr.resample(wave_s, RATE_HZ * 2 ** (semitones / 12), RATE_HZ), np.float32)


def at_listening_rate(pcm: Wave, sample_rate_hz: int) -> Wave:
    """Samples [s] as the encoder hears them."""
    return np.asarray(soxr.resample(pcm, sample_rate_hz, RATE_HZ), np.float32)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
