"""The one call a worker makes: from an uploaded file to measured slices with their texts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from training.prepare.agreement import doubt_of_language
from training.prepare.align import CannotAlign, align_lines
from training.prepare.analysis import Analysis, analyse
from training.prepare.clips import Clip, normalising_gain_db, write_clips
from training.prepare.decode import DecodedFacts
from training.prepare.doubts import Doubt, DoubtCode, summarise
from training.prepare.ears import Ears, Listener, wave_16k
from training.prepare.hearing import Transcriber
from training.prepare.ingest import PreparationStopped, ingest
from training.prepare.limits import Limits
from training.prepare.pieces import Dropped, DropReason, Slicing
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
    """A slice: its place in the recording, its text if known, its measure, and its clip.

    `doubts` are for a person to clear. `speaker_similarity` is to the centre of the recording.
    """

    start_ms: int
    end_ms: int
    text: str | None
    language: str | None
    report: QualityReport
    wav_path: Path
    sha256: str
    speaker_similarity: float = 1.0
    doubts: tuple[Doubt, ...] = ()


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
    doubts: tuple[Doubt, ...] = ()


def prepare_recording(
    path: Path,
    transcript: Transcript | None,
    *,
    language: str,
    work_dir: Path,
    ears: Ears | None = None,
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PreparedRecording:
    """Decode, measure, slice, and write the clips to `work_dir`/clips/<sha256>.wav.

    `language` is that of the recording, or "auto"; a sentence whose transcript names none and whose
    script contradicts it gets the script's. `ears` listen to every slice; if they can write, a
    recording without transcript gets words, which are doubted until a person has read them.
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
        ears = ears or Ears()
        writer = ears.transcriber if transcript is None else None
        segments: list[PreparedSegment] = []
        dropped = list(slicing.dropped)
        repeats, listener = RepeatFilter(), Listener(ears)
        clips = write_clips(wav, slicing.pieces, work_dir / CLIPS_NAME, gain_db=gain_db)
        for number, clip in enumerate(clips, start=1):
            watch.step("cut", number, len(slicing.pieces))
            heard = _written(clip, writer, language) if writer else clip
            fault = _silent_words(heard) if writer and not heard.piece.text else None
            fault = fault or repeats.check(heard)
            if fault is None:
                segment = _segment(analysis, heard, language)
                listener.hear(heard, segment.language)
                segments.append(segment)
            else:
                dropped.append(fault)
        segments = [
            replace(segment, doubts=doubts, speaker_similarity=likeness)
            for segment, doubts, likeness in zip(
                segments, listener.doubts(), listener.likenesses(), strict=True
            )
        ]
    finally:
        wav.unlink(missing_ok=True)
    _keep_only(segments, work_dir / CLIPS_NAME)
    return PreparedRecording(
        facts=facts,
        report=report,
        segments=tuple(segments),
        dropped=tuple(sorted(dropped, key=lambda drop: drop.start_ms)),
        needs_transcript=bool(note) and writer is None,
        transcript_note="" if writer else note,
        gain_db=gain_db,
        doubts=_doubts_of_all(segments, language, writer),
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


def _written(clip: Clip, writer: Transcriber, language: str) -> Clip:
    """The clip with the words that a machine heard."""
    heard = writer.transcribe(wave_16k(clip), None if language == "auto" else language)
    spoken = replace(clip.piece, text=heard.text or None, language=heard.language)
    return replace(clip, piece=spoken)


def _silent_words(clip: Clip) -> Dropped:
    return Dropped(
        start_ms=clip.piece.start_ms,
        end_ms=clip.piece.end_ms,
        reason=DropReason.NO_TEXT,
        detail="The recogniser heard no words here.",
    )


def _doubts_of_all(
    segments: list[PreparedSegment], language: str, writer: Transcriber | None
) -> tuple[Doubt, ...]:
    """What a person should know of the recording before it is used."""
    doubts = list(summarise([segment.doubts for segment in segments]))
    texts = [segment.text for segment in segments if segment.text]
    wrong = doubt_of_language(texts, language)
    doubts += [wrong] if wrong else []
    if writer and texts:
        message = f"The words were written down by {writer.name}, not by a person."
        doubts.append(Doubt(code=DoubtCode.MACHINE_TEXT, message=message))
    return tuple(doubts)


def _keep_only(segments: list[PreparedSegment], folder: Path) -> None:
    """Remove the clips that were written and then dropped."""
    kept = {segment.wav_path for segment in segments}
    for path in folder.glob("*.wav"):
        if path not in kept:
            path.unlink()
