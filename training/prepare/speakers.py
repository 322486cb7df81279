"""Finds slices that another person speaks, by comparing what voices are like.

Shapes: n slices, d dimensions. A vector comes from a speaker network where there is one, else from
spectra and pitch, which cannot tell similar voices apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis import audio
from synthesis.models.speaker import SpeakerNet
from training.prepare.doubts import Doubt, DoubtCode
from training.prepare.voicing import frames_of, mel_cepstra, pitch_of
from training.pretrain.speaker import SpeakerEncoder

Vector = NDArray[np.float64]
FAR: Final = 1.4
"""Two groups of slices are two voices when they differ by this multiple of what the halves of one
slice differ by. Bilingual readings of one synthetic voice reach 1.2, two different ones begin at
1.6."""
FEWEST_SLICES: Final = 4
PITCH_WEIGHT: Final = 6.0
"""An octave counts as much as six units of the cepstrum."""
CEPSTRA: Final = 19


class SpeakerVectors(Protocol):
    """What turns sound into a vector that is near for the same voice."""

    name: str

    def vector(self, wave_s: NDArray[np.float32]) -> Vector:
        """[d] of a wave at 16 kHz of at least half a second."""


class SpeakerNetVectors:
    """The speaker network that v2Pro voices are conditioned on."""

    name = "the speaker network of the base"

    def __init__(self, net: SpeakerNet) -> None:
        self._net = net.eval()

    @torch.inference_mode()
    def vector(self, wave_s: NDArray[np.float32]) -> Vector:
        """A unit vector."""
        fbank = audio.kaldi_fbank(torch.from_numpy(wave_s))
        return _unit(self._net(fbank[None])[0].double().numpy())


class SpeakerEncoderVectors:
    """The small encoder that a base made here brings along."""

    name = "the speaker encoder of the base"

    def __init__(self, encoder: SpeakerEncoder) -> None:
        self._encoder = encoder.eval()

    def vector(self, wave_s: NDArray[np.float32]) -> Vector:
        """A unit vector."""
        return _unit(self._encoder.embed(torch.from_numpy(wave_s)).double().numpy())


class SpectralVectors:
    """Mean mel cepstra and pitch of the voiced frames: weak, but always there."""

    name = "spectra and pitch, which do not tell similar voices apart"

    def vector(self, wave_s: NDArray[np.float32]) -> Vector:
        """Not a unit vector; distances are in units of the cepstrum."""
        frames_ws = frames_of(wave_s)
        pitch_w = pitch_of(frames_ws)
        voiced = np.isfinite(pitch_w)
        heard = voiced if voiced.any() else np.ones(len(frames_ws), bool)
        timbre = mel_cepstra(frames_ws[heard])[:, 1 : CEPSTRA + 1].mean(axis=0)
        octaves = np.log2(np.median(pitch_w[voiced])) if voiced.any() else 0.0
        return np.append(timbre, PITCH_WEIGHT * octaves)


@dataclass(frozen=True, kw_only=True)
class VoicePrint:
    """What a slice's voice is like, as a whole and in its two halves."""

    whole: Vector
    halves: tuple[Vector, Vector]

    @classmethod
    def take(cls, vectors: SpeakerVectors, wave_s: NDArray[np.float32]) -> "VoicePrint":
        """Measure a slice at 16 kHz."""
        middle = len(wave_s) // 2
        first, second = (vectors.vector(half) for half in (wave_s[:middle], wave_s[middle:]))
        return cls(whole=vectors.vector(wave_s), halves=(first, second))

    @property
    def spread(self) -> float:
        """How far one voice is from itself."""
        return float(np.linalg.norm(self.halves[0] - self.halves[1]))


def other_voices(prints: Sequence[VoicePrint], *, name: str) -> dict[int, Doubt]:
    """The slices, by index, that do not belong to the voice that most of them belong to.

    The slices are parted in two groups again and again, and the smaller one is another voice while
    the groups are farther apart than one voice is from itself. `name` says what measured them.
    """
    found: dict[int, Doubt] = {}
    if len(prints) < FEWEST_SLICES:
        return found
    spread = float(np.median([voice.spread for voice in prints]))
    rest = np.arange(len(prints))
    while len(rest) >= FEWEST_SLICES:
        vectors_nd = np.stack([prints[int(index)].whole for index in rest])
        apart_n, distance = _part(vectors_nd)
        if distance <= FAR * spread:
            break
        for index in rest[apart_n]:
            message = (
                f"Sounds like another speaker: {distance / max(spread, 1e-9):.1f} times as far from"
                f" the other slices as one voice is from itself (by {name})."
            )
            found[int(index)] = Doubt(code=DoubtCode.ANOTHER_SPEAKER, message=message)
        rest = rest[~apart_n]
    return found


def likenesses(prints: Sequence[VoicePrint]) -> list[float]:
    """The cosine of every slice's vector with the mean of all: how like the recording's voice."""
    if not prints:
        return []
    vectors_nd = np.stack([_unit(voice.whole) for voice in prints])
    centre = _unit(vectors_nd.mean(axis=0))
    return [round(float(cosine), 3) for cosine in vectors_nd @ centre]


def _part(vectors_nd: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """The smaller of two groups, and the distance of their centres (k-means from the two ends)."""
    apart = np.linalg.norm(vectors_nd[:, None] - vectors_nd[None], axis=-1)
    first, second = np.unravel_index(apart.argmax(), apart.shape)
    in_second = apart[:, first] > apart[:, second]
    for _ in range(20):
        if in_second.all() or not in_second.any():
            return np.zeros(len(vectors_nd), bool), 0.0
        centres = vectors_nd[~in_second].mean(axis=0), vectors_nd[in_second].mean(axis=0)
        to_first, to_second = (np.linalg.norm(vectors_nd - c, axis=1) for c in centres)
        moved = to_first > to_second
        if (moved == in_second).all():
            break
        in_second = moved
    smaller = in_second if in_second.sum() * 2 <= len(in_second) else ~in_second
    return smaller, float(np.linalg.norm(centres[0] - centres[1]))


def _unit(vector: Vector) -> Vector:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
