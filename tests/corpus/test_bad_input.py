"""Bad input is caught when a recording is checked, and says what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.training.prepare.sounds import DATA
from training.prepare.doubts import UNFIT_FOR_TRAINING
from training.prepare.ears import Ears
from training.prepare.pipeline import prepare_recording
from training.prepare.transcribe import Transcript, TranscriptFormat, parse_transcript
from voiceassets.corpus.preparation import judge
from voiceassets.corpus.prepared import Doubt, PreparedRecording
from voiceassets.runtime.layout import STARTER_BASE

RATE_HZ = 22_050
Change = Callable[[NDArray[np.float32]], NDArray[np.floating]]


def three_seconds(voice: NDArray[np.float32]) -> NDArray[np.floating]:
    return voice[: 3 * RATE_HZ]


def music_under_it(voice: NDArray[np.float32]) -> NDArray[np.floating]:
    """A chord 20 dB below the voice, struck twice a second."""
    at = np.arange(len(voice)) / RATE_HZ
    chord = sum(np.sin(2 * np.pi * hz * n * at) / n for hz in (262, 330, 392) for n in (1, 2, 3))
    struck = chord * np.exp(-3 * (at % 0.5))
    return np.asarray(voice + struck / np.std(struck) * np.std(voice) / 10)


def a_large_hall(voice: NDArray[np.float32]) -> NDArray[np.floating]:
    """An echo of 1.2 s, as loud as the voice."""
    length = RATE_HZ * 12 // 10
    response = np.random.default_rng(8).standard_normal(length)
    response *= 10 ** (-3 * np.arange(length) / length)
    response /= np.sqrt(np.square(response).sum())
    response[0] += 1.0
    size = 1 << (len(voice) + length).bit_length()
    wet = np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(response, size))
    return np.asarray(wet[: len(voice)] / 4)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (three_seconds, {"too_short"}),
        (music_under_it, {"music_behind", "tones_in_pauses"}),
        (a_large_hall, {"reverberant", "filled_gaps"}),
    ],
)
def test_unfit_sound_is_caught_and_says_so(change: Change, codes: set[str], tmp_path: Path) -> None:
    voice, rate_hz = soundfile.read(DATA / "speaker_60s.flac", dtype="float32")
    assert rate_hz == RATE_HZ
    path = tmp_path / "changed.wav"
    soundfile.write(path, change(voice[: 20 * RATE_HZ]), RATE_HZ)

    assert codes <= checked(path, None, language="auto", folder=tmp_path / "work")


def test_two_speakers_are_caught(tmp_path: Path) -> None:
    text = transcript("two_speakers.srt")
    found = checked(DATA / "two_speakers.mp3", text, language="auto", folder=tmp_path)
    assert "another_speaker" in found


def test_a_transcript_of_another_language_and_a_tenth_of_wrong_lines_are_caught(
    tmp_path: Path,
) -> None:
    speaker, right = DATA / "speaker_60s.flac", transcript("speaker_60s.srt")
    lines = (DATA / "speaker_60s.srt").read_text(encoding="utf-8")
    first, last = right.cues[1].text, right.cues[-2].text
    exchanged = lines.replace(first, "\0").replace(last, first).replace("\0", last)
    wrong = parse_transcript(exchanged.encode(), TranscriptFormat.SRT, recording_name="")

    assert checked(speaker, right, language="auto", folder=tmp_path / "right") == set()
    found = checked(speaker, wrong, language="ko", folder=tmp_path / "wrong")
    assert found == {"wrong_language", "wrong_text"}


def transcript(name: str) -> Transcript:
    return parse_transcript((DATA / name).read_bytes(), TranscriptFormat.SRT, recording_name="")


def checked(path: Path, text: Transcript | None, *, language: str, folder: Path) -> set[str]:
    """The codes of the reasons for which a recording is not simply accepted."""
    cut = prepare_recording(
        path, text, language=language, work_dir=folder, ears=Ears.of(STARTER_BASE, None)
    )
    doubts = tuple(
        Doubt(code=d.code, message=d.message, fix=d.fix, is_unfit=d.code in UNFIT_FOR_TRAINING)
        for d in cut.doubts
    )
    # Its segments are not stored, so that it counts as one without text.
    prepared = PreparedRecording(
        report=cut.report.as_dict(), doubts=doubts, transcript_note="not stored"
    )
    return {reason.code for reason in judge(prepared).reasons} - {"needs_transcript"}
