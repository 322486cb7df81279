"""Which clips a step learns from."""

import random
from collections import Counter
from functools import partial
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from training.data import Item
from training.order import Order, arrange_acoustic, arrange_by_budget, arrange_semantic


def item(number: int, frames: int) -> Item:
    return Item(clip=f"c{number}", path=Path("-"), frames=frames, phones=10, codes=frames // 2)


def order(frames: list[int], *, seed: int = 1, batch_size: int = 4) -> Order:
    items = [item(i, length) for i, length in enumerate(frames)]
    return Order(items, partial(arrange_semantic, batch_size=batch_size), seed=seed)


@given(st.lists(st.integers(33, 1900), min_size=1, max_size=150), st.integers(1, 8))
def test_acoustic_batches_are_whole_and_miss_no_clip(frames: list[int], batch_size: int) -> None:
    items = [item(i, length) for i, length in enumerate(frames)]
    batches = arrange_acoustic(items, random.Random(0), batch_size=batch_size)
    assert {len(batch) for batch in batches} == {batch_size}
    assert {entry.clip for batch in batches for entry in batch} == {i.clip for i in items}


@given(st.lists(st.integers(33, 1900), min_size=1, max_size=150), st.integers(1, 8))
def test_semantic_batches_hold_every_clip_once(frames: list[int], batch_size: int) -> None:
    items = [item(i, length) for i, length in enumerate(frames)]
    batches = arrange_semantic(items, random.Random(0), batch_size=batch_size)
    counted = Counter(entry.clip for batch in batches for entry in batch)
    assert counted == Counter(i.clip for i in items)


def test_a_step_is_the_same_whenever_it_is_asked_for() -> None:
    frames = list(range(60, 260))
    asked, fresh = order(frames), order(frames)
    later = [asked(step) for step in range(130)][-1]
    assert fresh(129) == later
    assert asked(0) == fresh(0)


def test_epochs_and_seeds_differ() -> None:
    frames = list(range(60, 260))
    first = order(frames)
    epochs = [[first(e * first.steps_per_epoch + s) for s in range(50)] for e in range(2)]
    assert epochs[0] != epochs[1]
    assert [order(frames, seed=2)(s) for s in range(50)] != epochs[0]


def test_a_small_set_is_repeated_to_about_a_hundred_clips() -> None:
    assert order([100] * 7).steps_per_epoch == 7 * 14 // 4 + 1
    assert order([100] * 80).steps_per_epoch == 40


@given(
    st.lists(st.integers(33, 1900), min_size=1, max_size=150),
    st.integers(1, 8),
    st.integers(100, 4000),
)
def test_a_budget_bounds_every_batch_and_fixes_their_number(
    frames: list[int], batch_size: int, budget: int
) -> None:
    items = [item(i, length) for i, length in enumerate(frames)]
    first, second = (
        arrange_by_budget(items, random.Random(seed), batch_size=batch_size, batch_frames=budget)
        for seed in range(2)
    )
    assert len(first) == len(second)
    for batch in first:
        assert len(batch) <= batch_size
        assert len(batch) == 1 or len(batch) * max(i.frames for i in batch) <= budget
    counted = Counter(entry.clip for batch in first for entry in batch)
    assert counted == Counter(i.clip for i in items)
