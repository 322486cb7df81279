"""A damaged file of every format gets an answer; `python -m tests.fuzz.media` sends thousands."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz.media import DAMAGES, FORMATS, flipped, probe, sound, try_format


def test_every_format_can_be_made(tmp_path: Path) -> None:
    assert len(FORMATS) >= 12
    assert all(len(sound(tmp_path, *form)) > 1000 for form in FORMATS)


def test_damaged_files_are_answered(tmp_path: Path) -> None:
    for form in FORMATS[:3]:
        whole = sound(tmp_path, *form)
        tally = try_format(form[0], whole, count=len(DAMAGES) // 3, number=7, folder=tmp_path)
        assert tally.failures == []


def test_a_stream_that_begins_on_the_way_is_damage(tmp_path: Path) -> None:
    whole = sound(tmp_path, *FORMATS[-1])
    path = tmp_path / "damaged.ts"
    path.write_bytes(flipped(bytearray(whole), random.Random("x.ts 1 231")))
    assert probe(path)[0] == "corrupt"
