"""One utterance: a text said by a voice, with the place of every phone of the front end.

Shapes: s samples at 32 kHz, p phones.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import soxr
from numpy.typing import NDArray

from synthesis.text import TextRun, phonemize
from synthesis.text.symbols import PUNCTUATION
from training.corpus.espeak_library import Heard, espeak
from training.corpus.mnemonics import (
    ENGLISH_VOICE,
    MANDARIN_VOICE,
    OFF_GLIDE,
    Clause,
    PhonesNotMapped,
    english,
    mandarin,
)
from training.corpus.voices import Voice

SAMPLE_RATE_HZ = 32_000

_MARKS = frozenset(PUNCTUATION)
_SENTENCE_END = frozenset(".?!…")
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
_PHRASE = re.compile(r"[^,.!?…\-]+")
# Pauses, and the silence around an utterance, in milliseconds.
_COMMA_MS = (110, 260)
_STOP_MS = (180, 380)
_OUTER_MS = (50, 120)
_AROUND_MS = (60, 150)
_JOIN_MS = 5
_PEAK = 0.89
_LEVEL_DB = (-27.0, -19.0)
# The part of a vowel that belongs to an initial which is only the vowel's beginning.
_GLIDE_SHARE = 0.3
# A closing liquid with less time than this takes such a part of its vowel.
_LIQUID_MS = 30
_LIQUID_SHARE = 0.35
# What counts as the closure of a stop, and what it leaves of the phone before.
_STOPS = frozenset("pbtdkg")
_CLOSURE_SHARE = 0.01
_CLOSURE_MOST = 0.6
_FEWEST_MS = 25
_VARIANTS = frozenset((("?", "t"), ("3", "@")))


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """Sound [s] between -1 and 1, and where phone i sounds: [edges[i], edges[i+1])."""

    audio: NDArray[np.float32]
    phones: tuple[str, ...]
    edges: tuple[int, ...]
    sample_rate_hz: int = SAMPLE_RATE_HZ

    @property
    def sounding(self) -> NDArray[np.float32]:
        """The sound without the silence around it."""
        return self.audio[self.edges[0] : self.edges[-1]]


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A clause or a pause: sound, and where each of its phones ends, relative to it."""

    audio: NDArray[np.float32]
    ends: tuple[int, ...]


def front_end_language(language: str) -> str:
    """What to tell the front end; a mixed text is Chinese with words of another script."""
    return "zh" if language == "mixed" else language


def read(text: str, language: str) -> tuple[TextRun, ...]:
    """The runs of a text exactly as the engine reads it."""
    return phonemize(text, front_end_language(language), profile="studio", version="v2")


def render(text: str, language: str, voice: Voice, *, seed: int) -> Utterance:
    """Say a text.

    Raises:
        PhonesNotMapped: sound and phones cannot be brought together.
        UnspeakableText: the front end finds nothing to say.
    """
    chance = np.random.default_rng(seed)
    manner = voice.vary(chance)
    runs = read(text, language)
    clauses = [clause for run in runs for clause in _clauses(run)]
    pieces: list[_Piece] = []
    for index, part in enumerate(clauses):
        if isinstance(part, _Words):
            mark = next((later for later in clauses[index + 1 :] if isinstance(later, str)), ".")
            pieces.append(_say(part, mark, manner, seed=int(chance.integers(2**31))))
        else:
            outer = index in (0, len(clauses) - 1)
            pieces.append(_pause(part, outer=outer, chance=chance))
    phones = tuple(phone for run in runs for phone in run.phones)
    around = [_silence(chance.uniform(*_AROUND_MS)) for _ in range(2)]
    edges = [len(around[0])]
    at = edges[0]
    for piece in pieces:
        edges.extend(at + end for end in piece.ends)
        at += len(piece.audio)
    if len(edges) != len(phones) + 1 or any(b <= a for a, b in pairwise(edges)):
        raise PhonesNotMapped("a phone has no time of its own")
    audio = np.concatenate([around[0], *(piece.audio for piece in pieces), around[1]])
    return Utterance(audio=_levelled(audio, chance), phones=phones, edges=tuple(edges))


@dataclass(frozen=True, kw_only=True)
class _Words:
    """Phones of one clause in one language, and its words where they are parted by blanks."""

    language: str
    phones: tuple[str, ...]
    words: tuple[str, ...]


def _clauses(run: TextRun) -> list["_Words | str"]:
    """A run's clauses and marks in order; words only where text and phones part alike."""
    if run.language not in ("zh", "en"):
        raise PhonesNotMapped(f"no voice speaks {run.language}")
    parts: list[_Words | str] = []
    phones: list[str] = []
    spelled = iter(_PHRASE.findall(run.normalized))

    def close() -> None:
        if phones:
            words = tuple(_WORD.findall(next(spelled, "")))
            parts.append(_Words(language=run.language, phones=tuple(phones), words=words))
            phones.clear()

    for phone in run.phones:
        if phone in _MARKS:
            close()
            parts.append(phone)
        else:
            phones.append(phone)
    close()
    return parts


def _say(words: _Words, mark: str, manner: Voice, *, seed: int) -> _Piece:
    if words.language == "zh":
        clause, base = mandarin(words.phones), MANDARIN_VOICE
    else:
        clause, base = english(words.phones, words.words), ENGLISH_VOICE
    spoken = espeak().speak(
        clause.text + (mark if mark in _SENTENCE_END else ","),
        voice=f"{base}+{manner.variant}",
        pitch=manner.pitch,
        pitch_range=manner.pitch_range,
        words_per_minute=manner.words_per_minute,
        seed=seed,
    )
    heard = [event for event in spoken.heard if event.name[0] not in ("_", OFF_GLIDE)]
    heard = _matched(clause, heard)
    after = [
        event.sample
        for event in spoken.heard
        if event.name[0] == "_" and event.sample > heard[-1].sample
    ]
    if not after:
        raise PhonesNotMapped("the last phone has no end")
    starts = _with_closures(heard, _starts(heard, after[0]), spoken.samples)
    rate = espeak().sample_rate_hz * manner.formant_shift
    scale = SAMPLE_RATE_HZ / rate
    ends = _ends(clause.counts, starts, after[0])
    sound = spoken.samples[starts[0] : after[0]].astype(np.float32) / 32768
    audio = soxr.resample(sound, rate, SAMPLE_RATE_HZ, quality="HQ").astype(np.float32)
    moved = [round((end - starts[0]) * scale) for end in ends]
    moved[-1] = len(audio)
    return _Piece(audio=_faded(audio), ends=tuple(moved))


def _matched(clause: Clause, heard: Sequence[Heard]) -> list[Heard]:
    """The events of the phonemes that were asked for.

    The library may choose a variant of a sound (t# for t) and may link an R-coloured vowel to the
    next with an r, which stays part of that vowel; it may do nothing else.
    """
    found: list[Heard] = []
    names = iter((*clause.names, None))
    wanted = next(names)
    for event in heard:
        links = bool(found) and found[-1].name[0] == "3" and event.name[0] == "r"
        if wanted is not None and _alike(event.name, wanted):
            found.append(event)
            wanted = next(names)
        elif not links:
            break
    if wanted is not None or found[-1] is not heard[-1]:
        said = " ".join(event.name for event in heard)
        raise PhonesNotMapped(f"asked for {' '.join(clause.names)}, heard {said}")
    return found


def _alike(heard: str, wanted: str) -> bool:
    return heard[0].lower() == wanted[0].lower() or (heard, wanted) in _VARIANTS


def _starts(heard: Sequence[Heard], stop: int) -> list[int]:
    """Where each phoneme begins.

    The library says an l or r that closes a syllable as the end of the vowel and hardly gives it
    time of its own; it gets the part of the vowel that it colours.
    """
    starts = [event.sample for event in heard]
    fewest = _LIQUID_MS * espeak().sample_rate_hz / 1000
    for index in range(1, len(heard)):
        after = starts[index + 1] if index + 1 < len(starts) else stop
        if heard[index].name[0] in "lr" and after - starts[index] < fewest:
            starts[index] -= round(_LIQUID_SHARE * (starts[index] - starts[index - 1]))
    return starts


def _with_closures(
    heard: Sequence[Heard], starts: Sequence[int], samples: NDArray[np.int16]
) -> list[int]:
    """Starts with the silence before a burst given to the stop; the library counts it before."""
    moved = list(starts)
    fewest = _FEWEST_MS * espeak().sample_rate_hz / 1000
    quiet = np.abs(samples) < _CLOSURE_SHARE * np.abs(samples).max(initial=1)
    for index in range(1, len(heard)):
        if heard[index].name[0] not in _STOPS:
            continue
        before = moved[index] - moved[index - 1]
        earliest = moved[index] - round(min(_CLOSURE_MOST * before, max(before - fewest, 0)))
        loud = np.flatnonzero(~quiet[earliest : moved[index]])
        moved[index] = earliest + (int(loud[-1]) + 1 if len(loud) else 0)
    return moved


def _ends(counts: Sequence[int], starts: Sequence[int], stop: int) -> list[int]:
    bounds = [*starts, stop]
    ends: list[int] = []
    at = 0
    for count in counts:
        if count == 0:
            ends.append(bounds[at] + round(_GLIDE_SHARE * (bounds[at + 1] - bounds[at])))
        else:
            at += count
            ends.append(bounds[at])
    return ends


def _pause(mark: str, *, outer: bool, chance: np.random.Generator) -> _Piece:
    limits = _OUTER_MS if outer else _STOP_MS if mark in _SENTENCE_END else _COMMA_MS
    audio = _silence(chance.uniform(*limits))
    return _Piece(audio=audio, ends=(len(audio),))


def _silence(duration_ms: float) -> NDArray[np.float32]:
    return np.zeros(round(duration_ms * SAMPLE_RATE_HZ / 1000), np.float32)


def _faded(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    count = min(len(audio) // 2, round(_JOIN_MS * SAMPLE_RATE_HZ / 1000))
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    audio[:count] *= ramp
    audio[len(audio) - count :] *= ramp[::-1]
    return audio


def _levelled(audio: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    """At a level drawn for the utterance, lowered where its peak would come near full scale."""
    sounding = audio[np.abs(audio) > 1e-4]
    level = float(np.sqrt(np.mean(np.square(sounding)))) if len(sounding) else 1.0
    gain = 10 ** (chance.uniform(*_LEVEL_DB) / 20) / max(level, 1e-6)
    peak = float(np.abs(audio).max(initial=1e-6))
    return audio * np.float32(min(gain, _PEAK / peak))
