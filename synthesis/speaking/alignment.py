"""When each phone of a sentence is heard, from where the semantic model looked while it decoded.

Shapes: h heads of all layers, n new codes, p phones of the sentence, l positions.

The codes are put through the model once more, all at once. The heads that move through the text
most steadily are averaged, and a path that never goes back is laid through them by dynamic
programming. Where no head does so (a model that was never trained, a few phones) the phones share
the sound evenly, and the result says so.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.decoding.decoder import Decoder
from synthesis.models.semantic import sequence_mask
from synthesis.types import Timing

Weights = NDArray[np.float64]

HEADS = 4
# A path is believed when so much of the attention lies on it and beside it, and so many times more
# than a look at everything alike would have there.
LEAST_FOCUS = 0.35
LEAST_OVER_CHANCE = 2.0
LEAST_STEADINESS = 0.8
# No phone of a believed path lasts for more than this share of a sentence of several phones.
LONGEST_SHARE = 0.6
SKIPS = 2
# A mark is a pause, and lasts longer than a sound when phones share the sound.
MARK_WEIGHT = 1.5
MARKS = frozenset("!?…,.")


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """Phone `k` is heard from code `edges[k]` to code `edges[k + 1]`; both may be fractions."""

    edges: tuple[float, ...]
    timing: Timing


@torch.inference_mode()
def attention(
    decoder: Decoder, phones_p: Tensor, bert_wp: Tensor, prompt_t: Tensor, codes_n: Tensor
) -> Tensor:
    """How much of each phone every head looked at when it chose each new code, [h, n, p].

    `phones_p` are those of prompt and sentence together, as they were decoded.
    """
    x = decoder.embedded(phones_p, bert_wp, torch.cat([prompt_t.to("cpu"), codes_n])[:-1])
    p, rows = len(phones_p), len(codes_n)
    hidden = torch.zeros(1, len(x), dtype=torch.bool, device=x.device)
    allowed = sequence_mask(p, len(x) - p, hidden)[0, 0]
    looks = []

    def attend(_layer: int, qkv_l3he: Tensor) -> Tensor:
        q, k, v = qkv_l3he.permute(1, 2, 0, 3)
        scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
        weights = scores.masked_fill(~allowed, -math.inf).softmax(dim=-1)
        looks.append(weights[:, -rows:, :p])
        mixed: Tensor = (weights @ v).transpose(0, 1)
        return mixed

    decoder.through_layers(x, attend)
    return torch.cat(looks).float().cpu()


def align(looks_hnp: Tensor, phones: tuple[str, ...]) -> Alignment:
    """The most likely times of a sentence's phones; `looks` are of these phones only."""
    weights = looks_hnp.numpy().astype(np.float64)
    codes, count = weights.shape[1:]
    if codes >= 2 and count >= 2:
        mixed, steadiness = _steadiest(weights)
        path = best_path(mixed)
        if steadiness >= LEAST_STEADINESS and _is_believable(mixed, path):
            edges = np.searchsorted(path, np.arange(count), side="left")
            return Alignment(edges=(0.0, *edges[1:].tolist(), codes), timing=Timing.ATTENTION)
    return evenly(phones, 0.0, float(codes))


def evenly(phones: tuple[str, ...], start: float, end: float) -> Alignment:
    """Every sound lasts as long as another between two codes, and a mark a little longer."""
    shares = np.array([MARK_WEIGHT if phone in MARKS else 1.0 for phone in phones])
    edges = np.concatenate([[0.0], np.cumsum(shares)]) / shares.sum() * (end - start) + start
    return Alignment(edges=tuple(edges.tolist()), timing=Timing.PROPORTION)


def _steadiest(weights_hnp: Weights) -> tuple[Weights, float]:
    """The mean of the heads that move on most steadily, per code a distribution [n, p]."""
    mass = weights_hnp.sum(axis=2, keepdims=True)
    shares = weights_hnp / np.maximum(mass, 1e-12)
    count = shares.shape[2]
    place = shares @ np.arange(count)
    time = np.arange(shares.shape[1])
    centred, steps = place - place.mean(axis=1, keepdims=True), time - time.mean()
    norm = np.sqrt(np.square(centred).sum(axis=1) * np.square(steps).sum())
    steadiness = (centred @ steps) / np.maximum(norm, 1e-12)
    # How far a head travels, and how sharp it looks: a blur can move steadily over little ground.
    travel = np.ptp(place, axis=1) / max(count - 1, 1)
    sharpness = shares.max(axis=2).mean(axis=1)
    score = np.maximum(steadiness, 0) * travel * sharpness * np.sqrt(mass.mean(axis=(1, 2)))
    best = np.argsort(-score)[:HEADS]
    # A head far behind the best one adds noise.
    kept = best[score[best] >= 0.5 * score[best[0]]]
    mixed = (shares[kept] * score[kept, None, None]).sum(axis=0)
    total = np.maximum(mixed.sum(axis=1, keepdims=True), 1e-12)
    return mixed / total, float(steadiness[best[0]])


def best_path(weights_np: Weights) -> NDArray[np.int64]:
    """The phone of each code on the likeliest way from the first to the last that never goes back.

    A step passes over at most one phone, or as many more as it takes to get through.
    """
    codes, count = weights_np.shape
    reach = max(SKIPS, math.ceil((count - 1) / max(codes - 1, 1)))
    gains = np.log(weights_np + 1e-6)
    best = np.full(count, -np.inf)
    best[0] = gains[0, 0]
    came = np.zeros((codes, count), dtype=np.int64)
    for code in range(1, codes):
        options = np.full((reach + 1, count), -np.inf)
        for step in range(min(reach, count - 1) + 1):
            options[step, step:] = best[: count - step]
        came[code] = options.argmax(axis=0)
        best = options.max(axis=0) + gains[code]
    path = np.empty(codes, dtype=np.int64)
    path[-1] = count - 1
    for code in range(codes - 1, 0, -1):
        path[code - 1] = path[code] - came[code, path[code]]
    return path


def _is_believable(weights_np: Weights, path_n: NDArray[np.int64]) -> bool:
    """Whether the attention really lies along the path."""
    codes, count = weights_np.shape
    beside = np.abs(np.arange(count)[None] - path_n[:, None]) <= 1
    focus = float((weights_np * beside).sum(axis=1).mean())
    longest = np.bincount(path_n, minlength=count).max() / codes
    chance = float(beside.mean())
    return focus >= max(LEAST_FOCUS, min(LEAST_OVER_CHANCE * chance, 0.95)) and longest <= max(
        LONGEST_SHARE, 2 / count
    )
