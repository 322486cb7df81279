"""Which transcript files are taken in at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceassets.core.errors import DomainError
from voiceassets.corpus.inspection import BadFileName
from voiceassets.corpus.transcripts import (
    MAX_BYTES,
    BadTranscript,
    TranscriptFormat,
    TranscriptTooLarge,
    transcript_format,
)

DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.list", TranscriptFormat.LIST),
        ("a.SRT", TranscriptFormat.SRT),
        ("a.csv", TranscriptFormat.CSV),
        ("第一.txt", TranscriptFormat.TEXT),
    ],
)
def test_the_suffix_says_the_format(name: str, expected: TranscriptFormat, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("\ufeff你好。\n", encoding="utf-8")
    assert transcript_format(path, name=name) is expected


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"hello", "a.docx", BadTranscript),
        (b"hello", "a", BadTranscript),
        (b"", "a.txt", BadTranscript),
        (b" \n\t ", "a.txt", BadTranscript),
        ("你好".encode("gbk"), "a.txt", BadTranscript),
        (b"a\0b", "a.txt", BadTranscript),
        (b"a" * (MAX_BYTES + 1), "a.txt", TranscriptTooLarge),
        (b"hello", "../a.txt", BadFileName),
    ],
)
def test_what_is_no_transcript_is_refused(
    content: bytes, name: str, refusal: type[DomainError], tmp_path: Path
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(refusal):
        transcript_format(path, name=name)
