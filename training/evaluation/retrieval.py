"""Intelligibility without a recogniser: which of many texts, said by a synthesizer, is this?

A sound is compared with renderings of every candidate text by dynamic time warping of cepstra; it
counts as right when the nearest rendering says its own text.

Shapes: s samples, t and u frames at 50 Hz, d coefficients, n candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis import audio
from training.corpus.utterance import render
from training.corpus.voices import VOICES, Voice
from training.evaluation.sound import extent

Features = NDArray[np.float32]

RATE_HZ = 16_000
N_FFT, HOP, MELS = 512, 320, 40
COEFFICIENTS = 13
# Steps of the warping path in each direction cost the same as a diagonal one of weight two.
_DIAGONAL = 2.0
_SEED = 17


def cepstra(pcm: NDArray[np.float32], sample_rate_hz: int) -> Features:
    """Mel cepstra 1 to 13 and their slopes [t, 26], each of mean 0 and deviation 1 over the sound.

    The cosine transform of log mel energies (Davis and Mermelstein 1980); the slope is half the
    difference of the neighbouring frames.
    """
    wave = audio.resample(torch.from_numpy(np.ascontiguousarray(pcm)), sample_rate_hz, RATE_HZ)
    short = N_FFT - len(wave)
    if short > 0:
        wave = torch.nn.functional.pad(wave, (0, short))
    spec = audio.spectrogram(wave[None], n_fft=N_FFT, hop=HOP)
    mel = audio.log_mel(spec, sample_rate_hz=RATE_HZ, mels=MELS)[0]
    # What is far below the loudest is silence, whatever it is made of.
    mel = mel.clamp(min=float(mel.max()) - 12.0)
    static = (_cosines() @ mel.numpy()).T
    slope = np.gradient(static, axis=0) if len(static) > 1 else np.zeros_like(static)
    both = np.concatenate([static, slope], axis=1)
    scaled: Features = ((both - both.mean(0)) / (both.std(0) + 1e-6)).astype(np.float32)
    return scaled


def _cosines() -> Features:
    order = np.arange(1, COEFFICIENTS + 1)[:, None]
    place = (np.arange(MELS)[None] + 0.5) / MELS
    return np.cos(np.pi * order * place).astype(np.float32)


def distances(query_td: Features, candidates: Sequence[Features]) -> NDArray[np.float64]:
    """The cost [n] of warping each candidate [u, d] onto the query, per frame of both.

    Symmetric steps, a diagonal one of weight two, divided by the sum of both lengths (Sakoe and
    Chiba 1978, symmetric form P = 0). All candidates are warped together along anti-diagonals.
    """
    lengths = np.array([len(candidate) for candidate in candidates])
    n, u, d = len(candidates), int(lengths.max()), query_td.shape[1]
    # The candidates lie side by side in the last dimension, so that every step is one long row.
    padded_udn = np.zeros((u, d, n), np.float32)
    for index, candidate in enumerate(candidates):
        padded_udn[: len(candidate), :, index] = candidate
    squares_un = np.square(padded_udn).sum(1)
    products_tun = np.einsum("td,udn->tun", query_td, padded_udn, optimize=True)
    squares_t11 = np.square(query_td).sum(1)[:, None, None]
    cost_tun = np.sqrt(np.maximum(squares_un + squares_t11 - 2 * products_tun, 0))
    costs: NDArray[np.float64] = _warped(cost_tun, lengths) / (len(query_td) + lengths)
    return costs


def _warped(cost_tun: Features, lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """The least cost [n] of a path to the end of the query and of each candidate.

    Row i of a diagonal holds the paths to query frame i, counted from 1; only three diagonals are
    kept.
    """
    t, u, n = cost_tun.shape
    found = np.full(n, np.inf)
    older, old = (np.full((t + 1, n), np.inf, np.float32) for _ in range(2))
    older[0] = 0.0
    for diagonal in range(2, t + u + 1):
        first, last = max(1, diagonal - u), min(t, diagonal - 1)
        i = np.arange(first, last + 1)
        here = cost_tun[i - 1, diagonal - i - 1]
        straight = np.minimum(old[first - 1 : last], old[first : last + 1]) + here
        new = np.full((t + 1, n), np.inf, np.float32)
        new[first : last + 1] = np.minimum(straight, older[first - 1 : last] + _DIAGONAL * here)
        if last == t:
            ended = lengths == diagonal - t
            found[ended] = new[t, ended]
        older, old = old, new
    return found


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The texts that a sound may be, each in every candidate voice."""

    texts: tuple[str, ...]
    features: tuple[Features, ...]
    owners: NDArray[np.int64]

    def nearest(self, pcm: NDArray[np.float32], sample_rate_hz: int) -> str:
        """The text whose nearest rendering is nearest to the sound, less the silence around it."""
        start, end = extent(pcm, sample_rate_hz)
        found = distances(cepstra(pcm[start:end], sample_rate_hz), self.features)
        return self.texts[int(self.owners[int(found.argmin())])]


def candidate_voices() -> tuple[Voice, ...]:
    """Voices that no training has heard, without the last, which is kept as a reference."""
    return tuple(voice for voice in VOICES if voice.held_out)[:-1]


def reference_voice() -> Voice:
    """A voice that no training has heard, and that renders no candidate."""
    return next(voice for voice in reversed(VOICES) if voice.held_out)


def candidates(
    texts: Sequence[str], language: str, voices: Sequence[Voice] | None = None
) -> Candidates:
    """Render every text in every voice."""
    features: list[Features] = []
    owners: list[int] = []
    for index, text in enumerate(texts):
        for voice in candidate_voices() if voices is None else voices:
            said = render(text, language, voice, seed=_SEED)
            features.append(cepstra(said.sounding, said.sample_rate_hz))
            owners.append(index)
    return Candidates(texts=tuple(texts), features=tuple(features), owners=np.array(owners))


def accuracy(said: Sequence[tuple[str, NDArray[np.float32], int]], among: Candidates) -> float:
    """The share of (text, sound, sample rate) whose nearest candidate is their own text."""
    right = [among.nearest(pcm, rate) == text for text, pcm, rate in said]
    return sum(right) / len(right)
