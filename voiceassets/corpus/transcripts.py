"""What a transcript file must be before it is stored; its lines are read during preparation."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path, PurePath

from voiceassets.core.errors import DomainError, Invalid
from voiceassets.corpus.inspection import require_name

MAX_BYTES = 4 * 1024 * 1024


class TranscriptFormat(StrEnum):
    LIST = "list"
    SRT = "srt"
    CSV = "csv"
    TEXT = "text"


BY_SUFFIX = {
    ".list": TranscriptFormat.LIST,
    ".srt": TranscriptFormat.SRT,
    ".csv": TranscriptFormat.CSV,
    ".txt": TranscriptFormat.TEXT,
}


class BadTranscript(Invalid):
    code = "bad_transcript"


class TranscriptTooLarge(DomainError):
    code = "transcript_too_large"
    status = 413


def transcript_format(path: Path, *, name: str) -> TranscriptFormat:
    """The format of the transcript at `path`, by the suffix of its `name`.

    Raises:
        BadFileName, BadTranscript, TranscriptTooLarge: what is wrong with it.
    """
    suffix = PurePath(require_name(name)).suffix.lower()
    if suffix not in BY_SUFFIX:
        raise BadTranscript(
            f"A transcript is a {', '.join(BY_SUFFIX)} file; save it as one of these."
        )
    if path.stat().st_size > MAX_BYTES:
        raise TranscriptTooLarge(
            f"The transcript is larger than {MAX_BYTES // 1024**2} MB; split recording and text."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTranscript("The transcript is not UTF-8; save it with that encoding.") from error
    if not text.strip() or "\0" in text:
        raise BadTranscript("The transcript holds no text; write what is said in the recording.")
    return BY_SUFFIX[suffix]
