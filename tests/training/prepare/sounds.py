"""Makes the recordings, good and bad, that the tests of preparation need."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

DATA = Path(__file__).parents[2] / "data"


def tone(*, seconds: float = 3.0, rate_hz: int = 32_000, hz: float = 440.0) -> NDArray[np.float32]:
    """A sine at -10 dBFS."""
    return (0.316 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(
        "f4"
    )


def write_wav(
    path: Path,
    samples: NDArray[np.generic],
    *,
    rate_hz: int = 32_000,
    channels: int = 1,
    claimed_bytes: int | None = None,
    bytes_per_s: int | None = None,
) -> Path:
    """A WAV of int16 or float32 samples whose header says whatever the test wants."""
    content = samples.tobytes()
    size = len(content) if claimed_bytes is None else claimed_bytes
    bits = samples.dtype.itemsize * 8
    block = channels * bits // 8
    tag = 3 if samples.dtype.kind == "f" else 1
    rate = bytes_per_s or rate_hz * block
    form = struct.pack("<IHHIIHH", 16, tag, channels, rate_hz, rate, block, bits)
    riff_size = struct.pack("<I", min(36 + size, 2**32 - 1))
    header = b"RIFF" + riff_size + b"WAVEfmt " + form + b"data" + struct.pack("<I", size)
    path.write_bytes(header + content)
    return path


def encode(
    path: Path,
    codec: str,
    samples: NDArray[np.float32],
    *,
    rate_hz: int = 48_000,
    container: str | None = None,
    video_codec: str | None = None,
) -> Path:
    """A mono recording in any container, beside a picture where a video codec is named."""
    with av.open(str(path), "w", format=container) as output:
        sound = output.add_stream(codec, rate=rate_hz, layout="mono")
        assert isinstance(sound, AudioStream)
        if not codec.startswith(("pcm", "flac")):
            sound.bit_rate = 64_000
        if video_codec:
            picture = output.add_stream(video_codec, rate=5)
            assert isinstance(picture, VideoStream)
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
            for shade in range(len(samples) * 5 // rate_hz):
                frame = np.full((64, 64, 3), shade % 255, np.uint8)
                output.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            output.mux(picture.encode(None))
        whole = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        whole.sample_rate, whole.time_base, whole.pts = rate_hz, Fraction(1, rate_hz), 0
        blocks = av.AudioResampler(
            format=sound.format, layout="mono", rate=rate_hz, frame_size=sound.frame_size or 4096
        )
        for block in [*blocks.resample(whole), *blocks.resample(None), None]:
            output.mux(sound.encode(block))
    return path


def pink_noise(chance: np.random.Generator, samples: int, rate_hz: int) -> NDArray[np.float64]:
    """Noise of unit power that falls by 3 dB per octave from 20 Hz on."""
    quick = 1 << samples.bit_length()
    spectrum = np.fft.rfft(chance.standard_normal(quick))
    frequency = np.fft.rfftfreq(quick, 1 / rate_hz)
    spectrum[1:] /= np.sqrt(frequency[1:])
    spectrum[frequency < 20] = 0
    noise = np.fft.irfft(spectrum, quick)[:samples]
    return np.asarray(noise / noise.std())
