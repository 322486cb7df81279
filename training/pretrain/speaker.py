"""A small speaker encoder: whose voice it is, learned by telling the corpus's voices apart.

Dilated convolutions over log-mel frames, and the mean and deviation over time (x-vectors, Snyder
et al. 2018); angles between voices are widened while learning (AM-softmax, Wang et al. 2018,
arXiv:1801.05599). Shapes: b batch, s samples at 16 kHz, m mel bands, t frames, d width.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from synthesis import audio
from synthesis.bundles.weights import config_from, load_model, save_weights
from synthesis.features.hubert import SAMPLE_RATE_HZ
from training.files import read_json, write_json
from training.pretrain.augment import spoil
from training.pretrain.autoencoder import random_piece
from training.pretrain.speech import Speech

N_FFT, HOP, MELS = 512, 160, 48
MARGIN, SHARPNESS = 0.2, 30.0
PIECE_FRAMES = (50, 150)
SPOILT_SHARE = 0.5
DILATIONS = (1, 2, 3, 4)


@dataclass(frozen=True, kw_only=True)
class SpeakerSize:
    """Channels of the convolutions, and the width of the vector."""

    channels: int = 128
    width: int = 96


class SpeakerEncoder(nn.Module):
    """Waves [b, s] to unit vectors [b, d]; nearness is their dot product."""

    def __init__(self, size: SpeakerSize) -> None:
        super().__init__()
        self.size = size
        widths = [MELS, *[size.channels] * len(DILATIONS)]
        self.convs = nn.ModuleList(
            nn.Conv1d(a, b, 5, dilation=dilation, padding=2 * dilation)
            for a, b, dilation in zip(widths, widths[1:], DILATIONS, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(size.channels) for _ in DILATIONS)
        self.out = nn.Linear(2 * size.channels, size.width)

    def forward(self, wave_bs: Tensor) -> Tensor:
        spec = audio.spectrogram(wave_bs, n_fft=N_FFT, hop=HOP)
        mel = audio.log_mel(spec, sample_rate_hz=SAMPLE_RATE_HZ, mels=MELS)
        x = mel - mel.mean((1, 2), keepdim=True)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = norm(functional.relu(conv(x)))
        pooled = torch.cat([x.mean(2), x.var(2).add(1e-5).sqrt()], dim=1)
        return functional.normalize(self.out(pooled), dim=1)

    @torch.inference_mode()
    def embed(self, wave_s: Tensor) -> Tensor:
        """The vector [d] of one wave of at least a tenth of a second."""
        out: Tensor = self(wave_s[None])[0]
        return out

    def save(self, folder: Path) -> None:
        """Write what `load` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "config.json", asdict(self.size))
        save_weights(self.state_dict(), folder / "model.safetensors", half=True)

    @classmethod
    def load(cls, folder: Path) -> "SpeakerEncoder":
        """Read a saved encoder; BadBundle when it is incomplete."""
        size = config_from(SpeakerSize, read_json(folder / "config.json"), folder.name)
        return load_model(lambda: cls(size), folder / "model.safetensors")


class SpeakerTask:
    """The encoder, and one direction for every voice that it must tell from the others."""

    def __init__(self, size: SpeakerSize, voices: int) -> None:
        self.encoder = SpeakerEncoder(size)
        self.voices = nn.Linear(size.width, voices, bias=False)
        self.modules: list[nn.Module] = [self.encoder, self.voices]

    def losses(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Of waves [b, s] and the voices' numbers [b]."""
        wave_bs, voices_b = batch
        nearness = self.encoder(wave_bs) @ functional.normalize(self.voices.weight, dim=1).T
        nearness = nearness.float() - MARGIN * functional.one_hot(voices_b, nearness.shape[1])
        return {"voice": functional.cross_entropy(SHARPNESS * nearness, voices_b)}


def speaker_batch(speech: Speech, size: int, *, seed: int, step: int) -> tuple[Tensor, Tensor]:
    """Pieces of one random length, half of them spoilt, and whose they are."""
    chance = np.random.default_rng((seed, step))
    names = sorted(speech.by_voice)
    voices = chance.integers(len(names), size=size)
    frames = int(chance.integers(*PIECE_FRAMES))
    pieces = []
    for voice in voices:
        own = speech.by_voice[names[int(voice)]]
        utterance = own[int(chance.integers(len(own)))]
        pieces.append(random_piece(speech, utterance, frames, chance))
    waves = audio.resample(torch.stack(pieces), audio.SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
    spoilt = torch.rand(size) < SPOILT_SHARE
    if spoilt.any():
        waves[spoilt] = spoil(waves[spoilt])
    return waves, torch.from_numpy(voices)
