"""Samples made again are compared block by block, or one by one where the old ones are at hand."""

from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voiceassets.assets.making import BLOCK_SAMPLES, Making, Samples, blocks_of, difference

SPEECH = np.random.default_rng(0).integers(-9000, 9000, 4000).astype(np.int16)


def made(pcm_s: Samples) -> Making:
    return Making(
        bundle_sha256="b" * 64,
        base_sha256="",
        code_version="test",
        kernel={"device": "cpu"},
        settings={"speed": 1.0},
        sample_rate_hz=32_000,
        samples=len(pcm_s),
        pcm_sha256=hashlib.sha256(pcm_s.tobytes()).hexdigest(),
        blocks=blocks_of(pcm_s),
    )


def test_the_same_samples_do_not_differ() -> None:
    assert difference(made(SPEECH), SPEECH.copy()) is None


@given(at=st.integers(0, len(SPEECH) - 1), by=st.integers(1, 2000))
def test_one_changed_sample_is_found_in_its_block_and_exactly_when_the_old_are_kept(
    at: int, by: int
) -> None:
    now_s = SPEECH.copy()
    now_s[at] += by
    found = difference(made(SPEECH), now_s)
    assert found is not None
    assert found.sample <= at <= found.within < found.sample + BLOCK_SAMPLES
    assert found.largest == (by if at % BLOCK_SAMPLES == 0 else 0)
    exact = difference(made(SPEECH), now_s, then_s=SPEECH)
    assert exact is not None
    assert (exact.sample, exact.within, exact.largest, exact.exact) == (at, at, by, True)


def test_what_only_goes_on_longer_differs_from_where_the_other_ended() -> None:
    short_s = SPEECH[: BLOCK_SAMPLES * 4]
    for then_s in (None, short_s):
        found = difference(made(short_s), SPEECH, then_s=then_s)
        assert found is not None
        assert (found.sample, found.largest) == (len(short_s), 0)
