"""The watermark in a real sound: put in, found again, and not found where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from voiceassets.provenance.decode import decode
from voiceassets.provenance.watermark import FOUND
from voiceassets.workers import watermarking

RATE_HZ = 32_000
RECORDING = Path(__file__).parents[1] / "data" / "speaker_60s.flac"

pytestmark = pytest.mark.skipif(
    not watermarking.is_installed(), reason="the extra `watermark` is not installed"
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_marks_speech_so_that_it_is_found_and_nothing_else_is() -> None:
    network = watermarking.Perth()
    plain_s = decode(RECORDING, sample_rate_hz=RATE_HZ, longest_s=4)
    marked_s = network.embed(plain_s, RATE_HZ)
    assert marked_s.shape == plain_s.shape
    assert network.detect(marked_s, RATE_HZ) > FOUND
    assert network.detect(plain_s, RATE_HZ) < 0.2
    assert network.detect(np.zeros(RATE_HZ * 2, np.float32), RATE_HZ) == 0
    assert "librosa" not in sys.modules or sys.modules["librosa"].__spec__ is not None


def test_it_can_be_switched_off() -> None:
    assert watermarking.watermark() is None, "tests run without it, unless they ask for it"
