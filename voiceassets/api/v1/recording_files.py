"""The files of a recording as they arrive: the sound, by form or ticket, and the transcript."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from voiceassets.api.intake import kept
from voiceassets.api.operations import Call
from voiceassets.api.parsers import work_file
from voiceassets.corpus.services import TranscriptUpload
from voiceassets.corpus.transcripts import BY_SUFFIX, TranscriptFormat, transcript_format
from voiceassets.storage import selectors, uploads
from voiceassets.storage.models import Purpose, Upload

SUFFIX_OF = {kind: suffix for suffix, kind in BY_SUFFIX.items()}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A file at hand, not yet looked at; `upload` is the ticket it came by, if any."""

    path: Path
    name: str
    content_type: str
    upload: Upload | None = None


@contextmanager
def arrived(call: Call) -> Iterator[Sent]:
    """The sound of a `NewRecording`; a copy of a ticket's file is gone after the block."""
    if "file" in call.body:
        file = call.body["file"]
        yield Sent(path=file.path, name=file.name, content_type=file.content_type)
        return
    with call.scope():
        upload = selectors.get_upload(call.actor, call.body["upload"])
    with work_file() as copy:
        uploads.fetch_upload(upload, Path(copy.name))
        yield Sent(
            path=Path(copy.name),
            name=call.body["name"],
            content_type=upload.content_type,
            upload=upload,
        )


@contextmanager
def transcript_kept(call: Call) -> Iterator[TranscriptUpload | None]:
    """The transcript of a `TranscriptShape`, stored while the block runs; None without one."""
    body = call.body
    with work_file() as text:
        if "transcript" in body:
            path, name = body["transcript"].path, body["transcript"].name
        elif "transcript_text" in body:
            text.write(body["transcript_text"].encode())
            text.flush()
            suffix = SUFFIX_OF[TranscriptFormat(body["transcript_format"])]
            path, name = Path(text.name), f"transcript{suffix}"
        else:
            yield None
            return
        kind = transcript_format(path, name=name)
        with kept(call, path, purpose=Purpose.TRANSCRIPT, content_type="text/plain") as (
            stored,
            written,
        ):
            yield TranscriptUpload(object=stored, written=written, format=kind)
