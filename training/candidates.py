"""Which pair of kept checkpoints becomes the voice: every pair speaks, and the best is taken."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.errors import Stopped
from training.evaluation.choice import merit
from training.evaluation.report import Report, Trial
from training.evaluation.scoring import VoiceScore, report_lines
from training.progress import Reporter
from training.stages import Surroundings

STAGE = "evaluation"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An acoustic and a semantic checkpoint, by how many steps each had learned."""

    acoustic_steps: int
    semantic_steps: int

    @property
    def name(self) -> str:
        """As the report calls it."""
        return f"acoustic {self.acoustic_steps}, semantic {self.semantic_steps}"


def pairs(acoustic: Iterable[int], semantic: Iterable[int]) -> list[Pair]:
    """Every checkpoint of one stage with every one of the other, the longest trained first."""
    return [
        Pair(acoustic_steps=a, semantic_steps=s)
        for a, s in product(sorted(acoustic, reverse=True), sorted(semantic, reverse=True))
    ]


def choose(
    candidates: Sequence[Pair],
    write: Callable[[Pair, Path], VoiceBundle],
    around: Surroundings,
    *,
    base: BaseModel,
    out_dir: Path,
    against: Path | None,
) -> tuple[Pair, Report | None]:
    """Make `out_dir` the best voice of the candidates; without sentences to score, the first.

    One candidate at a time lies on the disk beside the best so far.

    Raises:
        Stopped: asked for between two sentences; what was trained is kept.
    """
    if around.config.sentences == 0:
        write(candidates[0], out_dir)
        return candidates[0], None
    lines = report_lines(base.languages, around.config.sentences)
    reporter = Reporter(STAGE, len(candidates) * len(lines), around.on_progress)

    def heard(voice: str, done: int, total: int) -> None:
        if around.should_stop():
            raise Stopped(
                "Training stopped while checkpoints were compared; start it again to go on.",
                data={"stage": STAGE, "done": reporter.done, "total": reporter.total},
            )
        if reporter.done < reporter.total:
            reporter.advance()

    trial = Trial(base=base, lines=lines, on_sentence=heard)
    folder = around.work_dir / "candidates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    scores: list[VoiceScore] = []
    best, chosen = 0, candidates[0]
    for place, pair in enumerate(candidates):
        write(pair, folder / pair.name)
        scores.append(trial.score(folder / pair.name))
        worse = place
        if place and merit(scores[place]) > merit(scores[best]):
            worse, best, chosen = best, place, pair
        if place:
            scores[worse] = scores[worse].without_sound()
            shutil.rmtree(folder / scores[worse].name)
    report = trial.report(scores, folder / chosen.name, against)
    shutil.rmtree(out_dir, ignore_errors=True)
    shutil.move(folder / chosen.name, out_dir)
    return chosen, report
