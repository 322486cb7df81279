"""From the engine's samples to a labelled file: audible cue, encoding, implicit label, read back.

Shapes: s samples.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from voiceassets.provenance.cue import with_cue
from voiceassets.provenance.encode import ENCODINGS, AudioFormat, encode
from voiceassets.provenance.label import Label
from voiceassets.provenance.labels import label


@dataclass(frozen=True, kw_only=True)
class Produced:
    """A labelled file: what was read back from it, and the hash of the samples before any mark."""

    label: Label
    audible_cue: bool
    pcm_sha256: str
    content_type: str
    produced_at: datetime


def produce(
    path: Path,
    *,
    pcm: NDArray[np.float32],
    sample_rate_hz: int,
    produce_id: str,
    audible_cue: bool = True,
) -> Produced:
    """Write speech [s] to `path` in the format of its suffix, marked as synthetic.

    Raises:
        LabelError: the label is not in the file; the file must not be given to anybody.
        ValueError: the suffix is no format, or there are no samples.
    """
    format = AudioFormat(path.suffix.removeprefix("."))  # noqa: A001  (the field's word)
    speech_s = to_int16(pcm)
    marked_s = with_cue(speech_s, sample_rate_hz=sample_rate_hz) if audible_cue else speech_s
    encode(marked_s, sample_rate_hz=sample_rate_hz, path=path, format=format)
    wanted = Label.first(producer=settings.LABEL_PROVIDER, produce_id=produce_id)
    return Produced(
        label=label(path, wanted),
        audible_cue=audible_cue,
        pcm_sha256=hashlib.sha256(speech_s.astype("<i2").tobytes()).hexdigest(),
        content_type=ENCODINGS[format].content_type,
        produced_at=datetime.now(UTC),
    )


def to_int16(pcm: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples [s] of -1 to 1 as 16-bit integers, rounded as the engine rounds for its receipt."""
    rounded: NDArray[np.int16] = np.clip(np.rint(pcm * 32768.0), -32768, 32767).astype(np.int16)
    return rounded
