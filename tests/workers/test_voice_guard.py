"""Speech in a wrong voice is kept back; an encoder that was not calibrated is not asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_django import Settings

from tests.factories import Cast, make_speaker
from tests.synthesis.conftest import furnish
from tests.voiceprints.test_no_go import ENCODER, LIMITS
from voiceassets.voiceprints import thresholds
from voiceassets.workers import calibration, listening
from voiceassets.workers.listening import RATE_HZ, Listener
from voiceassets.workers.voice_guard import VoiceGuard
from voiceassets.workers.work import Failed


class ByBrightness:
    """Tells a low sound from a high one, which is enough to be two voices."""

    name = "brightness"

    def vector(self, wave_s: NDArray[np.float32]) -> NDArray[np.float64]:
        spectrum = np.abs(np.fft.rfft(wave_s))
        low, high = spectrum[: len(spectrum) // 8].sum(), spectrum[len(spectrum) // 8 :].sum()
        return np.array([low, high]) / np.hypot(low, high)


def sound(pitch_hz: float, seconds: float = 4) -> NDArray[np.float32]:
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (0.3 * np.sin(2 * np.pi * pitch_hz * time_s)).astype(np.float32)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    made = Listener(encoder=ENCODER, vectors=ByBrightness())
    monkeypatch.setattr(listening, "listener", lambda: made)
    monkeypatch.setattr(Listener, "voice_of_bundle", lambda self, _: self.voice_of(sound(150)))
    return made


def test_another_voice_is_stopped_before_it_is_sent(
    cast: Cast, listener: Listener, tmp_path: Path, settings: Settings
) -> None:
    bundle = furnish(tmp_path / "base").write(tmp_path / "voice")
    settings.VOICEPRINT_THRESHOLDS = tmp_path / "thresholds.json"
    speaker = make_speaker(cast.alice)
    guard = VoiceGuard(bundle, speaker, sample_rate_hz=RATE_HZ)
    assert len(guard.hear(sound(6000))) == 4 * RATE_HZ  # without limits nothing is known
    thresholds.keep(ENCODER, LIMITS)
    assert (guard.require_wanted_voice(sound(160)) or 0) > LIMITS.same
    guard = VoiceGuard(bundle, speaker, sample_rate_hz=RATE_HZ)
    assert len(guard.hear(sound(160, seconds=1))) == 0, "too little to tell, so nobody hears it"
    assert len(guard.hear(sound(160, seconds=1))) == 2 * RATE_HZ
    assert len(guard.hear(sound(160, seconds=1))) == 0
    assert len(guard.rest()) == RATE_HZ
    assert len(guard.hear(sound(6000, seconds=1))) == 0
    with pytest.raises(Failed, match="kept back"):
        guard.hear(sound(6000, seconds=2.5))
    with pytest.raises(Failed, match="asked for"):
        guard.require_wanted_voice(sound(6000))
    assert guard.require_wanted_voice(sound(6000, seconds=1)) is None, "too little to tell"


def test_calibration_finds_the_limit_between_voices(listener: Listener) -> None:
    clips = {
        name: [sound(pitch_hz + step, seconds=2) for step in range(0, 60, 20)]
        for name, pitch_hz in (("low", 150.0), ("high", 5000.0))
    }
    found = calibration.calibrate(listener, clips)
    assert found.thresholds.equal_error_rate < 0.01
    assert found.thresholds.same > found.thresholds.stranger
    assert found.still_known["mp3 64 kbit/s"] == 1.0
    assert found.curve[0].false_accepts > 0.9
    assert found.curve[-1].false_accepts == 0.0
    with pytest.raises(ValueError, match="two voices"):
        calibration.calibrate(listener, {"one": clips["low"]})
