"""What a sound is recognised by: nearly the same in a copy, and different in another sound."""

from __future__ import annotations

import numpy as np

from tests.assets.test_verification import RATE_HZ as SPEECH_HZ
from tests.assets.test_verification import speech
from voiceassets.provenance.cue import AudibleLabel, Cue, hear
from voiceassets.provenance.decode import resampled
from voiceassets.provenance.fingerprint import (
    HOP,
    KEPT_EVERY,
    RATE_HZ,
    Fingerprint,
    errors,
    fingerprint,
)


def heard(seed: int, *, gain: float = 1.0, noise: float = 0.0) -> np.ndarray:
    wave_s = speech(seed) * gain
    wave_s += np.random.default_rng(9).normal(0, noise, len(wave_s)).astype(np.float32)
    samples_s = np.rint(wave_s * 32_767).astype(np.int16)
    return resampled(samples_s, from_hz=SPEECH_HZ, to_hz=RATE_HZ)


def test_a_softer_and_noisier_copy_agrees_in_most_bits() -> None:
    first, copy = fingerprint(heard(0)), fingerprint(heard(0, gain=0.3, noise=0.001))
    assert errors(first.codes_f[first.loud_f], copy.codes_f[first.loud_f]) < 0.1
    assert set(first.filed_under()) & set(copy.questions())


def test_another_sound_differs_in_about_half_of_them() -> None:
    first, other = fingerprint(heard(0)), fingerprint(heard(1))
    assert errors(first.codes_f, other.codes_f) > 0.35


def test_silence_is_filed_under_nothing() -> None:
    assert fingerprint(np.zeros(2 * RATE_HZ, np.float32)).filed_under() == []
    assert len(fingerprint(np.zeros(100, np.float32)).codes_f) == 0


def test_a_second_of_sound_is_filed_under_about_ten_codes() -> None:
    assert len(fingerprint(heard(0)).filed_under()) <= 4 * RATE_HZ / HOP / KEPT_EVERY


def test_it_survives_json() -> None:
    first = fingerprint(heard(0))
    again = Fingerprint.from_dict(first.as_dict())
    assert again.questions() == first.questions()
    assert again.filed_under() == first.filed_under()


def test_the_audible_cue_is_heard_and_not_imagined() -> None:
    samples_s = np.rint(speech() * 32_767).astype(np.int16)
    marked_s, _ = AudibleLabel().put_into(samples_s, SPEECH_HZ)
    there, absent = (
        resampled(wave_s, from_hz=SPEECH_HZ, to_hz=RATE_HZ) for wave_s in (marked_s, samples_s)
    )
    found = hear(there, sample_rate_hz=RATE_HZ)
    assert found is not None
    assert found.cue is Cue.RHYTHM
    assert hear(absent, sample_rate_hz=RATE_HZ) is None
