"""Semantic codes: k-means over the content encoder's features, and the codes of every utterance.

Shapes: n codes at 25 Hz, d feature width, k codebook entries.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import HubertModel

from synthesis import audio
from synthesis.features.hubert import SAMPLE_RATE_HZ
from synthesis.features.reference import TRAILING_ZEROS
from training.files import write_tensors
from training.pretrain.speech import Speech, Spoken

ROUNDS = 15
SAMPLED_UTTERANCES = 2500
BATCH_S = 60


def mean_of_two(width: int) -> nn.Conv1d:
    """The projection before the quantizer: the mean of two frames, 50 Hz to 25 Hz."""
    layer = nn.Conv1d(width, width, 2, stride=2)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(width)[:, :, None].expand(-1, -1, 2) / 2)
        layer.bias.zero_()  # type: ignore[union-attr]
    return layer


@torch.inference_mode()
def features_of(
    hubert: HubertModel, speech: Speech, utterances: Sequence[Spoken]
) -> dict[str, Tensor]:
    """The features [n, d] at 25 Hz of every utterance, and of the silence that ends a prompt.

    Utterances of equal length go through the encoder together, so that none is padded: what it
    makes of a clip must not depend on the clips beside it.
    """
    alike: dict[int, list[Spoken]] = defaultdict(list)
    for utterance in utterances:
        alike[utterance.frames].append(utterance)
    device = next(hubert.parameters()).device
    found: dict[str, Tensor] = {}
    for frames, group in sorted(alike.items()):
        samples = frames * audio.HOP
        size = max(1, BATCH_S * audio.SAMPLE_RATE_HZ // (samples + 2 * TRAILING_ZEROS))
        for first in range(0, len(group), size):
            chosen = group[first : first + size]
            waves = torch.stack([speech.wave(u, samples=samples) for u in chosen])
            waves = audio.resample(waves, audio.SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
            waves = nn.functional.pad(waves, (0, TRAILING_ZEROS))
            hidden = hubert(waves.to(device)).last_hidden_state.cpu()
            pairs = hidden[:, : hidden.shape[1] // 2 * 2].unflatten(1, (-1, 2)).mean(2)
            found |= {u.id: row.clone() for u, row in zip(chosen, pairs, strict=True)}
    return found


def learn_codebook(features_nd: Tensor, entries: int, *, seed: int) -> Tensor:
    """[k, d] centres of Lloyd's algorithm; a centre that nobody chose moves to a random feature."""
    chance = torch.Generator().manual_seed(seed)
    centres = features_nd[torch.randperm(len(features_nd), generator=chance)[:entries]].clone()
    for _ in range(ROUNDS):
        nearest = torch.cat(
            [
                (part @ centres.T - centres.square().sum(1) / 2).argmax(1)
                for part in torch.split(features_nd, 20_000)
            ]
        )
        counts = torch.bincount(nearest, minlength=entries)
        sums = torch.zeros_like(centres).index_add_(0, nearest, features_nd)
        centres = sums / counts.clamp(min=1)[:, None]
        empty = counts == 0
        stray = torch.randint(len(features_nd), (int(empty.sum()),), generator=chance)
        centres[empty] = features_nd[stray]
    return centres


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The codes of a corpus; those after an utterance's own are the silence that ends a prompt."""

    flat: NDArray[np.int64]
    starts: dict[str, tuple[int, int]]

    def of(self, utterance: Spoken, *, with_ending: bool = False) -> Tensor:
        """The codes [n] of an utterance."""
        first, last = self.starts[utterance.id]
        own = last if with_ending else first + utterance.frames // 2
        return torch.from_numpy(self.flat[first:own])

    @classmethod
    def read(cls, path: Path, utterances: Sequence[Spoken]) -> "Codes":
        """Read what `write` wrote for the same utterances."""
        tensors = load_file(path)
        ends = tensors["ends"].tolist()
        firsts = [0, *ends[:-1]]
        starts = {u.id: (a, b) for u, a, b in zip(utterances, firsts, ends, strict=True)}
        return cls(flat=tensors["codes"].long().numpy(), starts=starts)


def write_codes(
    path: Path,
    hubert: HubertModel,
    speech: Speech,
    entries: int,
    *,
    seed: int,
    should_stop: Callable[[], None],
) -> Tensor:
    """Learn the codebook [k, d], and write it with the codes of every utterance."""
    chance = np.random.default_rng(seed)
    count = min(SAMPLED_UTTERANCES, len(speech.train))
    sampled = [speech.train[int(i)] for i in chance.choice(len(speech.train), count, replace=False)]
    should_stop()
    features = torch.cat(list(features_of(hubert, speech, sampled).values()))
    centres = learn_codebook(features, entries, seed=seed)
    del features
    rows: dict[str, Tensor] = {}
    for first in range(0, len(speech.utterances), 1000):
        should_stop()
        found = features_of(hubert, speech, speech.utterances[first : first + 1000])
        for name, row in found.items():
            rows[name] = (row @ centres.T - centres.square().sum(1) / 2).argmax(1).short()
    ordered = [rows[u.id] for u in speech.utterances]
    ends = torch.tensor([len(row) for row in ordered]).cumsum(0)
    write_tensors(path, {"codes": torch.cat(ordered), "ends": ends, "codebook": centres})
    return centres
