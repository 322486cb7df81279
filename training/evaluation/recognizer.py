"""Phone errors by a recogniser: what it hears in a sound against what was to be said.

Shapes: b batch, s samples at 16 kHz, t frames, v symbols + 1 (the blank at 0), p phones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis import audio
from synthesis.text.symbols import PAUSES, PUNCTUATION, SYMBOLS_V2
from synthesis.types import Pcm

if TYPE_CHECKING:
    from transformers import HubertForCTC

RATE_HZ = 16_000
BLANK = 0
# The convolutions need so much sound for their first frame.
FEWEST_SAMPLES = 1_600
_SILENT = frozenset((*PUNCTUATION, *PAUSES))
_ID_OF = {symbol: index + 1 for index, symbol in enumerate(SYMBOLS_V2)}


class Recognizer(Protocol):
    """What tells phones from sound; it must not have made the codes that it judges."""

    def log_probs(self, wave_bs: Tensor) -> Tensor:
        """[b, t, v] of 16 kHz waves; symbol i of the v2 inventory is at i + 1, the blank at 0."""


class PhoneRecognizer:
    """That of a base: the content encoder's architecture, learned apart from it."""

    def __init__(self, model: "HubertForCTC") -> None:
        self._model = model.train(False)

    @classmethod
    def load(cls, folder: Path) -> "PhoneRecognizer":
        """Read a base's folder of it; BadBundle when it is incomplete."""
        # transformers takes seconds to import, which a worker would spend at every start.
        from transformers import HubertForCTC

        from synthesis.features.local_model import load_local

        return cls(load_local(HubertForCTC, folder))

    @torch.inference_mode()
    def log_probs(self, wave_bs: Tensor) -> Tensor:
        """[b, t, v] of 16 kHz waves; symbol i of the v2 inventory is at i + 1, the blank at 0."""
        logits: Tensor = self._model(wave_bs).logits
        return logits.float().log_softmax(-1)


def spoken(phones: Sequence[str]) -> tuple[str, ...]:
    """The phones that make sound."""
    return tuple(phone for phone in phones if phone not in _SILENT)


def toneless(phones: Sequence[str]) -> tuple[str, ...]:
    """Phones without Mandarin's tones and English stress."""
    return tuple(phone[:-1] if phone[-1].isdigit() else phone for phone in phones)


def log_probs(recognizer: Recognizer, pcm: Pcm, sample_rate_hz: int) -> Tensor:
    """[t, v] of one sound."""
    wave = audio.resample(torch.from_numpy(np.ascontiguousarray(pcm)), sample_rate_hz, RATE_HZ)
    if len(wave) < FEWEST_SAMPLES:
        wave = torch.nn.functional.pad(wave, (0, FEWEST_SAMPLES - len(wave)))
    return recognizer.log_probs(wave[None])[0]


def greedy(log_probs_tv: Tensor) -> tuple[str, ...]:
    """The best symbol of every frame, repetitions and blanks left out (Graves et al. 2006)."""
    best = torch.unique_consecutive(log_probs_tv.argmax(-1)).tolist()
    return tuple(SYMBOLS_V2[index - 1] for index in best if index != BLANK)


def edit_distance(said: Sequence[str], wanted: Sequence[str]) -> int:
    """The fewest insertions, deletions and substitutions between two rows (Levenshtein)."""
    row = list(range(len(wanted) + 1))
    for index, symbol in enumerate(said, start=1):
        diagonal, row[0] = row[0], index
        for at, other in enumerate(wanted, start=1):
            changed = diagonal + (symbol != other)
            diagonal = row[at]
            row[at] = min(row[at] + 1, row[at - 1] + 1, changed)
    return row[-1]


@dataclass(frozen=True, kw_only=True)
class PhoneErrors:
    """Errors of a recogniser on sounds, and how many phones were to be said."""

    errors: int
    toneless_errors: int
    phones: int

    def __add__(self, other: "PhoneErrors") -> "PhoneErrors":
        return PhoneErrors(
            errors=self.errors + other.errors,
            toneless_errors=self.toneless_errors + other.toneless_errors,
            phones=self.phones + other.phones,
        )

    @property
    def rate(self) -> float:
        """Errors per phone; above 1 when more is heard than was to be said."""
        return self.errors / max(self.phones, 1)

    @property
    def toneless_rate(self) -> float:
        """The same, tones and stress not counted."""
        return self.toneless_errors / max(self.phones, 1)


NO_ERRORS = PhoneErrors(errors=0, toneless_errors=0, phones=0)


def phone_errors(
    recognizer: Recognizer, pcm: Pcm, sample_rate_hz: int, phones: Sequence[str]
) -> PhoneErrors:
    """What the recogniser hears otherwise than it was to be said."""
    wanted = spoken(phones)
    heard = spoken(greedy(log_probs(recognizer, pcm, sample_rate_hz)))
    return PhoneErrors(
        errors=edit_distance(heard, wanted),
        toneless_errors=edit_distance(toneless(heard), toneless(wanted)),
        phones=len(wanted),
    )


def fit(recognizer: Recognizer, pcm: Pcm, sample_rate_hz: int, phones: Sequence[str]) -> float:
    """How well a transcript fits a sound: 0 at best, minus infinity when it cannot be said in it.

    The log-probability per frame of the best alignment of the phones, less that of the best
    symbols whatever they are.
    """
    found = log_probs(recognizer, pcm, sample_rate_hz).numpy().astype(np.float64)
    wanted = [_ID_OF[phone] for phone in spoken(phones)]
    return (best_alignment(found, wanted) - float(found.max(1).sum())) / len(found)


def best_alignment(log_probs_tv: NDArray[np.float64], wanted: Sequence[int]) -> float:
    """The log-probability of the likeliest path that spells the wanted symbols (Viterbi for CTC).

    Between symbols a path may rest on the blank, and must do so between equal ones.
    """
    return float(best_alignments(log_probs_tv, np.array([wanted]))[0])


def best_alignments(
    log_probs_tv: NDArray[np.float64], wanted_np: NDArray[np.int64]
) -> NDArray[np.float64]:
    """`best_alignment` of n rows of as many symbols each [n], all in one pass over the frames."""
    states = np.full((len(wanted_np), 2 * wanted_np.shape[1] + 1), BLANK)
    states[:, 1::2] = wanted_np
    # A path may skip the blank between two symbols, unless they are equal.
    barred = np.full(states.shape, -np.inf)
    barred[:, 2:][(states[:, 2:] != BLANK) & (states[:, 2:] != states[:, :-2])] = 0
    score = np.full(states.shape, -np.inf)
    score[:, :2] = log_probs_tv[0, states[:, :2]]
    for frame in log_probs_tv[1:]:
        best = score.copy()
        np.maximum(best[:, 1:], score[:, :-1], out=best[:, 1:])
        np.maximum(best[:, 2:], score[:, :-2] + barred[:, 2:], out=best[:, 2:])
        score = best + frame[states]
    found: NDArray[np.float64] = score[:, -2:].max(1)
    return found
