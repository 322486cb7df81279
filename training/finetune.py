"""A whole fine-tune: features, acoustic stage, semantic stage, a voice bundle, a first sentence.

It may be killed at any instant. Called again with the same folders it goes on from the last
checkpoint, and when it had finished it returns the same result without doing anything.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synthesis.audio import write_wav
from synthesis.base import BaseModel
from synthesis.bundle import VoiceBundle
from synthesis.errors import BadBundle, EngineError, Stopped
from training.config import FinetuneConfig
from training.data import Dropped, Item, acoustic_items, semantic_items
from training.features import extract_all
from training.files import read_json, write_json
from training.prepare.manifest import DatasetError, Manifest, read_dataset
from training.progress import OnProgress, Progress, ShouldStop
from training.stages import (
    ACOUSTIC,
    SEMANTIC,
    Surroundings,
    acoustic_stage,
    run_stage,
    semantic_stage,
)
from training.tracking import NullTracker, Tracker, code_version
from training.voice import FirstSentence, choose_reference, speak_first_sentence, write_voice

RUN_FILE = "run.json"
RESULT_FILE = "result.json"
SAMPLE_FILE = "first_sentence.wav"


class BadDataset(EngineError):
    """A dataset folder that is incomplete, altered or malformed."""

    code = "bad_dataset"


class NothingToLearn(EngineError):
    """Every clip was dropped by a stage."""

    code = "nothing_to_learn"


class AnotherRun(EngineError):
    """The working folder belongs to a fine-tune with other inputs."""

    code = "another_run"


@dataclass(frozen=True, kw_only=True)
class FinetuneResult:
    """What a fine-tune made, from what, and how it went.

    `metrics` and `steps` are by stage. `tracking_failure` says why nothing, or not everything, was
    tracked; the voice does not depend on it.
    """

    bundle_dir: Path
    bundle_sha256: str
    metrics: dict[str, dict[str, float]]
    steps: dict[str, int]
    dataset_hash: str
    base_hash: str
    base_speaks: bool
    audio_ms: int
    clips: int
    dropped: tuple[Dropped, ...]
    first_sentence: FirstSentence
    code_version: str
    mlflow_run_id: str | None
    tracking_failure: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `from_dict` is the reverse."""
        return {**asdict(self), "bundle_dir": str(self.bundle_dir)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "FinetuneResult":
        """Read what `as_dict` gave."""
        return cls(
            **{
                **values,
                "bundle_dir": Path(values["bundle_dir"]),
                "dropped": tuple(Dropped(**entry) for entry in values["dropped"]),
                "first_sentence": FirstSentence(**values["first_sentence"]),
            }
        )


def run(
    config: FinetuneConfig,
    *,
    dataset_dir: Path,
    base_dir: Path,
    work_dir: Path,
    out_dir: Path,
    on_progress: OnProgress = lambda _: None,
    should_stop: ShouldStop = lambda: False,
    tracker: Tracker | None = None,
    consent_ids: Sequence[str] = (),
) -> FinetuneResult:
    """Make a voice of a dataset and a base.

    Args:
        work_dir: features and checkpoints; keep it until the result was taken over.
        out_dir: becomes the voice bundle.
        on_progress: called after every clip and every step.
        should_stop: asked before every clip and every step.
        tracker: where curves and facts go; nowhere by default.

    Raises:
        Stopped: `should_stop` said so; the same call goes on later.
        AnotherRun: `work_dir` holds the state of other inputs.
        NothingToLearn, NoReference, BadDataset, BadBundle, Diverged: the inputs do not do.
    """
    tracker = tracker or NullTracker()
    base = BaseModel.open(base_dir)
    dataset = _read(dataset_dir)
    _claim(work_dir, config, dataset, base)
    finished = _finished(work_dir, out_dir)
    if finished is not None:
        return finished
    _begin(tracker, work_dir, config, dataset, base)
    around = Surroundings(
        config=config,
        work_dir=work_dir,
        on_progress=on_progress,
        should_stop=should_stop,
        tracker=tracker,
    )
    try:
        result = _train(around, dataset, dataset_dir, base, out_dir, consent_ids)
    except Stopped:
        tracker.finish("KILLED")
        raise
    except EngineError:
        tracker.finish("FAILED")
        raise
    return result


def _train(
    around: Surroundings,
    dataset: Manifest,
    dataset_dir: Path,
    base: BaseModel,
    out_dir: Path,
    consent_ids: Sequence[str],
) -> FinetuneResult:
    config, tracker, work_dir = around.config, around.tracker, around.work_dir
    extracted = extract_all(
        dataset.clips,
        dataset_dir,
        base,
        work_dir / "features",
        device=config.device,
        on_progress=around.on_progress,
        should_stop=around.should_stop,
    )
    for_acoustic, not_acoustic = acoustic_items(extracted.items)
    for_semantic, not_semantic = semantic_items(extracted.items)
    dropped = (*extracted.dropped, *not_acoustic, *not_semantic)
    _require(for_acoustic, ACOUSTIC, dropped)
    _require(for_semantic, SEMANTIC, dropped)
    used = {item.clip for item in for_acoustic} & {item.clip for item in for_semantic}
    reference = choose_reference(clip for clip in dataset.clips if clip.sha256 in used)

    # A stage holds its optimiser's memory, so each is let go before the next is built.
    acoustic, acoustic_outcome = run_stage(acoustic_stage(base, for_acoustic, config), around)
    semantic, semantic_outcome = run_stage(semantic_stage(base, for_semantic, config), around)
    outcomes = {ACOUSTIC: acoustic_outcome, SEMANTIC: semantic_outcome}

    bundle = write_voice(
        out_dir,
        base=base,
        semantic=semantic,
        acoustic=acoustic,
        dataset_dir=dataset_dir,
        dataset_sha256=dataset.content_sha256,
        reference=reference,
        consent_ids=consent_ids,
    )
    sentence, speech = speak_first_sentence(
        bundle, base, [clip.language for clip in dataset.clips], seed=config.seed
    )
    sample = work_dir / SAMPLE_FILE
    write_wav(sample, speech.pcm, speech.sample_rate_hz)
    around.on_progress(Progress(stage="voice", done=1, total=1, eta_s=0.0))
    for path, folder in ((sample, "audio"), (out_dir / "voice.json", "bundle")):
        tracker.artifact(path, folder)
    tracker.finish("FINISHED")
    result = FinetuneResult(
        bundle_dir=out_dir,
        bundle_sha256=bundle.sha256,
        metrics={stage: outcome.metrics for stage, outcome in outcomes.items()},
        steps={stage: outcome.steps for stage, outcome in outcomes.items()},
        dataset_hash=dataset.content_sha256,
        base_hash=base.sha256,
        base_speaks=base.speech,
        audio_ms=dataset.duration_ms,
        clips=len(dataset.clips),
        dropped=dropped,
        first_sentence=sentence,
        code_version=code_version(),
        mlflow_run_id=tracker.run_id,
        tracking_failure=tracker.failure,
    )
    write_json(work_dir / RESULT_FILE, result.as_dict())
    return result


def _read(dataset_dir: Path) -> Manifest:
    try:
        return read_dataset(dataset_dir)
    except DatasetError as error:
        raise BadDataset(str(error)) from error


def _claim(work_dir: Path, config: FinetuneConfig, dataset: Manifest, base: BaseModel) -> None:
    """Make the working folder this run's own, or find that it already is."""
    identity = {
        # Through JSON and back, so that tuples compare as they will be read.
        "config": json.loads(json.dumps(config.as_dict())),
        "dataset": dataset.content_sha256,
        "base": base.sha256,
    }
    path = work_dir / RUN_FILE
    owner = read_json(path)
    if owner is None:
        write_json(path, identity)
    elif owner != identity:
        changed = [key for key, value in identity.items() if owner.get(key) != value]
        raise AnotherRun(
            f"{work_dir} belongs to a fine-tune with another {' and '.join(changed)};"
            " give this one an empty folder.",
            data={"changed": changed},
        )


def _finished(work_dir: Path, out_dir: Path) -> FinetuneResult | None:
    values = read_json(work_dir / RESULT_FILE)
    if values is None:
        return None
    result = FinetuneResult.from_dict(values)
    try:
        written = VoiceBundle.open(out_dir)
    except BadBundle:
        return None
    if result.bundle_dir != out_dir or result.bundle_sha256 != written.sha256:
        return None
    return result


def _begin(
    tracker: Tracker, work_dir: Path, config: FinetuneConfig, dataset: Manifest, base: BaseModel
) -> None:
    """Open the tracked run, or the one that an earlier, killed call had opened."""
    path = work_dir / "tracking.json"
    earlier = (read_json(path) or {}).get("run_id")
    settings = config.as_dict()
    stages = (ACOUSTIC, SEMANTIC)
    facts = {key: value for key, value in settings.items() if key not in stages}
    for stage in stages:
        facts |= {f"{stage}.{key}": value for key, value in settings[stage].items()}
    tracker.begin(
        name=f"finetune {dataset.content_sha256[:12]}",
        facts={
            **facts,
            "dataset.sha256": dataset.content_sha256,
            "dataset.clips": len(dataset.clips),
            "dataset.audio_ms": dataset.duration_ms,
            "base.sha256": base.sha256,
            "base.name": base.name,
        },
        tags={
            "code_version": code_version(),
            "dataset": dataset.content_sha256,
            "base": base.sha256,
        },
        run_id=earlier,
    )
    if tracker.run_id is not None and tracker.run_id != earlier:
        write_json(path, {"run_id": tracker.run_id})


def _require(items: Sequence[Item], stage: str, dropped: Sequence[Dropped]) -> None:
    if not items:
        reasons = sorted({entry.reason for entry in dropped})
        raise NothingToLearn(
            f"No clip is left for the {stage} stage. Reasons: {'; '.join(reasons)}.",
            data={"stage": stage, "dropped": [asdict(entry) for entry in dropped]},
        )
