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


def evaluate(
    voices: Sequence[Path],
    *,
    base: BaseModel,
    recording: Recording | None = None,
    against: Path | None = None,
    lines: Sequence[Line] | None = None,
    judges: Judges | None = None,
    on_sentence: Callable[[str, int, int], None] = lambda voice, done, total: None,
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
    engine = Engine(base=base)
    judges = judges or Judges.of_base(base)
    bundles = {_name(path): VoiceBundle.open(path) for path in voices}
    if len(bundles) < len(voices):
        raise EngineError("Give the voices' folders different names.", code="same_name")
    first = next(iter(bundles.values()))
    heard = recording or _reference(first)
    chosen_lines = tuple(lines or report_lines(first.card.languages))

    def score(name: str, bundle: VoiceBundle, what: Sequence[Line]) -> VoiceScore:
        return score_voice(
            engine,
            bundle,
            name=name,
            lines=what,
            recording=heard,
            judges=judges,
            on_sentence=lambda done, total: on_sentence(name, done, total),
        )

    scores = tuple(score(name, bundle, chosen_lines) for name, bundle in bundles.items())
    winner = best(scores)
    bundle = bundles[winner.name]
    card = bundle.card.styles[STYLE][0]
    own = score(winner.name, bundle, [Line(text=card.transcript, language=card.language)])
    before = score(_name(against), VoiceBundle.open(against), chosen_lines) if against else None
    return Report(
        scores=scores,
        best=winner,
        against=before,
        falls=falls(winner, before) if before else (),
        own_words=own.sentences[0],
        target=_reference(bundle),
    )


def _name(path: Path) -> str:
    return path.resolve().name


def _reference(bundle: VoiceBundle) -> Recording:
    return audio.read_mono(bundle.sealed.path(bundle.card.styles[STYLE][0].clip))
