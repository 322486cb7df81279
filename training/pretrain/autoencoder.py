"""The acoustic model's outer half: sound to a latent and back, with no text in between.

Shapes: b batch, t frames at 50 Hz, s samples, f bins, c latent channels.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from synthesis import audio
from synthesis.models.vits import AcousticModel
from training.decode import Pitch, decode
from training.losses import spectral_losses
from training.pretrain.speech import Speech, Spoken

SEGMENT_FRAMES = 40
REFERENCE_FRAMES = 120
MARGIN_FRAMES = 2
KL_WEIGHT = 0.005
FIRST_LOG_STD = -3.0
PITCH_WEIGHT = 4.0


@dataclass(frozen=True, kw_only=True)
class Segments:
    """Pieces of sound, another piece by the same voice for each, and the pitch of the first."""

    wave_bs: Tensor
    spec_bft: Tensor
    reference_bft: Tensor
    pitch: Pitch


def segments(speech: Speech, size: int, *, seed: int, step: int) -> Segments:
    """The random pieces of one step."""
    chance = np.random.default_rng((seed, step))
    chosen = [speech.train[int(i)] for i in chance.integers(len(speech.train), size=size)]
    margin = MARGIN_FRAMES * audio.HOP
    waves = torch.stack(
        [random_piece(speech, u, SEGMENT_FRAMES + 2 * MARGIN_FRAMES, chance) for u in chosen]
    )
    inner = slice(MARGIN_FRAMES, -MARGIN_FRAMES)
    return Segments(
        wave_bs=waves[:, margin:-margin],
        spec_bft=audio.spectrogram(waves)[:, :, inner],
        reference_bft=references(speech, chosen, chance),
        pitch=Pitch.of(waves).map(lambda rows: rows[:, inner]),
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
        # Much noise at first would teach the decoder to do without the latent, for good.
        with torch.no_grad():
            _, log_std = model.enc_q.proj.bias.chunk(2)  # type: ignore[union-attr]
            log_std.fill_(FIRST_LOG_STD)

    def losses(self, batch: Segments) -> dict[str, Tensor]:
        """Distances of spectra and pitch, and the latent's from a standard normal."""
        return self.copied(batch)[1]

    def copied(self, batch: Segments) -> tuple[Tensor, dict[str, Tensor]]:
        """The sound [b, 1, s] that comes back from the latent, and its losses."""
        model = self.model
        mask = batch.spec_bft.new_ones(len(batch.spec_bft), 1, batch.spec_bft.shape[-1])
        style = model.style(
            batch.reference_bft, mask.new_ones(len(mask), 1, batch.reference_bft.shape[-1])
        )
        noise = torch.randn(len(mask), model.config.latent, mask.shape[-1], device=mask.device)
        z, mean, log_std = model.posterior(batch.spec_bft, mask, style, noise)
        wave, pitch_distance = decode(model, z, style, batch.pitch)
        parts = spectral_losses(wave[:, 0].float(), batch.wave_bs)
        if pitch_distance is not None:
            parts["pitch"] = PITCH_WEIGHT * pitch_distance
        mean, log_std = mean.float(), log_std.float()
        kl = 0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std
        parts["kl"] = KL_WEIGHT * kl.mean()
        return wave.float(), parts
