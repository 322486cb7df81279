"""A whole fine-tune: features, acoustic stage, semantic stage, the best pair of their checkpoints.

It may be killed at any instant. Called again with the same folders it goes on from the last
checkpoint, and when it had finished it returns the same result without doing anything.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from synthesis.audio import write_wav
from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.device import NoSuchDevice, usable_device
from synthesis.errors import EngineError, Stopped
from synthesis.exchange.checkpoint import Kind
from synthesis.exchange.notes import Notes, load_notes
from training.candidates import Pair, choose, pairs
from training.config import FinetuneConfig
from training.data import Dropped, Item, acoustic_items, semantic_items
from training.evaluation.page import curves_of, write_report
from training.features import extract_all
from training.prepare.manifest import DatasetError, Manifest, read_dataset
from training.progress import OnProgress, Progress, ShouldStop
from training.run_folder import AnotherRun, FinetuneResult, RunFolder
from training.stages import (
    ACOUSTIC,
    SEMANTIC,
    Surroundings,
    acoustic_stage,
    run_stage,
    semantic_stage,
)
from training.start import AnotherBase, Start
from training.tracking import NullTracker, Tracker, code_version
from training.voice import (
    NoReference,
    OutputInUse,
    choose_references,
    require_replaceable,
    speak_first_sentence,
    write_voice,
)

__all__ = [
    "AnotherBase",
    "AnotherRun",
    "BadDataset",
    "FinetuneResult",
    "NoReference",
    "NoSuchDevice",
    "NothingToLearn",
    "OutputInUse",
    "run",
]


class BadDataset(EngineError):
    """A dataset folder that is incomplete, altered or malformed."""

    code = "bad_dataset"


class NothingToLearn(EngineError):
    """Every clip was dropped by a stage."""

    code = "nothing_to_learn"


def run(
    config: FinetuneConfig,
    *,
    dataset_dir: Path,
    base_dir: Path,
    work_dir: Path,
    out_dir: Path,
    voice_dir: Path | None = None,
    against_dir: Path | None = None,
    on_progress: OnProgress = lambda _: None,
    should_stop: ShouldStop = lambda: False,
    tracker: Tracker | None = None,
    consent_ids: Sequence[str] = (),
) -> FinetuneResult:
    """Make a voice of a dataset and a base.

    Args:
        work_dir: features and checkpoints; keep it until the result was taken over.
        out_dir: becomes the voice bundle.
        voice_dir: a voice made from the same base, to go on from with this dataset.
        against_dir: the voice in use, which the report compares the new one with.
        on_progress: called after every clip and every step.
        should_stop: asked before every clip and every step.
        tracker: where curves and facts go; nowhere by default.

    Raises:
        Stopped: `should_stop` said so; the same call goes on later.
        AnotherRun: `work_dir` holds the state of other inputs.
        OutputInUse: `out_dir` holds something that this fine-tune did not write.
        NothingToLearn, NoReference, BadDataset, BadBundle, AnotherBase, Diverged: the inputs do
            not do.
        NoSuchDevice: the machine has not the device of the settings.
    """
    tracker = tracker or NullTracker()
    usable_device(config.device)
    start = Start.open(base_dir, voice_dir)
    dataset = _read(dataset_dir)
    folder = RunFolder(folder=work_dir)
    folder.claim(config, dataset, start)
    finished = folder.finished(out_dir)
    if finished is not None:
        return finished
    require_replaceable(out_dir, base=start.base, dataset_sha256=dataset.content_sha256)
    folder.begin_tracking(tracker, config, dataset, start)
    around = Surroundings(
        config=config,
        work_dir=work_dir,
        on_progress=on_progress,
        should_stop=should_stop,
        tracker=tracker,
    )
    try:
        result = _train(
            around, folder, dataset, dataset_dir, start, out_dir, against_dir, consent_ids
        )
    except Stopped:
        tracker.finish("KILLED")
        raise
    except EngineError:
        tracker.finish("FAILED")
        raise
    folder.finish(result)
    return result


def _train(
    around: Surroundings,
    folder: RunFolder,
    dataset: Manifest,
    dataset_dir: Path,
    start: Start,
    out_dir: Path,
    against_dir: Path | None,
    consent_ids: Sequence[str],
) -> FinetuneResult:
    config, tracker, base = around.config, around.tracker, start.base
    extracted = extract_all(
        dataset.clips,
        dataset_dir,
        base,
        folder.features,
        on_progress=around.on_progress,
        should_stop=around.should_stop,
    )
    for_acoustic, not_acoustic = acoustic_items(extracted.items)
    for_semantic, not_semantic = semantic_items(extracted.items)
    dropped = (*extracted.dropped, *not_acoustic, *not_semantic)
    _require(for_acoustic, ACOUSTIC, dropped)
    _require(for_semantic, SEMANTIC, dropped)
    used = {item.clip for item in for_acoustic} & {item.clip for item in for_semantic}
    references = choose_references(clip for clip in dataset.clips if clip.sha256 in used)

    # A stage holds its optimiser's memory, so each is let go before the next is built.
    acoustic = run_stage(acoustic_stage(start, for_acoustic, config), around)
    semantic = run_stage(semantic_stage(start, for_semantic, config), around)

    def write(pair: Pair, folder: Path) -> VoiceBundle:
        return write_voice(
            folder,
            base=base,
            semantic=semantic.at(pair.semantic_steps),
            acoustic=acoustic.at(pair.acoustic_steps),
            dataset_dir=dataset_dir,
            dataset_sha256=dataset.content_sha256,
            references=references,
            consent_ids=consent_ids,
            notes=_notes(base, config, acoustic_steps=pair.acoustic_steps),
        )

    chosen, report = choose(
        pairs(acoustic.checkpoints, semantic.checkpoints),
        write,
        around,
        base=base,
        out_dir=out_dir,
        against=against_dir,
    )
    bundle = VoiceBundle.open(out_dir)
    sentence, speech = speak_first_sentence(
        bundle, base, [clip.language for clip in dataset.clips], seed=config.seed
    )
    write_wav(folder.first_sentence, speech.pcm, speech.sample_rate_hz)
    around.on_progress(Progress(stage="voice", done=1, total=1, eta_s=0.0))
    tracker.artifact(folder.first_sentence, "audio")
    tracker.artifact(out_dir / "voice.json", "bundle")
    if report:
        written = write_report(report, folder.report, curves_of(folder.curves), dropped)
        for path in written:
            tracker.artifact(path, "report")
    tracker.finish("FINISHED")
    return FinetuneResult(
        bundle_dir=out_dir,
        bundle_sha256=bundle.sha256,
        metrics={ACOUSTIC: acoustic.metrics, SEMANTIC: semantic.metrics},
        steps={ACOUSTIC: acoustic.steps, SEMANTIC: semantic.steps},
        chosen=asdict(chosen),
        report_dir=folder.report if report else None,
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
        held_out={ACOUSTIC: acoustic.held_out, SEMANTIC: semantic.held_out},
    )


def _notes(base: BaseModel, config: FinetuneConfig, *, acoustic_steps: int) -> dict[str, Notes]:
    """What exports of the voice say: the base's settings, and how long each model has learned."""
    infos = {
        Kind.SEMANTIC: f"GPT-e{config.semantic.epochs}",
        Kind.ACOUSTIC: f"{config.acoustic.epochs}epoch_{acoustic_steps}iteration",
    }
    known = load_notes(base.sealed)
    return {kind: replace(known[kind], info=info) for kind, info in infos.items() if kind in known}


def _read(dataset_dir: Path) -> Manifest:
    try:
        return read_dataset(dataset_dir)
    except DatasetError as error:
        raise BadDataset(str(error)) from error


def _require(items: Sequence[Item], stage: str, dropped: Sequence[Dropped]) -> None:
    if not items:
        reasons = sorted({entry.reason for entry in dropped})
        raise NothingToLearn(
            f"No clip is left for the {stage} stage. Reasons: {'; '.join(reasons)}.",
            data={"stage": stage, "dropped": [asdict(entry) for entry in dropped]},
        )
