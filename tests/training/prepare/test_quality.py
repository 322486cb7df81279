"""Whether the measures say what they claim, against sounds whose truth is known."""

from dataclasses import asdict
from typing import Literal

import numpy as np
import pyloudnorm
import pytest
import soxr
from numpy.typing import NDArray

from tests.training.prepare.conftest import Analyser, Prepared
from tests.training.prepare.sounds import pink_noise, tone
from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.quality import QualityReport, measure
from training.prepare.regions import Region

FRAME = SAMPLE_RATE_HZ // 100


def spoken_frames(samples: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Frames of the clean voice within 35 dB of its loudest: what really is speech."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power = np.square(frames).mean(axis=1)
    return np.asarray(power > power.max() * 10**-3.5)


def with_noise(
    speaker: Prepared, kind: Literal["white", "pink"], snr_db: float, *, gated: bool = False
) -> NDArray[np.floating]:
    """The sample speaker under noise, optionally with muted pauses as a noise gate leaves them."""
    clean = speaker.samples[: 40 * SAMPLE_RATE_HZ].astype(np.float64)
    spoken = np.repeat(spoken_frames(clean), FRAME)
    power = np.square(clean[: len(spoken)][spoken]).mean()
    chance = np.random.default_rng(3)
    noise = chance.standard_normal(len(clean))
    if kind == "pink":
        noise = pink_noise(chance, len(clean), SAMPLE_RATE_HZ)
    noisy: NDArray[np.floating] = (clean + noise * np.sqrt(power) * 10 ** (-snr_db / 20)) / 2
    if not gated:
        return noisy
    near_speech: NDArray[np.bool_] = np.convolve(spoken, np.ones(5 * FRAME), "same") > 0
    return np.where(near_speech, noisy[: len(spoken)], 0.0)


@pytest.mark.parametrize("kind", ["white", "pink"])
@pytest.mark.parametrize("snr_db", [10, 15, 20, 30])
def test_it_finds_the_signal_to_noise_ratio(
    speaker: Prepared, analysed: Analyser, kind: Literal["white", "pink"], snr_db: float
) -> None:
    report = measure(analysed(with_noise(speaker, kind, snr_db)))

    assert report.snr_db == pytest.approx(snr_db, abs=1.5)


@pytest.mark.parametrize("snr_db", [10, 20])
def test_it_finds_the_noise_under_the_voice_when_the_pauses_were_muted(
    speaker: Prepared, analysed: Analyser, snr_db: float
) -> None:
    report = measure(analysed(with_noise(speaker, "white", snr_db, gated=True)))

    assert report.snr_db == pytest.approx(snr_db, abs=2.0)


def test_it_measures_a_stretch_with_the_noise_around_it(
    speaker: Prepared, analysed: Analyser
) -> None:
    analysis = analysed(with_noise(speaker, "white", 15))

    report = measure(analysis, Region(start_ms=10_000, end_ms=14_000))

    assert report.duration_ms == 4_000
    assert report.snr_db == pytest.approx(15, abs=2.5)
    assert report.speech_share > 0.9


def test_a_clean_recording_is_far_above_every_threshold(speaker: Prepared) -> None:
    report = measure(speaker.analysis)

    assert report.snr_db > 40
    assert report.clipping_share == 0
    assert 0.75 < report.speech_share < 0.9
    assert 600 < report.longest_silence_ms < 1_200


def test_loudness_is_what_the_standard_says(speaker: Prepared) -> None:
    expected = pyloudnorm.Meter(SAMPLE_RATE_HZ).integrated_loudness(
        speaker.samples.astype(np.float64)
    )

    assert measure(speaker.analysis).loudness_lufs == pytest.approx(expected, abs=0.1)


def test_the_true_peak_lies_between_the_samples(analysed: Analyser) -> None:
    """A sine at a quarter of the rate, sampled at 45 degrees, never shows its peak."""
    samples = 0.5 * np.sin(np.pi / 2 * np.arange(96_000) + np.pi / 4)
    fade = np.minimum(1, np.minimum(np.arange(96_000), np.arange(96_000)[::-1]) / 8_000)

    report = measure(analysed(samples * fade))

    assert np.abs(samples).max() == pytest.approx(0.354, abs=0.001)
    assert report.true_peak_dbtp == pytest.approx(-6.02, abs=0.2)


def test_it_sees_through_a_raised_sample_rate(speaker: Prepared, analysed: Analyser) -> None:
    telephone = soxr.resample(
        soxr.resample(speaker.samples, SAMPLE_RATE_HZ, 8_000), 8_000, SAMPLE_RATE_HZ
    )

    assert 10_000 < measure(speaker.analysis).effective_bandwidth_hz < 11_300
    assert 3_500 < measure(analysed(telephone)).effective_bandwidth_hz < 4_200


@pytest.mark.parametrize("reverberation_ms", [300, 500, 800])
def test_it_hears_how_long_a_room_reverberates(
    speaker: Prepared, analysed: Analyser, reverberation_ms: int
) -> None:
    chance = np.random.default_rng(8)
    length = SAMPLE_RATE_HZ * reverberation_ms // 1_000
    response = chance.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    response /= np.sqrt(np.square(response).sum())
    response[0] += 1.0
    dry = speaker.samples[: 30 * SAMPLE_RATE_HZ]
    size = 1 << (len(dry) + length).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(response, size))[: len(dry)] / 4

    clean, echoing = measure(speaker.analysis), measure(analysed(wet))
    assert clean.decay_ms < 150
    assert echoing.decay_ms == pytest.approx(reverberation_ms, rel=0.2)
    assert clean.syllable_modulation > 0.7 > echoing.syllable_modulation
    assert (echoing.syllable_modulation < 0.45) is (reverberation_ms == 800)


@pytest.mark.parametrize("below_db", [15, 25])
def test_it_tells_music_behind_the_voice_from_noise(
    speaker: Prepared, analysed: Analyser, below_db: float
) -> None:
    voice = speaker.samples[: 30 * SAMPLE_RATE_HZ].astype(np.float64)
    at = np.arange(len(voice)) / SAMPLE_RATE_HZ
    chord = sum(np.sin(2 * np.pi * hz * n * at) / n for hz in (262, 330, 392) for n in range(1, 6))
    hiss = np.random.default_rng(9).standard_normal(len(voice))
    spoken = np.repeat(spoken_frames(voice), FRAME)
    level = np.sqrt(np.square(voice[: len(spoken)][spoken]).mean()) * 10 ** (-below_db / 20)

    with_music = measure(analysed(voice + chord / np.std(chord) * level))
    with_hiss = measure(analysed(voice + hiss * level))

    assert with_music.tonal_background_db == pytest.approx(-below_db, abs=2)
    assert with_hiss.tonal_background_db < -below_db - 20
    assert with_music.pause_flatness < 0.2
    assert min(with_hiss.pause_flatness, measure(speaker.analysis).pause_flatness) > 0.9


def test_a_tone_that_nobody_hears_behind_the_voice_is_none(
    speaker: Prepared, analysed: Analyser
) -> None:
    voice = speaker.samples[: 20 * SAMPLE_RATE_HZ]
    hum = np.sin(2 * np.pi * 300 * np.arange(len(voice)) / SAMPLE_RATE_HZ)

    faint, plain = (
        measure(analysed(voice + hum * np.std(voice) * 10 ** (-below_db / 20)))
        for below_db in (75, 30)
    )

    assert faint.pause_flatness > 0.9
    assert plain.pause_flatness < 0.4


def test_it_reports_an_offset(speaker: Prepared, analysed: Analyser) -> None:
    before = measure(speaker.analysis)

    report = measure(analysed(speaker.samples / 2 + 0.05))

    assert report.dc_offset == pytest.approx(0.05, abs=0.001)
    assert report.snr_db == pytest.approx(before.snr_db, abs=1)


@pytest.mark.parametrize(
    "samples", [np.zeros(64_000), tone(seconds=2), np.zeros(100)], ids=["silence", "tone", "blink"]
)
def test_every_number_is_finite_even_when_nobody_speaks(
    analysed: Analyser, samples: NDArray[np.floating]
) -> None:
    report = measure(analysed(samples))

    assert np.isfinite(list(asdict(report).values())).all()
    assert (report.snr_db, report.speech_share) == (0, 0)
    assert report.longest_silence_ms == report.duration_ms


def test_a_report_survives_json(speaker: Prepared) -> None:
    report = measure(speaker.analysis)

    assert QualityReport.from_dict(report.as_dict()) == report
    with pytest.raises(TypeError):
        QualityReport.from_dict({**report.as_dict(), "mood": 1})
