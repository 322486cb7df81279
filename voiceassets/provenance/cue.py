"""The audible label of GB 45438-2025 section 5.3: a rhythm or words, before, in or after speech.

The rhythm is short long, short short (Morse A·I). Shapes: s samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceassets.provenance.spoken_cues import OTHERWISE, TEXTS, spoken_cue

RHYTHM = (("short", "long"), ("short", "short"))
UNIT_MS = 90
LONG_UNITS = 3
LETTER_GAP_UNITS = 3
TONE_HZ = 880.0
LEVEL_DBFS = -20.0
RAMP_MS = 8
PAUSE_MS = 300
QUIET_MS = 60
LIKE_THE_CUE = 0.7
# So much is searched at once, beside the length of the longest label.
PIECE_S = 30

Samples = NDArray[np.int16]


class Cue(StrEnum):
    """What is heard. `none` needs an exemption that somebody may grant."""

    RHYTHM = "rhythm"
    SPEECH = "speech"
    NONE = "none"


class Place(StrEnum):
    """Where; the middle is the quietest place of the middle third."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Inserted:
    """Where the label was put into samples, pauses included, and how long it is."""

    at: int
    samples: int


@dataclass(frozen=True, kw_only=True)
class AudibleLabel:
    """One file's audible label; `language` is that of the words."""

    cue: Cue = Cue.RHYTHM
    place: Place = Place.START
    language: str = OTHERWISE

    def sound(self, sample_rate_hz: int) -> Samples:
        """The label as 16-bit samples [s] with the pauses that part it from the speech."""
        if self.cue is Cue.NONE:
            return np.zeros(0, np.int16)
        said = self.cue is Cue.SPEECH
        heard_s = spoken_cue(self.language, sample_rate_hz) if said else cue(sample_rate_hz)
        pause_s = np.zeros(round(sample_rate_hz * PAUSE_MS / 1000), np.int16)
        before = [] if self.place is Place.START else [pause_s]
        after = [] if self.place is Place.END else [pause_s]
        return np.concatenate([*before, heard_s, *after])

    def put_into(self, speech_s: Samples, sample_rate_hz: int) -> tuple[Samples, Inserted]:
        """The speech [s] with the label, and where that is."""
        sound_s = self.sound(sample_rate_hz)
        at = {Place.START: 0, Place.END: len(speech_s)}.get(self.place)
        if at is None:
            at = _quietest(speech_s, sample_rate_hz)
        whole_s = np.concatenate([speech_s[:at], sound_s, speech_s[at:]])
        return whole_s, Inserted(at=at, samples=len(sound_s))


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An audible label that was found: where it begins, and how like it is (0 to 1)."""

    cue: Cue
    language: str
    at_ms: int
    score: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "cue": self.cue.value, "score": round(self.score, 3)}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Heard:
        """The inverse of `as_dict`."""
        return cls(**{**content, "cue": Cue(content["cue"])})


def cue(sample_rate_hz: int) -> Samples:
    """The rhythm as 16-bit samples [s], about a second long, without the pause after it.

    A dot lasts one unit, a dash three, the gap inside a letter one, between letters three
    (ITU-R M.1677-1, part I, section 2).
    """
    unit = round(sample_rate_hz * UNIT_MS / 1000)
    parts: list[NDArray[np.float64]] = []
    for number, letter in enumerate(RHYTHM):
        if number:
            parts.append(np.zeros(unit * LETTER_GAP_UNITS))
        for place, length in enumerate(letter):
            if place:
                parts.append(np.zeros(unit))
            parts.append(_tone(unit * (LONG_UNITS if length == "long" else 1), sample_rate_hz))
    wave_s = np.concatenate(parts) * 10 ** (LEVEL_DBFS / 20)
    return np.round(wave_s * np.iinfo(np.int16).max).astype(np.int16)


def hear(wave_s: NDArray[np.float32], *, sample_rate_hz: int) -> Heard | None:
    """The clearest audible label of ours in a wave [s], also after lossy coding."""
    templates = _templates(sample_rate_hz)
    longest = max(len(template_s) for _, _, template_s in templates)
    piece = PIECE_S * sample_rate_hz
    # A decoder may leave out the last few samples of a label that ends the file.
    wave_s = np.pad(wave_s, (0, sample_rate_hz // 10))
    best: Heard | None = None
    for start in range(0, max(len(wave_s), 1), piece):
        part_s = wave_s[start : start + piece + longest].astype(np.float64)
        for cue_, language, score, at in _scores(part_s, templates):
            if score > max(LIKE_THE_CUE, best.score if best else 0):
                at_ms = (start + at) * 1000 // sample_rate_hz
                best = Heard(cue=cue_, language=language, at_ms=at_ms, score=score)
    return best


def _scores(
    part_s: NDArray[np.float64], templates: tuple[tuple[Cue, str, Samples], ...]
) -> Iterator[tuple[Cue, str, float, int]]:
    """How like each template the sound is where it is most like it, and where that is."""
    fitting = [found for found in templates if len(found[2]) <= len(part_s)]
    if not fitting:
        return
    size = 1 << (len(part_s) + max(len(found[2]) for found in fitting) - 1).bit_length()
    spectrum = np.fft.rfft(part_s, size)
    total = np.cumsum(np.pad(part_s**2, (1, 0)))
    for cue_, language, template_s in fitting:
        places = len(part_s) - len(template_s) + 1
        shape_s = template_s.astype(np.float64)
        agreement = np.fft.irfft(spectrum * np.conj(np.fft.rfft(shape_s, size)), size)[:places]
        energy = np.maximum(total[len(template_s) :] - total[:places], 0)
        likeness = agreement / (np.sqrt(energy * (shape_s**2).sum()) + 1e-9)
        at = int(likeness.argmax())
        yield cue_, language, float(likeness[at]), at


@cache
def _templates(sample_rate_hz: int) -> tuple[tuple[Cue, str, Samples], ...]:
    spoken = [(Cue.SPEECH, name, spoken_cue(name, sample_rate_hz)) for name in TEXTS]
    return ((Cue.RHYTHM, "", cue(sample_rate_hz)), *spoken)


def _quietest(speech_s: Samples, sample_rate_hz: int) -> int:
    """The middle of the quietest short window in the middle third of speech [s]."""
    window = max(1, round(sample_rate_hz * QUIET_MS / 1000))
    third = len(speech_s) // 3
    middle_s = speech_s[third : len(speech_s) - third].astype(np.float64)
    if len(middle_s) <= window:
        return len(speech_s) // 2
    total = np.cumsum(np.pad(middle_s**2, (1, 0)))
    return third + int((total[window:] - total[:-window]).argmin()) + window // 2


def _tone(samples: int, sample_rate_hz: int) -> NDArray[np.float64]:
    time_s = np.arange(samples) / sample_rate_hz
    ramp = min(samples // 2, round(sample_rate_hz * RAMP_MS / 1000))
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(ramp) / ramp)
    envelope = np.ones(samples)
    envelope[:ramp], envelope[samples - ramp :] = rise, rise[::-1]
    tone: NDArray[np.float64] = np.sin(2 * np.pi * TONE_HZ * time_s) * envelope
    return tone
