"""The acoustic model's outer half: sound to a latent and back, with no text in between.

Shapes: b batch, t frames at 50 Hz, s samples, f bins, c latent channels.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from synthesis import audio
from synthesis.models.source_filter import MIDDLE_HZ, SourceFilterDecoder
from synthesis.models.vits import AcousticModel
from training.pitch import measure_pitch
from training.pretrain.speech import Speech, Spoken

SEGMENT_FRAMES = 40
REFERENCE_FRAMES = 120
MARGIN_FRAMES = 2
KL_WEIGHT = 0.01
PITCH_WEIGHT = 4.0
TRANSFORMS = (2048, 1024, 512)


@dataclass(frozen=True, kw_only=True)
class Segments:
    """Pieces of sound, another piece by the same voice for each, and the pitch of the first."""

    wave_bs: Tensor
    spec_bft: Tensor
    reference_bft: Tensor
    log_pitch_bt: Tensor
    voiced_bt: Tensor


def segments(speech: Speech, size: int, *, seed: int, step: int) -> Segments:
    """The random pieces of one step."""
    chance = np.random.default_rng((seed, step))
    chosen = [speech.train[int(i)] for i in chance.integers(len(speech.train), size=size)]
    margin = MARGIN_FRAMES * audio.HOP
    waves = torch.stack(
        [random_piece(speech, u, SEGMENT_FRAMES + 2 * MARGIN_FRAMES, chance) for u in chosen]
    )
    pitch_hz, voiced = measure_pitch(waves)
    inner = slice(MARGIN_FRAMES, -MARGIN_FRAMES)
    return Segments(
        wave_bs=waves[:, margin:-margin],
        spec_bft=audio.spectrogram(waves)[:, :, inner],
        reference_bft=references(speech, chosen, chance),
        log_pitch_bt=(pitch_hz[:, inner] / MIDDLE_HZ).log(),
        voiced_bt=voiced[:, inner],
    )


def references(speech: Speech, chosen: list[Spoken], chance: np.random.Generator) -> Tensor:
    """Spectrograms [b, f, t] of other utterances by the same voices: style without the words."""
    others = []
    for utterance in chosen:
        same = speech.by_voice[utterance.voice]
        others.append(same[int(chance.integers(len(same)))])
    return audio.spectrogram(
        torch.stack([random_piece(speech, u, REFERENCE_FRAMES, chance) for u in others])
    )


def random_piece(
    speech: Speech, utterance: Spoken, frames: int, chance: np.random.Generator
) -> Tensor:
    """So many frames of sound from a random place, the whole utterance if it is shorter."""
    last = max(0, utterance.samples - frames * audio.HOP)
    return speech.wave(utterance, int(chance.integers(last + 1)), frames * audio.HOP)


class AutoencoderTask:
    """The posterior encoder, the style encoder and the decoder of an acoustic model."""

    def __init__(self, model: AcousticModel) -> None:
        self.model = model
        self.modules: list[nn.Module] = [model.enc_q, model.ref_enc, model.dec]

    def losses(self, batch: Segments) -> dict[str, Tensor]:
        """Distances of spectra and pitch, and the latent's from a standard normal."""
        model = self.model
        mask = batch.spec_bft.new_ones(len(batch.spec_bft), 1, batch.spec_bft.shape[-1])
        style = model.style(
            batch.reference_bft, mask.new_ones(len(mask), 1, batch.reference_bft.shape[-1])
        )
        noise = torch.randn(len(mask), model.config.latent, mask.shape[-1])
        z, mean, log_std = model.posterior(batch.spec_bft, mask, style, noise)
        parts = {}
        if isinstance(model.dec, SourceFilterDecoder):
            trunk = model.dec.trunk(z, style)
            parts["pitch"] = PITCH_WEIGHT * pitch_loss(model.dec.log_pitch(trunk), batch)
            wave = model.dec.render(trunk, batch.log_pitch_bt)
        else:
            wave = model.dec(z, style)
        parts |= spectral_losses(wave[:, 0].float(), batch.wave_bs)
        mean, log_std = mean.float(), log_std.float()
        kl = 0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std
        parts["kl"] = KL_WEIGHT * kl.mean()
        return parts


def pitch_loss(log_pitch_bt: Tensor, batch: Segments) -> Tensor:
    """The mean distance of the pitch's logarithm over voiced frames."""
    distance = (log_pitch_bt - batch.log_pitch_bt).abs() * batch.voiced_bt
    return distance.sum() / batch.voiced_bt.sum().clamp(min=1)


def spectral_losses(made_bs: Tensor, true_bs: Tensor) -> dict[str, Tensor]:
    """Log-mel distance, and log-magnitude distance and spectral convergence at three sizes."""
    mels, logs, shapes = [], [], []
    for size in TRANSFORMS:
        made, true = (
            audio.spectrogram(wave, n_fft=size, hop=size // 4) for wave in (made_bs, true_bs)
        )
        logs.append((made.add(1e-3).log() - true.add(1e-3).log()).abs().mean())
        shapes.append((made - true).norm() / true.norm().clamp(min=1e-3))
        if size == TRANSFORMS[0]:
            mels.append((audio.log_mel(made) - audio.log_mel(true)).abs().mean())
    return {
        "mel": torch.stack(mels).mean(),
        "log": torch.stack(logs).mean(),
        "shape": 0.5 * torch.stack(shapes).mean(),
    }
