"""Sound files: every format holds the sound, at a rate that it knows."""

from pathlib import Path

import av
import numpy as np
import pytest

from synthesis import audio
from synthesis.errors import EngineError
from tests.synthesis.conftest import RATE_HZ, hum


@pytest.mark.parametrize("suffix", sorted(audio.ENCODINGS))
def test_every_format_lasts_as_long_as_the_sound(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"sound{suffix}"
    sound = hum(1.0)
    audio.write(path, sound, RATE_HZ)
    if suffix == ".pcm":
        assert path.read_bytes() == audio.to_int16(sound).astype("<i2").tobytes()
        return
    with av.open(str(path)) as file:
        rate = file.streams.audio[0].rate
        read = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    assert len(read) / rate == pytest.approx(1.0, abs=0.08)
    assert rate >= RATE_HZ
    assert np.abs(read.astype(np.float64)).max() > 0


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="mp3"):
        audio.write(tmp_path / "sound.xyz", hum(0.5), RATE_HZ)
