"""The one call a worker makes: from an uploaded file to measured slices with their texts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.prepare.align import CannotAlign, align_lines
from training.prepare.analysis import Analysis, analyse
from training.prepare.clips import Clip, normalising_gain_db, write_clips
from training.prepare.decode import DecodedFacts
from training.prepare.ingest import PreparationStopped, ingest
from training.prepare.limits import Limits
from training.prepare.pieces import Dropped, Slicing
from training.prepare.quality import QualityReport, measure
from training.prepare.regions import Region
from training.prepare.repeats import RepeatFilter
from training.prepare.sentences import language_of
from training.prepare.slice import slice_by_pauses
from training.prepare.slice_by_text import slice_by_cues
from training.prepare.transcribe import Transcript

RECORDING_NAME: Final = "recording.wav"
CLIPS_NAME: Final = "clips"
NO_TRANSCRIPT_NOTE: Final = (
    "No transcript came with the recording; upload one (.srt, .list, .csv or text)."
)

OnProgress = Callable[[str, int, int], None]
"""Hears the stage (decode, listen, cut), how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True)
class PreparedSegment:
    """A slice: its place in the recording, its text if known, its measure, and its clip."""

    start_ms: int
    end_ms: int
    text: str | None
    language: str | None
    report: QualityReport
    wav_path: Path
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PreparedRecording:
    """All that preparation found; segments and drops together cover the whole recording.

    Without a usable transcript `needs_transcript` is true, the segments have no text, and
    `transcript_note` says why. Reports measure the recording as it was; clips carry `gain_db`.
    """

    facts: DecodedFacts
    report: QualityReport
    segments: tuple[PreparedSegment, ...]
    dropped: tuple[Dropped, ...]
    needs_transcript: bool
    transcript_note: str
    gain_db: float


def prepare_recording(
    path: Path,
    transcript: Transcript | None,
    *,
    language: str,
    work_dir: Path,
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PreparedRecording:
    """Decode, measure, slice, and write the clips to `work_dir`/clips/<sha256>.wav.

    `language` is that of the recording, or "auto"; a sentence whose transcript names none and whose
    script contradicts it gets the script's.
    Raises IngestError for an unfit file, PreparationStopped when `should_stop` says so.
    """
    watch = _Watch(on_progress=on_progress or _nobody, should_stop=should_stop or _never)
    work_dir.mkdir(parents=True, exist_ok=True)
    wav = work_dir / RECORDING_NAME
    watch.step("decode", 0, 1)
    facts = ingest(path, wav, limits=limits, should_stop=watch.should_stop)
    try:
        analysis = analyse(
            wav, facts, on_block=lambda done: watch.step("listen", done, facts.duration_ms)
        )
        slicing, note = _divide(analysis, transcript)
        report = measure(analysis)
        gain_db = normalising_gain_db(report)
        segments: list[PreparedSegment] = []
        dropped = list(slicing.dropped)
        repeats = RepeatFilter()
        clips = write_clips(wav, slicing.pieces, work_dir / CLIPS_NAME, gain_db=gain_db)
        for number, clip in enumerate(clips, start=1):
            watch.step("cut", number, len(slicing.pieces))
            repetition = repeats.check(clip)
            if repetition is None:
                segments.append(_segment(analysis, clip, language))
            else:
                dropped.append(repetition)
    finally:
        wav.unlink(missing_ok=True)
    _keep_only(segments, work_dir / CLIPS_NAME)
    return PreparedRecording(
        facts=facts,
        report=report,
        segments=tuple(segments),
        dropped=tuple(sorted(dropped, key=lambda drop: drop.start_ms)),
        needs_transcript=bool(note),
        transcript_note=note,
        gain_db=gain_db,
    )


@dataclass(frozen=True, kw_only=True)
class _Watch:
    """Tells the caller how far the work is, and hears from the caller whether to go on."""

    on_progress: OnProgress
    should_stop: Callable[[], bool]

    def step(self, stage: str, done: int, total: int) -> None:
        if self.should_stop():
            raise PreparationStopped
        self.on_progress(stage, done, total)


def _nobody(stage: str, done: int, total: int) -> None:
    """Nobody listens to the progress."""


def _never() -> bool:
    return False


def _divide(analysis: Analysis, transcript: Transcript | None) -> tuple[Slicing, str]:
    """Slices, with a note where they have no text."""
    if transcript is None:
        return slice_by_pauses(analysis), NO_TRANSCRIPT_NOTE
    try:
        cues = transcript.cues or align_lines(transcript.lines, analysis.speech)
    except CannotAlign as reason:
        return slice_by_pauses(analysis), str(reason)
    return slice_by_cues(analysis, cues), ""


def _segment(analysis: Analysis, clip: Clip, language: str) -> PreparedSegment:
    piece = clip.piece
    return PreparedSegment(
        start_ms=piece.start_ms,
        end_ms=piece.end_ms,
        text=piece.text,
        language=piece.language or (language_of(piece.text, language) if piece.text else None),
        report=measure(analysis, Region(start_ms=piece.start_ms, end_ms=piece.end_ms)),
        wav_path=clip.wav_path,
        sha256=clip.sha256,
    )


def _keep_only(segments: list[PreparedSegment], folder: Path) -> None:
    """Remove the clips that were written and then dropped."""
    kept = {segment.wav_path for segment in segments}
    for path in folder.glob("*.wav"):
        if path not in kept:
            path.unlink()
