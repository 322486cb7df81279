"""The order in which a stage meets its clips, as a function of the seed and the step alone."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from training.data import ACOUSTIC_FRAMES, FRAMES_PER_S, Item

# Small sets are repeated up to about this many clips, which makes an epoch.
FEWEST_ITEMS = 100
ACOUSTIC_EDGES = (ACOUSTIC_FRAMES[0], *range(300, ACOUSTIC_FRAMES[1] + 1, 100))
SEMANTIC_BUCKET_FRAMES = 2 * FRAMES_PER_S
LENGTH_STEP_FRAMES = FRAMES_PER_S // 2

# Cuts the clips into the batches of an epoch; how many there are must not depend on chance.
Arrange = Callable[[Sequence[Item], random.Random], list[list[Item]]]


class Order:
    """Which items make up each step's batch: a function of the seed and the step alone."""

    def __init__(
        self,
        items: Sequence[Item],
        arrange: Arrange,
        *,
        seed: int,
    ) -> None:
        repeats = max(2, FEWEST_ITEMS // len(items)) if len(items) < FEWEST_ITEMS else 1
        self._items = [item for item in items for _ in range(repeats)]
        self._arrange = arrange
        self._seed = seed
        self._epoch = 0
        self._batches = self._arranged(0)
        self.steps_per_epoch = len(self._batches)

    def __call__(self, step: int) -> list[Item]:
        """Return the items of a step, counted from 0 over all epochs."""
        epoch, position = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._arranged(epoch)
        return self._batches[position]

    def _arranged(self, epoch: int) -> list[list[Item]]:
        return self._arrange(self._items, random.Random(f"{self._seed}/{epoch}"))


def arrange_acoustic(
    items: Sequence[Item], chance: random.Random, *, batch_size: int
) -> list[list[Item]]:
    """Batches of similar length; a bucket is filled up with repeats to whole batches."""
    batches: list[list[Item]] = []
    for low, high in pairwise(ACOUSTIC_EDGES):
        bucket = [item for item in items if low < item.frames <= high]
        chance.shuffle(bucket)
        missing = -len(bucket) % batch_size
        if bucket:
            bucket += [bucket[i % len(bucket)] for i in range(missing)]
        batches += _cut(bucket, batch_size)
    chance.shuffle(batches)
    return batches


def arrange_semantic(
    items: Sequence[Item], chance: random.Random, *, batch_size: int
) -> list[list[Item]]:
    """Batches of similar length, shuffled inside windows of two seconds."""
    size = max(1, min(batch_size, len(items) // 4))
    order = list(items)
    chance.shuffle(order)
    order.sort(key=lambda item: item.frames // SEMANTIC_BUCKET_FRAMES)
    batches = _cut(order, size)
    chance.shuffle(batches)
    return batches


def arrange_by_budget(
    items: Sequence[Item], chance: random.Random, *, batch_size: int, batch_frames: int
) -> list[list[Item]]:
    """Batches of similar length that hold, padding included, at most so many frames.

    A clip longer than the budget is a batch of its own. Lengths are rounded up before they are
    compared, so clips of about one length change places while the number of batches stays.
    """
    order = list(items)
    chance.shuffle(order)
    order.sort(key=_rounded_frames)
    batches: list[list[Item]] = []
    for item in order:
        fits = batches and (len(batches[-1]) + 1) * _rounded_frames(item) <= batch_frames
        if fits and len(batches[-1]) < batch_size:
            batches[-1].append(item)
        else:
            batches.append([item])
    chance.shuffle(batches)
    return batches


def _rounded_frames(item: Item) -> int:
    return -(-item.frames // LENGTH_STEP_FRAMES) * LENGTH_STEP_FRAMES


def _cut(items: Sequence[Item], size: int) -> list[list[Item]]:
    return [list(items[first : first + size]) for first in range(0, len(items), size)]
