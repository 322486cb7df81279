"""Reads the transcript that comes with an upload: .list, .srt, .csv or plain text, strictly."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_TRANSCRIPT_BYTES: Final = 4 * 1024**2
LANGUAGES: Final = {"zh": "zh", "en": "en", "ja": "ja", "jp": "ja", "ko": "ko", "yue": "yue"}
"""The language column as tools write it, in any case, and our code for it."""
CSV_TIMED: Final = ("start", "end", "text")
CSV_BY_FILE: Final = ("file", "text")
_CLOCK: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)(?:[.,](\d{1,3}))?")
_SECONDS: Final = re.compile(r"\d+(?:\.\d+)?")
_SRT_TIMES: Final = re.compile(r"(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})")
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^>]*>|\{\\[^}]*\}")


class TranscriptFormat(StrEnum):
    """The kinds of transcript that are understood."""

    LIST = "list"
    SRT = "srt"
    CSV = "csv"
    TEXT = "text"


class TranscriptError(Exception):
    """A transcript cannot be used: where (`line_number`, from 1) and what to do (`message`)."""

    def __init__(self, message: str, *, line_number: int | None = None) -> None:
        self.line_number = line_number
        self.message = message if line_number is None else f"Line {line_number}: {message}"
        super().__init__(self.message)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One sentence, in reading order; `language` only where the file names it."""

    text: str
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Cue:
    """One sentence with its time."""

    start_ms: int
    end_ms: int
    text: str
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What is said in one recording: either cues with times, or lines in reading order."""

    cues: tuple[Cue, ...] = ()
    lines: tuple[Line, ...] = ()


def parse_transcript(content: bytes, kind: TranscriptFormat, *, recording_name: str) -> Transcript:
    """Read the part of a transcript file that belongs to the recording of that name.

    Raises TranscriptError, with the line number where one line is to blame.
    """
    text = _decoded(content)
    if kind is TranscriptFormat.LIST:
        return Transcript(lines=_lines_of_file(_list_rows(text), recording_name))
    if kind is TranscriptFormat.SRT:
        return Transcript(cues=_in_order(_srt_cues(text)))
    if kind is TranscriptFormat.CSV:
        return _csv_transcript(text, recording_name)
    lines = tuple(
        Line(text=_clean(line, number))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    )
    if not lines:
        raise TranscriptError("The transcript is empty; write one sentence per line.")
    return Transcript(lines=lines)


def _decoded(content: bytes) -> str:
    if len(content) > MAX_TRANSCRIPT_BYTES:
        limit_mb = MAX_TRANSCRIPT_BYTES // 1024**2
        raise TranscriptError(f"The transcript is larger than {limit_mb} MB; upload text only.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        message = "this is not UTF-8 text; save the transcript as UTF-8."
        raise TranscriptError(message, line_number=number) from error


def _clean(text: str, number: int) -> str:
    """One line of text in composed form, without control characters."""
    cleaned = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(unicodedata.category(character)[0] in "LN" for character in cleaned):
        raise TranscriptError(
            "there is no word to speak; add text or remove it.", line_number=number
        )
    if any(unicodedata.category(character) == "Cc" for character in cleaned):
        raise TranscriptError("there is a control character; remove it.", line_number=number)
    return cleaned


def _language(name: str, number: int) -> str:
    try:
        return LANGUAGES[name.strip().lower()]
    except KeyError:
        known = ", ".join(sorted({code.upper() for code in LANGUAGES.values()}))
        message = f"language {name.strip()!r} is unknown; use one of {known}."
        raise TranscriptError(message, line_number=number) from None


def _list_rows(text: str) -> Iterator[tuple[str, Line]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        fields = line.split("|")
        if len(fields) != 4:
            message = f"found {len(fields)} fields, not the four of path|speaker|LANG|text."
            raise TranscriptError(message, line_number=number)
        path, _, language, words = fields
        yield path.strip(), Line(text=_clean(words, number), language=_language(language, number))


def _lines_of_file(rows: Iterator[tuple[str, Line]], recording_name: str) -> tuple[Line, ...]:
    """Rows whose path, or else base name, is the recording's; several are sentences in order."""
    by_path: dict[str, list[Line]] = {}
    for path, line in rows:
        by_path.setdefault(path, []).append(line)
    wanted = _base_name(recording_name)
    paths = [recording_name] if recording_name in by_path else []
    paths = paths or [path for path in by_path if _base_name(path) == wanted]
    if not paths:
        raise TranscriptError(f"No line names {wanted!r}; name the recording in the first column.")
    if len(paths) > 1:
        both = " and ".join(repr(path) for path in paths[:2])
        raise TranscriptError(f"{both} have the same file name; rename one of them.")
    return tuple(by_path[paths[0]])


def _base_name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _srt_cues(text: str) -> Iterator[tuple[int, Cue]]:
    """Subtitles with the line number of their times."""
    numbered = enumerate(text.splitlines(), start=1)
    for number, line in numbered:
        if not line.strip():
            continue
        if not line.strip().isdecimal():
            message = "expected the number of a subtitle; leave an empty line between subtitles."
            raise TranscriptError(message, line_number=number)
        at, times = next(numbered, (number + 1, ""))
        found = _SRT_TIMES.fullmatch(times.strip())
        if found is None:
            message = "expected times like 00:00:01,000 --> 00:00:03,500."
            raise TranscriptError(message, line_number=at)
        words: list[str] = []
        for _, spoken in numbered:
            if not spoken.strip():
                break
            words.append(_MARKUP.sub("", spoken))
        start_ms, end_ms = (_time_ms(time, at) for time in found.groups())
        yield at, Cue(start_ms=start_ms, end_ms=end_ms, text=_clean(" ".join(words), at))


def _csv_transcript(text: str, recording_name: str) -> Transcript:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = tuple(name.strip().lower() for name in next(reader, ()))
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        message = f"this is not well-formed CSV ({error}); export it again."
        raise TranscriptError(message, line_number=reader.line_num) from error
    for number, row in rows:
        if len(row) != len(header):
            message = f"found {len(row)} columns, not {len(header)}; quote texts with commas."
            raise TranscriptError(message, line_number=number)
    named = [(number, dict(zip(header, row, strict=True))) for number, row in rows]
    columns = set(header) - {"language"}
    if columns == set(CSV_TIMED):
        return Transcript(cues=_in_order(_csv_cue(number, row) for number, row in named))
    if columns == set(CSV_BY_FILE):
        by_file = ((row["file"].strip(), _csv_line(number, row)) for number, row in named)
        return Transcript(lines=_lines_of_file(by_file, recording_name))
    message = "the first row must be start,end,text or file,text (language may follow)."
    raise TranscriptError(message, line_number=1)


def _csv_line(number: int, row: dict[str, str]) -> Line:
    named = row.get("language", "")
    language = _language(named, number) if named.strip() else None
    return Line(text=_clean(row["text"], number), language=language)


def _csv_cue(number: int, row: dict[str, str]) -> tuple[int, Cue]:
    line = _csv_line(number, row)
    start_ms, end_ms = _time_ms(row["start"], number), _time_ms(row["end"], number)
    cue = Cue(start_ms=start_ms, end_ms=end_ms, text=line.text, language=line.language)
    return number, cue


def _time_ms(written: str, number: int) -> int:
    """Seconds (12.5) or a clock ([hh:]mm:ss[.mmm])."""
    written = written.strip()
    if _SECONDS.fullmatch(written):
        return round(float(written) * 1_000)
    if found := _CLOCK.fullmatch(written):
        hours, minutes, seconds, fraction = found.groups()
        whole_s = int(hours or 0) * 3_600 + int(minutes) * 60 + int(seconds)
        return whole_s * 1_000 + int((fraction or "0").ljust(3, "0"))
    message = f"{written!r} is no time; write seconds (12.5) or a clock (00:00:12,500)."
    raise TranscriptError(message, line_number=number)


def _in_order(numbered: Iterator[tuple[int, Cue]]) -> tuple[Cue, ...]:
    cues: list[Cue] = []
    for number, cue in numbered:
        if cue.end_ms <= cue.start_ms:
            raise TranscriptError(
                "it ends before it starts; correct the times.", line_number=number
            )
        if cues and cue.start_ms < cues[-1].end_ms:
            message = "it starts before the previous one ends; separate or sort them."
            raise TranscriptError(message, line_number=number)
        cues.append(cue)
    if not cues:
        raise TranscriptError("The transcript is empty; it needs at least one timed sentence.")
    return tuple(cues)
