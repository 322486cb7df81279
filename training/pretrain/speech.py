"""Reads a corpus with known phone times: sound by the piece, phone ids, and frame labels.

Shapes: s samples at 32 kHz, t frames, p phones.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.audio import HOP, SAMPLE_RATE_HZ
from synthesis.text.symbols import PAUSES, PUNCTUATION, ids_of
from training.pretrain.recipe import BadRecipe

SILENCE = 0


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One utterance: where its sound lies, its phone ids [p], their edges [p + 1] in samples."""

    id: str
    voice: str
    split: str
    start: int
    samples: int
    ids: NDArray[np.int64]
    edges: NDArray[np.int64]
    labels: NDArray[np.int64]

    @property
    def frames(self) -> int:
        """Whole pairs of 50 Hz frames, as two make one semantic code."""
        return 2 * (self.samples // (2 * HOP))


class Speech:
    """A corpus folder; the sound stays on disk and is read by the piece."""

    def __init__(self, folder: Path) -> None:
        try:
            lines = (folder / "utterances.jsonl").read_text(encoding="utf-8").splitlines()
            self._wave = np.memmap(folder / "wave.i16", dtype="<i2", mode="r")
        except OSError as error:
            raise BadRecipe(
                f"{folder} is no corpus: {error}. Make one with `python -m training corpus espeak`."
            ) from error
        self.utterances = [_spoken(json.loads(line)) for line in lines]

    @cached_property
    def train(self) -> list[Spoken]:
        """What is learned from."""
        return [u for u in self.utterances if u.split == "train"]

    @cached_property
    def held_out(self) -> list[Spoken]:
        """Texts and voices that no stage learns from."""
        return [u for u in self.utterances if u.split != "train"]

    @cached_property
    def by_voice(self) -> dict[str, list[Spoken]]:
        """The training utterances of every voice."""
        voices: dict[str, list[Spoken]] = {}
        for utterance in self.train:
            voices.setdefault(utterance.voice, []).append(utterance)
        return voices

    def wave(self, utterance: Spoken, first: int = 0, samples: int | None = None) -> Tensor:
        """Samples [s] from `first` on, in [-1, 1]; silence where the utterance has ended."""
        count = utterance.samples - first if samples is None else samples
        begin = utterance.start + first
        piece = self._wave[begin : min(begin + count, utterance.start + utterance.samples)]
        out = torch.zeros(count)
        out[: len(piece)] = torch.from_numpy(piece.astype(np.float32) / 32768)
        return out


def frame_labels(utterance: Spoken, frames: int, hop: float) -> Tensor:
    """One more than the id of the phone in the middle of every frame [t]; 0 is silence.

    A frame begins every ``hop`` samples of the utterance as it was made.
    """
    middles = (np.arange(frames) + 5 / 8) * hop
    phone = np.searchsorted(utterance.edges, middles, side="right") - 1
    inside = (phone >= 0) & (phone < len(utterance.labels))
    labels = utterance.labels[phone.clip(0, len(utterance.labels) - 1)]
    return torch.from_numpy(np.where(inside, labels, SILENCE))


def heard_phones(utterance: Spoken) -> Tensor:
    """One more than the id of every phone that makes sound, in order: what a recogniser writes."""
    return torch.from_numpy(utterance.labels[utterance.labels != SILENCE])


def batches_by_length(
    utterances: Sequence[Spoken], budget_samples: int, *, seed: int
) -> list[list[Spoken]]:
    """Everything once, in batches of like lengths that each fill the budget, in random order."""
    chance = np.random.default_rng(seed)
    jitter = chance.uniform(0.9, 1.1, len(utterances))
    order = np.argsort([u.samples * j for u, j in zip(utterances, jitter, strict=True)])
    batches: list[list[Spoken]] = [[]]
    longest = 0
    for utterance in (utterances[int(i)] for i in order):
        longest = max(longest, utterance.samples)
        if batches[-1] and longest * (len(batches[-1]) + 1) > budget_samples:
            batches.append([])
            longest = utterance.samples
        batches[-1].append(utterance)
    return [batches[int(i)] for i in chance.permutation(len(batches))]


class Epochs:
    """The batch of a step, counted from 0, over as many rounds through the data as it takes."""

    def __init__(self, utterances: Sequence[Spoken], *, seconds: int, seed: int) -> None:
        self._utterances = utterances
        self._budget = seconds * SAMPLE_RATE_HZ
        self._seed = seed
        self._per_epoch = len(batches_by_length(utterances, self._budget, seed=seed))
        self._epoch = -1
        self._batches: list[list[Spoken]] = []

    def __call__(self, step: int) -> list[Spoken]:
        epoch, place = divmod(step, self._per_epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            self._batches = batches_by_length(
                self._utterances, self._budget, seed=self._seed * 1000 + epoch
            )
        return self._batches[place % len(self._batches)]


def _spoken(line: dict[str, object]) -> Spoken:
    phones = tuple(str(p) for p in line["phones"])  # type: ignore[attr-defined]
    ids = np.array(ids_of(phones, "v2"), dtype=np.int64)
    silent = np.array([phone in PAUSES or phone in PUNCTUATION for phone in phones])
    return Spoken(
        id=str(line["id"]),
        voice=str(line["voice"]),
        split=str(line["split"]),
        start=int(str(line["start"])),
        samples=int(str(line["samples"])),
        ids=ids,
        edges=np.array(line["edges"], dtype=np.int64),
        labels=np.where(silent, SILENCE, ids + 1),
    )
