"""From the engine's samples to a labelled file whose every label was read back.

Nothing that is written later may break what was written before: the watermark changes samples,
the audible label is put before, into or after them, encoding makes the file, the implicit label
goes into its metadata, and content credentials cover every byte. Shapes: s samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from voiceassets.provenance import credentials
from voiceassets.provenance.credentials import Credentials, Source
from voiceassets.provenance.cue import AudibleLabel, Cue, Inserted, hear
from voiceassets.provenance.decode import decode, resampled
from voiceassets.provenance.encode import ENCODINGS, AudioFormat, encode
from voiceassets.provenance.fingerprint import RATE_HZ, Fingerprint, fingerprint
from voiceassets.provenance.label import Label, LabelError
from voiceassets.provenance.labels import label
from voiceassets.provenance.samples import sha256
from voiceassets.provenance.watermark import Heard, Watermark

RHYTHM_FIRST = AudibleLabel()


@dataclass(frozen=True, kw_only=True)
class Produced:
    """A labelled file: what was read back from it, and hashes of its samples.

    `pcm_sha256` is of the samples before any mark, `marked_sha256` with the watermark if there is
    one. Without credentials its container has no place for them; without a watermark none is
    installed, or the speech was too short or too quiet to carry it.
    """

    label: Label
    audible: AudibleLabel
    inserted: Inserted
    credentials: Credentials | None
    watermark: Heard | None
    pcm_sha256: str
    marked_sha256: str
    fingerprint: Fingerprint
    content_type: str
    produced_at: datetime

    def marks(self) -> dict[str, Any]:
        """Every label that was read back, for JSON."""
        return {
            "implicit": self.label.as_dict(),
            "audible": self.audible.cue.value,
            "audible_place": self.audible.place.value,
            "credentials": self.credentials and self.credentials.as_dict(),
            "watermark": self.watermark and self.watermark.as_dict(),
        }


def produce(
    path: Path,
    *,
    pcm: NDArray[np.float32],
    sample_rate_hz: int,
    produce_id: str,
    audible: AudibleLabel = RHYTHM_FIRST,
    sources: Sequence[Source] = (),
    watermark: Watermark | None = None,
) -> Produced:
    """Write speech [s] to `path` in the format of its suffix, marked as synthetic.

    `sources` are named in the content credentials. The audible label is listened for in the
    finished file as well.

    Raises:
        LabelError: a label is not in the file; the file must not be given to anybody.
        ValueError: the suffix is no format, or there are no samples.
    """
    format = AudioFormat(path.suffix.removeprefix("."))  # noqa: A001  (the field's word)
    speech_s = to_int16(pcm)
    marked_s, heard = speech_s, None

    def write(spoken_s: NDArray[np.int16]) -> Inserted:
        whole_s, where = audible.put_into(spoken_s, sample_rate_hz)
        encode(whole_s, sample_rate_hz=sample_rate_hz, path=path, format=format)
        return where

    if watermark is not None:
        marked_s = to_int16(watermark.embed(pcm, sample_rate_hz))
        inserted = write(marked_s)
        heard = _heard(path, watermark, sample_rate_hz)
    if heard is None or not heard.is_there:
        marked_s, heard = speech_s, None
        inserted = write(marked_s)
    _require_audible(path, audible)
    wanted = Label.first(producer=settings.LABEL_PROVIDER, produce_id=produce_id)
    written = label(path, wanted)
    signed = None
    if credentials.can_carry(path):
        signed = credentials.sign(path, title=produce_id, sources=sources)
    return Produced(
        label=written,
        audible=audible,
        inserted=inserted,
        credentials=signed,
        watermark=heard,
        pcm_sha256=sha256(speech_s),
        marked_sha256=sha256(marked_s),
        fingerprint=fingerprint(resampled(marked_s, from_hz=sample_rate_hz, to_hz=RATE_HZ)),
        content_type=ENCODINGS[format].content_type,
        produced_at=datetime.now(UTC),
    )


def _require_audible(path: Path, wanted: AudibleLabel) -> None:
    if wanted.cue is Cue.NONE:
        return
    found = hear(decode(path, sample_rate_hz=RATE_HZ), sample_rate_hz=RATE_HZ)
    if found is None or found.cue is not wanted.cue:
        raise LabelError("The audible label is not heard in the file after it was written.")


def to_int16(pcm: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples [s] of -1 to 1 as 16-bit integers, rounded as the engine rounds for its receipt."""
    rounded: NDArray[np.int16] = np.clip(np.rint(pcm * 32768.0), -32768, 32767).astype(np.int16)
    return rounded


def _heard(path: Path, watermark: Watermark, sample_rate_hz: int) -> Heard:
    """What is left of the mark in the file, as whoever finds it would hear it."""
    wave_s = decode(path, sample_rate_hz=sample_rate_hz)
    return Heard(name=watermark.name, score=watermark.detect(wave_s, sample_rate_hz))
