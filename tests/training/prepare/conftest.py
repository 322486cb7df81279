"""The sample speaker, decoded and analysed once for all tests of preparation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.training.prepare.sounds import DATA
from training.prepare.analysis import Analysis, analyse
from training.prepare.decode import SAMPLE_RATE_HZ, DecodedFacts
from training.prepare.ingest import ingest
from training.prepare.pipeline import PreparedRecording, prepare_recording
from training.prepare.transcribe import TranscriptFormat, parse_transcript


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A decoded recording and its analysis."""

    facts: DecodedFacts
    samples: NDArray[np.float32]
    analysis: Analysis


@pytest.fixture(scope="session")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """tests/data/speaker_60s.flac."""
    wav = tmp_path_factory.mktemp("speaker") / "speaker.wav"
    facts = ingest(DATA / "speaker_60s.flac", wav)
    samples, _ = soundfile.read(wav, dtype="float32")
    return Prepared(facts=facts, samples=samples, analysis=analyse(wav, facts))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> PreparedRecording:
    """The sample speaker with the right transcript, as a worker would prepare it."""
    subtitles = (DATA / "speaker_60s.srt").read_bytes()
    return prepare_recording(
        DATA / "speaker_60s.flac",
        parse_transcript(subtitles, TranscriptFormat.SRT, recording_name=""),
        language="auto",
        work_dir=tmp_path_factory.mktemp("sample"),
    )


@dataclass(frozen=True, kw_only=True)
class Analyser:
    """Analyses samples at 32 kHz as if the sample speaker's file had held them."""

    folder: Path
    facts: DecodedFacts

    def __call__(self, samples: NDArray[np.floating]) -> Analysis:
        wav = self.folder / "changed.wav"
        soundfile.write(wav, samples, SAMPLE_RATE_HZ, subtype="FLOAT")
        return analyse(wav, self.facts)


@pytest.fixture
def analysed(speaker: Prepared, tmp_path: Path) -> Analyser:
    """Call it with samples."""
    return Analyser(folder=tmp_path, facts=speaker.facts)
