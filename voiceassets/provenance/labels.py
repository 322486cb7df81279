"""Labels a file as synthetic and proves it: what was written is read back before anyone gets it."""

from __future__ import annotations

from pathlib import Path

import av
from mutagen import MutagenError

from voiceassets.provenance.carriers import Carrier, carrier_of
from voiceassets.provenance.label import FIELD, Label, LabelError
from voiceassets.provenance.riff import NotWave


def label(path: Path, wanted: Label) -> Label:
    """Write `wanted` into the file at `path` as its only implicit label, and read it back.

    Raises:
        LabelError: the container has no place for it, or it was not there afterwards.
    """
    carrier = _carrier(path)
    try:
        carrier.write(path, FIELD, wanted.as_text())
    except (MutagenError, av.FFmpegError, NotWave) as error:
        raise LabelError(f"The label could not be written: {error}") from error
    if read_label(path) != wanted:
        raise LabelError("The label is not in the file after it was written.")
    return wanted


def read_label(path: Path) -> Label | None:
    """The label of the file at `path`, or None when it has none.

    Raises:
        LabelError: the file is no audio that could have one, or its label is malformed.
    """
    carrier = _carrier(path)
    try:
        text = carrier.read(path, FIELD)
    except (MutagenError, av.FFmpegError, NotWave, UnicodeDecodeError) as error:
        raise LabelError(f"The label could not be read: {error}") from error
    return None if text is None else Label.from_text(text)


def _carrier(path: Path) -> Carrier:
    carrier = carrier_of(path)
    if carrier is None:
        raise LabelError("Only WAV, MP3, FLAC, OGG, AAC and M4A files have labels; this is none.")
    return carrier
