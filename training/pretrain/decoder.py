"""The decoder once more, when everything before it has ended: it learns to be understood.

The content encoder listens beside the spectra. Some latents are the posterior's, the others come
from codes and text, as when the base speaks. Shapes: b batch, c latent channels, g style channels,
t frames at 50 Hz, s samples.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from synthesis import audio
from synthesis.models.vits import AcousticModel
from training.decode import Pitch, decode
from training.listener import Listener
from training.losses import spectral_losses
from training.pretrain.autoencoder import MARGIN_FRAMES, PITCH_WEIGHT
from training.pretrain.codes import Codes
from training.pretrain.prior import Utterances, read_text, utterances
from training.pretrain.speech import Speech, Spoken

PIECE_FRAMES = 48
POSTERIOR_NOISE, PRIOR_NOISE = 0.3, 0.15


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Whole utterances, and one piece of each to be decoded: where it begins, its sound and pitch.

    Where `copied_b` holds, the latent is the recording's own.
    """

    whole: Utterances
    firsts_b: Tensor
    copied_b: Tensor
    wave_bs: Tensor
    pitch: Pitch


def pieces(speech: Speech, codes: Codes, chosen: list[Spoken], *, seed: int) -> Pieces:
    """The batch of these utterances."""
    chance = np.random.default_rng(seed)
    size = min(PIECE_FRAMES, min(u.frames for u in chosen) - 2 * MARGIN_FRAMES)
    lasts = [u.frames - size - MARGIN_FRAMES for u in chosen]
    firsts = [int(chance.integers(MARGIN_FRAMES, last + 1)) for last in lasts]
    waves = torch.stack(
        [
            speech.wave(
                u, (first - MARGIN_FRAMES) * audio.HOP, (size + 2 * MARGIN_FRAMES) * audio.HOP
            )
            for u, first in zip(chosen, firsts, strict=True)
        ]
    )
    margin, inner = MARGIN_FRAMES * audio.HOP, slice(MARGIN_FRAMES, -MARGIN_FRAMES)
    return Pieces(
        whole=utterances(speech, codes, chosen, seed=seed),
        firsts_b=torch.tensor(firsts),
        copied_b=torch.from_numpy(chance.random(len(chosen)) < 0.5),
        wave_bs=waves[:, margin:-margin],
        pitch=Pitch.of(waves).map(lambda rows: rows[:, inner]),
    )


class DecoderTask:
    """The decoder; the rest of the acoustic model and the content encoder are only asked."""

    def __init__(self, model: AcousticModel, listener: Listener) -> None:
        self.model = model.requires_grad_(False).eval()
        self.listener = listener
        self.modules: list[nn.Module] = [model.dec.requires_grad_(True).train()]

    def losses(self, batch: Pieces) -> dict[str, Tensor]:
        """Distances of spectra and pitch, and of what the content encoder hears."""
        latent, style = self._latents(batch.whole, batch.copied_b)
        frames = batch.wave_bs.shape[-1] // audio.HOP
        places = batch.firsts_b[:, None] + torch.arange(frames, device=latent.device)
        piece = latent.gather(2, places[:, None].expand(-1, latent.shape[1], -1))
        wave, pitch_distance = decode(self.model, piece, style, batch.pitch)
        made_bs = wave[:, 0].float()
        parts = spectral_losses(made_bs, batch.wave_bs)
        if pitch_distance is not None:
            parts["pitch"] = PITCH_WEIGHT * pitch_distance
        parts["heard"] = self.listener.distance(made_bs, batch.wave_bs)
        return parts

    @torch.no_grad()
    def _latents(self, batch: Utterances, copied_b: Tensor) -> tuple[Tensor, Tensor]:
        """The latents [b, c, t] of whole utterances, and their styles [b, g, 1]."""
        model = self.model
        found = read_text(model, batch)
        noise = torch.randn_like(found.mean_p)
        copied, mean, _ = model.posterior(batch.spec_bft, found.mask, found.style, noise)
        copied = mean + POSTERIOR_NOISE * (copied - mean)
        spoken = found.mean_p + PRIOR_NOISE * noise * found.log_std_p.exp()
        spoken = model.flow(spoken, found.mask, found.style, inverse=True)
        return torch.where(copied_b[:, None, None], copied, spoken), found.style
