"""What stages leave out, and how clips are padded."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.data import (
    Features,
    Item,
    acoustic_items,
    collate_acoustic,
    collate_semantic,
    semantic_items,
)

GOOD = Item(clip="good", path=Path("-"), frames=200, phones=40, codes=100)


def features(frames: int, phones: int, *, bert: bool = False) -> Features:
    return Features(
        phones_p=torch.arange(1, phones + 1),
        codes_n=torch.arange(-(-frames // 2)),
        wave_s=torch.full((frames * 640,), 1000, dtype=torch.int16),
        bert_wp=torch.ones(8, phones, dtype=torch.half) if bert else None,
        speaker_v=None,
    )


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (replace(GOOD, codes=1351), "54 s"),
        (replace(GOOD, phones=541), "541 phones"),
        (replace(GOOD, phones=120), "30.0 phones per second"),
        (replace(GOOD, phones=5), "1.2 phones per second"),
    ],
)
def test_the_semantic_stage_says_why_it_leaves_a_clip_out(bad: Item, words: str) -> None:
    kept, dropped = semantic_items([GOOD, bad])
    assert kept == [GOOD]
    assert [(d.clip, d.stage) for d in dropped] == [(bad.clip, "semantic")]
    assert words in dropped[0].reason


@pytest.mark.parametrize("frames", [32, 1901])
def test_the_acoustic_stage_says_why_it_leaves_a_clip_out(frames: int) -> None:
    kept, dropped = acoustic_items([GOOD, replace(GOOD, frames=frames)])
    assert kept == [GOOD]
    assert f"{frames / 50:.2f} s" in dropped[0].reason


def test_acoustic_batches_are_sorted_and_padded_by_at_least_one_frame() -> None:
    batch = collate_acoustic([features(41, 3), features(44, 5)])
    assert batch.spec_bft.shape == (2, 1025, 46)
    assert batch.spec_lens_b.tolist() == [44, 41]
    assert batch.codes_bn.shape == (2, 23)
    assert batch.wave_b1s.shape == (2, 1, 46 * 640)
    assert batch.phones_bp.tolist() == [[1, 2, 3, 4, 5], [1, 2, 3, 0, 0]]
    assert not batch.spec_bft[1, :, 41:].any()


def test_semantic_batches_are_padded_with_the_end_token_and_empty_text_features() -> None:
    batch = collate_semantic(
        [features(8, 3, bert=True), features(12, 2)],
        [3, 6],
        bert_width=8,
        end_token=99,
        preference=False,
    )
    assert batch.codes_bt.tolist() == [[0, 1, 2, 99, 99, 99], [0, 1, 2, 3, 4, 5]]
    assert batch.code_lens_b.tolist() == [3, 6]
    assert batch.bert_bwp[0].sum() == 24
    assert not batch.bert_bwp[1].any()
    assert batch.rejected_bt is None


def test_rejected_codes_repeat_or_lose_a_piece() -> None:
    torch.manual_seed(3)
    batch = collate_semantic(
        [features(80, 3)] * 8, [40] * 8, bert_width=8, end_token=99, preference=True
    )
    assert batch.rejected_bt is not None
    assert batch.rejected_lens_b is not None
    lengths = batch.rejected_lens_b.tolist()
    assert min(lengths) < 40 < max(lengths)
    for row, length in zip(batch.rejected_bt.tolist(), lengths, strict=True):
        assert set(row[:length]) <= set(range(40))
        assert set(row[length:]) <= {99}
