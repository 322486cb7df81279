"""A voice speaks the report's sentences, and every one is measured."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from synthesis.bundles.bundle import VoiceBundle
from synthesis.engine import Engine
from synthesis.errors import EngineError
from synthesis.speaking.quality_gate import Pace, heard
from synthesis.types import Finish, Pcm, Utterance
from training.corpus.utterance import front_end_language
from training.evaluation.judges import Judges
from training.evaluation.recognizer import NO_ERRORS, PhoneErrors, phone_errors
from training.evaluation.sentences import LANGUAGES, sentences
from training.evaluation.sound import SoundMeasures, mean, measure, pitch_distance, similarity

STYLE = "default"
SEED = 20
# As the voice makes it at the first attempt, not cut and brought to no loudness: faults show.
AS_IT_IS = Finish(loudness_lufs=None, trim=False, longest_silence_ms=10_000)

Recording = tuple[Pcm, int]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One text to be spoken, and its language: zh, en or mixed."""

    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class SentenceScore:
    """How one sentence came out; `refused` says why there is no sound, and all else is empty then.

    `duration_ratio` compares its length with the pace of the voice's own reference clip.
    """

    line: Line
    refused: str = ""
    pcm: Pcm | None = None
    sample_rate_hz: int = 0
    phones: tuple[str, ...] = ()
    sound: SoundMeasures | None = None
    faults: tuple[str, ...] = ()
    errors: PhoneErrors | None = None
    similarity: float | None = None
    duration_ratio: float | None = None
    pitch_semitones: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the sound."""
        return {
            "text": self.line.text,
            "language": self.line.language,
            "refused": self.refused,
            "phone_error_rate": self.errors and round(self.errors.rate, 4),
            "toneless_error_rate": self.errors and round(self.errors.toneless_rate, 4),
            "similarity": self.similarity,
            "duration_ratio": self.duration_ratio,
            "pitch_semitones": self.pitch_semitones,
            "loudness_lufs": self.sound and self.sound.loudness_lufs,
            "speech_ms": self.sound and self.sound.speech_ms,
            "faults": list(self.faults),
        }


@dataclass(frozen=True, kw_only=True)
class VoiceScore:
    """How a voice came out: the sentences, and what they say together."""

    name: str
    sha256: str
    sentences: tuple[SentenceScore, ...]

    @property
    def errors(self) -> PhoneErrors | None:
        """Phone errors of all sentences; None without a recogniser."""
        counted = [score.errors for score in self.sentences if score.errors]
        return sum(counted, NO_ERRORS) if counted else None

    @property
    def faulty(self) -> float:
        """The share of sentences with a fault, or without sound."""
        bad = sum(bool(score.faults or score.refused) for score in self.sentences)
        return bad / len(self.sentences)

    def without_sound(self) -> "VoiceScore":
        """The same numbers in little memory."""
        return replace(self, sentences=tuple(replace(one, pcm=None) for one in self.sentences))

    def mean(self, name: str) -> float | None:
        """The mean of a sentence's measure, such as `similarity`."""
        return mean([getattr(score, name) for score in self.sentences])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "phone_error_rate": self.errors and round(self.errors.rate, 4),
            "toneless_error_rate": self.errors and round(self.errors.toneless_rate, 4),
            "similarity": self.mean("similarity"),
            "duration_ratio": self.mean("duration_ratio"),
            "pitch_semitones": self.mean("pitch_semitones"),
            "faulty": round(self.faulty, 4),
            "sentences": [score.as_dict() for score in self.sentences],
        }


def report_lines(languages: Iterable[str], first: int | None = None) -> tuple[Line, ...]:
    """The report's set for a voice of these languages; mixed sentences when it has both.

    Only the `first` of each language if that is given.
    """
    known = set(languages)
    wanted = known | ({"mixed"} if {"zh", "en"} <= known else set())
    return tuple(
        Line(text=text, language=language)
        for language in LANGUAGES
        if language in wanted
        for text in sentences(language).report[:first]
    )


def score_voice(
    engine: Engine,
    bundle: VoiceBundle,
    *,
    name: str,
    lines: Sequence[Line],
    recording: Recording,
    judges: Judges,
    on_sentence: Callable[[int, int], None] = lambda done, total: None,
) -> VoiceScore:
    """Speak and measure every line; `recording` is the speaker, as nature made him."""
    reference = bundle.references(STYLE)[0]
    pace = Pace.of_reference(len(reference.phones), len(reference.codes), speech=True)
    target = measure(*recording)
    score = partial(
        _score, engine, bundle, recording=recording, target=target, pace=pace, judges=judges
    )
    scores: list[SentenceScore] = []
    for line in lines:
        scores.append(score(line))
        on_sentence(len(scores), len(lines))
    return VoiceScore(name=name, sha256=bundle.sha256, sentences=tuple(scores))


def _score(
    engine: Engine,
    bundle: VoiceBundle,
    line: Line,
    *,
    recording: Recording,
    target: SoundMeasures,
    pace: Pace,
    judges: Judges,
) -> SentenceScore:
    utterance = Utterance(
        text=line.text,
        language=front_end_language(line.language),
        sampling=replace(bundle.card.defaults, seed=SEED),
        finish=AS_IT_IS,
        attempts=1,
    )
    try:
        said = engine.speak(bundle, utterance)
    except EngineError as error:
        return SentenceScore(line=line, refused=error.message)
    phones = tuple(phone for report in said.sentences for phone in report.phones)
    told = {fault.value for report in said.sentences for fault in report.faults}
    sound = measure(said.pcm, said.sample_rate_hz)
    here = (said.pcm, said.sample_rate_hz)
    expected_ms = 1000 * heard(phones) / pace.phones_per_second
    return SentenceScore(
        line=line,
        pcm=said.pcm,
        sample_rate_hz=said.sample_rate_hz,
        phones=phones,
        sound=sound,
        faults=tuple(sorted(told | set(sound.faults))),
        errors=phone_errors(judges.recognizer, *here, phones) if judges.recognizer else None,
        similarity=similarity(judges.speaker, here, recording) if judges.speaker else None,
        duration_ratio=sound.speech_ms / expected_ms,
        pitch_semitones=pitch_distance(target.pitch_hz, sound.pitch_hz),
    )
