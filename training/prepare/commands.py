"""`python -m training prepare …`: makes a frozen dataset of recordings and their transcripts."""

import argparse
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from training.prepare.coverage import as_plain, coverage
from training.prepare.doubts import UNFIT_FOR_TRAINING
from training.prepare.ears import Ears
from training.prepare.ingest import IngestError
from training.prepare.manifest import ClipSource, DatasetError, freeze
from training.prepare.pipeline import PreparedRecording, PreparedSegment, prepare_recording
from training.prepare.selection import Candidate, choose_best, phones_of
from training.prepare.transcribe import (
    LANGUAGES,
    Transcript,
    TranscriptError,
    TranscriptFormat,
    parse_transcript,
)

SUFFIXES = {
    ".srt": TranscriptFormat.SRT,
    ".list": TranscriptFormat.LIST,
    ".csv": TranscriptFormat.CSV,
    ".txt": TranscriptFormat.TEXT,
}
MINUTE_MS = 60_000


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """A slice that can be learned from, and where it is from, for people."""

    recording: str
    segment: PreparedSegment

    @property
    def place(self) -> str:
        return f"{self.recording} at {self.segment.start_ms} ms"

    def source(self) -> ClipSource:
        """As it goes into a dataset."""
        return ClipSource(
            wav_path=self.segment.wav_path,
            text=self.segment.text or "",
            language=self.segment.language or "",
            recording_id=self.recording,
            segment_id=self.place,
            snr_db=self.segment.report.snr_db,
        )


@dataclass(frozen=True, kw_only=True)
class _Sorted:
    """What is fit, by the hash of its sound; what is left out; what a person should know."""

    fit: dict[str, _Fit] = field(default_factory=dict)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    doubts: list[dict[str, Any]] = field(default_factory=list)

    def leave_out(self, place: str, reason: str, detail: str) -> None:
        """Say of a slice why it is not learned from."""
        self.left_out.append({"segment": place, "reason": reason, "detail": detail})


def add_commands(commands: Any) -> None:
    """Add `prepare` to the training program."""
    make: argparse.ArgumentParser = commands.add_parser(
        "prepare", help="make a dataset of recordings"
    )
    make.add_argument(
        "recordings",
        type=Path,
        nargs="+",
        help="audio or video of one voice; NAME.srt, .list, .csv or .txt beside it says the words",
    )
    make.add_argument("--out", type=Path, required=True, help="becomes the frozen dataset")
    languages = ["auto", *sorted(set(LANGUAGES.values()))]
    make.add_argument("--language", choices=languages, default="auto")
    make.add_argument("--base", type=Path, help="base model folder, whose judges listen")
    make.add_argument("--transcriber", type=Path, help="folder of a Whisper model, for the words")
    make.add_argument("--minutes", type=float, help="keep only the best, up to so many")
    make.set_defaults(do=_prepare)


def _prepare(options: argparse.Namespace) -> dict[str, Any]:
    for recording in options.recordings:
        if not recording.is_file():
            raise DatasetError(f"{recording} is no file; name recordings, not folders.")
    if options.out.exists():
        raise DatasetError(f"{options.out} exists; name a folder that does not.")
    ears, found = Ears.of(options.base, options.transcriber), _Sorted()
    with tempfile.TemporaryDirectory(prefix="prepare-") as scratch:
        for number, recording in enumerate(options.recordings):
            work_dir = Path(scratch) / str(number)
            prepared = _cut(recording, ears, language=options.language, work_dir=work_dir)
            _sort(found, recording.name, prepared)
        explanation = _keep_best(found, options.minutes) if options.minutes else ""
        manifest = freeze([fit.source() for fit in found.fit.values()], options.out)
    return {
        "dataset": str(options.out),
        "sha256": manifest.content_sha256,
        "clips": len(manifest.clips),
        "duration_ms": manifest.duration_ms,
        "explanation": explanation,
        "doubts": found.doubts,
        "left_out": found.left_out,
        "coverage": as_plain(coverage((clip.text, clip.language) for clip in manifest.clips)),
    }


def _cut(recording: Path, ears: Ears, *, language: str, work_dir: Path) -> PreparedRecording:
    """Slice one recording.

    Raises:
        DatasetError: it cannot be used; the message names it and says what to do.
    """
    try:
        prepared = prepare_recording(
            recording,
            _transcript(recording),
            language=language,
            work_dir=work_dir,
            ears=ears,
            on_progress=lambda stage, done, total: _tell(recording, stage, done, total),
        )
    except (IngestError, TranscriptError) as error:
        raise DatasetError(f"{recording}: {error.message}") from error
    if prepared.needs_transcript:
        raise DatasetError(
            f"{recording}: {prepared.transcript_note} Put it beside the recording under the same"
            " name, or name the folder of a Whisper model with --transcriber."
        )
    return prepared


def _sort(found: _Sorted, name: str, prepared: PreparedRecording) -> None:
    found.doubts.extend(
        {"recording": name, **asdict(doubt), "fix": doubt.fix} for doubt in prepared.doubts
    )
    found.left_out.extend({"recording": name, **asdict(drop)} for drop in prepared.dropped)
    for segment in prepared.segments:
        fit = _Fit(recording=name, segment=segment)
        unfit = [doubt for doubt in segment.doubts if doubt.code in UNFIT_FOR_TRAINING]
        if unfit:
            found.leave_out(fit.place, unfit[0].code, unfit[0].message)
        elif (same := found.fit.setdefault(segment.sha256, fit)) is not fit:
            found.leave_out(fit.place, "same_sound", f"Sounds exactly like {same.place}.")


def _keep_best(found: _Sorted, minutes: float) -> str:
    """Keep the cleanest and most varied slices up to so many minutes; returns why these."""
    candidates = [
        Candidate(
            key=sha256,
            duration_ms=fit.segment.end_ms - fit.segment.start_ms,
            snr_db=fit.segment.report.snr_db or 0.0,
            phones=phones_of(fit.segment.text or "", fit.segment.language or ""),
        )
        for sha256, fit in found.fit.items()
    ]
    best = choose_best(candidates, target_ms=round(minutes * MINUTE_MS))
    for decision in best.decisions:
        if not decision.is_chosen:
            found.leave_out(found.fit.pop(decision.key).place, "not_chosen", decision.reason)
    return best.explanation


def _transcript(recording: Path) -> Transcript | None:
    """What lies beside the recording under its name."""
    for suffix, kind in SUFFIXES.items():
        path = recording.with_suffix(suffix)
        if path.is_file() and path != recording:
            return parse_transcript(path.read_bytes(), kind, recording_name=recording.name)
    return None


def _tell(recording: Path, stage: str, done: int, total: int) -> None:
    if done == total:
        sys.stderr.write(f"{recording.name}: {stage} {done}/{total}\n")
