"""Sound and numbers as pictures and players that a page can hold in itself.

Shapes: f mel bands, t frames.
"""

import base64
import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from synthesis import audio
from synthesis.types import Pcm

MELS, N_FFT, HOP = 96, 1024, 256
DYNAMIC_RANGE = 9.0
WIDTH, HEIGHT, MARGIN = 420, 160, 34
MOST_POINTS = 400
COLORS = ("#1f5fbf", "#c23b22", "#2e8b57", "#8a5bb5", "#b8860b", "#444444")


def spectrogram(pcm: Pcm, sample_rate_hz: int) -> str:
    """A mel spectrogram as the address of a picture."""
    return "data:image/png;base64," + base64.b64encode(mel_picture(pcm, sample_rate_hz)).decode()


def mel_picture(pcm: Pcm, sample_rate_hz: int) -> bytes:
    """A mel spectrogram in the PNG format, dark where there is energy."""
    wave = audio.resample(torch.from_numpy(pcm.copy()), sample_rate_hz, audio.SAMPLE_RATE_HZ)
    wave = torch.nn.functional.pad(wave, (0, max(0, N_FFT - len(wave))))
    spec = audio.spectrogram(wave[None], n_fft=N_FFT, hop=HOP)
    mel_ft = audio.log_mel(spec, mels=MELS)[0].numpy()
    level = np.clip(1 + (mel_ft - mel_ft.max()) / DYNAMIC_RANGE, 0, 1)
    grey = np.round(255 * (1 - level[::-1])).astype(np.uint8)
    return png(grey)


def png(grey: NDArray[np.uint8]) -> bytes:
    """A grey picture [rows, columns] in the PNG format (ISO/IEC 15948)."""
    rows, columns = grey.shape
    lines = b"".join(b"\0" + row.tobytes() for row in grey)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def player_source(pcm: Pcm, sample_rate_hz: int) -> str:
    """The sound as the address of an MP3, which every browser plays."""
    stream = io.BytesIO()
    soundfile.write(stream, np.clip(pcm, -1, 1), sample_rate_hz, format="MP3")
    return "data:audio/mpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def curves(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Lines of (x, y) as an inline SVG with its own scale; of long lines only some points."""
    lines = {name: line[:: 1 + len(line) // MOST_POINTS] for name, line in lines.items()}
    points = [point for line in lines.values() for point in line]
    if not points:
        return ""
    (left, right), (low, high) = (
        (min(values), max(values)) for values in zip(*points, strict=True)
    )

    def place(x: float, y: float) -> str:
        across = (x - left) / ((right - left) or 1) * (WIDTH - 2 * MARGIN) + MARGIN
        down = HEIGHT - MARGIN - (y - low) / ((high - low) or 1) * (HEIGHT - 2 * MARGIN)
        return f"{across:.1f},{down:.1f}"

    drawn = "".join(
        f'<polyline fill="none" stroke="{COLORS[index % len(COLORS)]}" stroke-width="1.5"'
        f' points="{" ".join(place(*point) for point in line)}"/>'
        f'<text x="{MARGIN + 4}" y="{MARGIN + 12 * index}" font-size="10"'
        f' fill="{COLORS[index % len(COLORS)]}">{escape(name)}</text>'
        for index, (name, line) in enumerate(lines.items())
    )
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}"><text x="{MARGIN}" y="14" font-size="12">'
        f"{escape(title)}</text>{drawn}"
        f'<text x="2" y="{MARGIN + 4}" font-size="9">{high:.3g}</text>'
        f'<text x="2" y="{HEIGHT - MARGIN}" font-size="9">{low:.3g}</text>'
        f'<text x="{MARGIN}" y="{HEIGHT - 8}" font-size="9">{left:.6g}</text>'
        f'<text x="{WIDTH - 2 * MARGIN}" y="{HEIGHT - 8}" font-size="9">{right:.6g}</text></svg>'
    )
