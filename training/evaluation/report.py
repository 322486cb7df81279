"""The report on one or more voices: scores, the best of them, and a comparison with another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.engine import Engine
from synthesis.errors import EngineError
from training.evaluation.choice import RULE, Fall, best, falls, merit
from training.evaluation.judges import Judges
from training.evaluation.scoring import (
    STYLE,
    Line,
    Recording,
    SentenceScore,
    VoiceScore,
    report_lines,
    score_voice,
)

# Told a voice's name, how many sentences it has spoken, and of how many.
OnSentence = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found.

    `own_words` is the chosen voice saying the text of its own reference clip, `target` that clip.
    """

    scores: tuple[VoiceScore, ...]
    best: VoiceScore
    against: VoiceScore | None
    falls: tuple[Fall, ...]
    own_words: SentenceScore
    target: Recording

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "best": self.best.name,
            "best_sha256": self.best.sha256,
            "rule": RULE,
            "voices": [{**score.as_dict(), "merit": merit(score)} for score in self.scores],
            "against": self.against and {**self.against.as_dict(), "merit": merit(self.against)},
            "falls": [vars(fall) for fall in self.falls],
        }


class Trial:
    """Voices of one base speak the same lines one after another, and one of them is reported on.

    What no argument says is taken from the first voice: the lines of its languages, and its
    reference clip as the speaker.
    """

    def __init__(
        self,
        *,
        base: BaseModel,
        recording: Recording | None = None,
        lines: Sequence[Line] | None = None,
        judges: Judges | None = None,
        on_sentence: OnSentence = lambda voice, done, total: None,
    ) -> None:
        self._engine = Engine(base=base)
        self._judges = judges or Judges.of_base(base)
        self._recording = recording
        self._lines = lines
        self._on_sentence = on_sentence

    def score(self, path: Path) -> VoiceScore:
        """Let a voice speak every line; EngineError when its bundle is wrong."""
        bundle = VoiceBundle.open(path)
        self._lines = self._lines or report_lines(bundle.card.languages)
        self._recording = self._recording or reference_sound(bundle)
        return self._score(path, bundle, self._lines, self._recording)

    def report(
        self, scores: Sequence[VoiceScore], chosen: Path, against: Path | None = None
    ) -> Report:
        """Report on the chosen voice, which is the best of `scores`."""
        winner = next(score for score in scores if score.name == _name(chosen))
        bundle = VoiceBundle.open(chosen)
        card = bundle.card.styles[STYLE][0]
        own_words = [Line(text=card.transcript, language=card.language)]
        target = reference_sound(bundle)
        own = self._score(chosen, bundle, own_words, self._recording or target)
        before = self.score(against) if against else None
        return Report(
            scores=tuple(scores),
            best=winner,
            against=before,
            falls=falls(winner, before) if before else (),
            own_words=own.sentences[0],
            target=target,
        )

    def _score(
        self, path: Path, bundle: VoiceBundle, lines: Sequence[Line], recording: Recording
    ) -> VoiceScore:
        name = _name(path)
        try:
            return score_voice(
                self._engine,
                bundle,
                name=name,
                lines=lines,
                recording=recording,
                judges=self._judges,
                on_sentence=lambda done, total: self._on_sentence(name, done, total),
            )
        finally:
            self._engine.voices.evict(bundle.sha256)


def evaluate(
    voices: Sequence[Path],
    *,
    base: BaseModel,
    recording: Recording | None = None,
    against: Path | None = None,
    lines: Sequence[Line] | None = None,
    judges: Judges | None = None,
    on_sentence: OnSentence = lambda voice, done, total: None,
) -> Report:
    """Let every voice speak the same lines, score it, and choose.

    Args:
        voices: bundles, such as one per pair of kept checkpoints.
        recording: the speaker; the first voice's reference clip if absent.
        against: the voice in use, to compare the best one with.
        lines: by default the report's set in the languages of the first voice.

    Raises:
        EngineError: a bundle is wrong, or there is none.
    """
    if not voices:
        raise EngineError("Name at least one voice to evaluate.", code="no_voice")
    by_name = {_name(path): path for path in voices}
    if len(by_name) < len(voices):
        raise EngineError("Give the voices' folders different names.", code="same_name")
    trial = Trial(
        base=base, recording=recording, lines=lines, judges=judges, on_sentence=on_sentence
    )
    scores = [trial.score(path) for path in voices]
    return trial.report(scores, by_name[best(scores).name], against)


def reference_sound(bundle: VoiceBundle) -> Recording:
    """The first reference clip of a voice's default style."""
    return audio.read_mono(bundle.sealed.path(bundle.card.styles[STYLE][0].clip))


def _name(path: Path) -> str:
    # A link may give a folder the name that people know the voice by.
    return path.absolute().name
