"""The acoustic model as it speaks: the prior's own latents are decoded and compared with sound.

The two halves have met only in the posterior's latents until here. What the prior makes of codes
and text is smoother, and a decoder that has not heard it blurs the words.
Shapes: b batch, t frames at 50 Hz, s samples, c latent channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from synthesis import audio
from synthesis.models.vits import AcousticModel
from training.decode import Pitch, decode
from training.losses import spectral_losses
from training.pretrain.autoencoder import PITCH_WEIGHT
from training.pretrain.codes import Codes
from training.pretrain.prior import PriorTask, Utterances, utterances
from training.pretrain.speech import Speech, Spoken

SLICE_FRAMES = 40
KL_WEIGHT = 0.2
# So many rows are still decoded from the posterior, which fine-tuning goes on from.
POSTERIOR_SHARE = 0.25


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Whole utterances, their sound [b, s], and the first frame of each row's decoded slice [b]."""

    whole: Utterances
    wave_bs: Tensor
    starts_b: Tensor

    def cut(self, rows_bxt: Tensor, per_frame: int = 1) -> Tensor:
        """The slice of every row."""
        size = min(SLICE_FRAMES, self.whole.spec_bft.shape[-1]) * per_frame
        starts = (self.starts_b * per_frame).tolist()
        return torch.stack(
            [row[..., start : start + size] for row, start in zip(rows_bxt, starts, strict=True)]
        )


def pieces(speech: Speech, codes: Codes, chosen: list[Spoken], *, seed: int) -> Pieces:
    """The batch of these utterances."""
    whole = utterances(speech, codes, chosen, seed=seed)
    samples = whole.spec_bft.shape[-1] * audio.HOP
    last = (whole.spec_lens_b - SLICE_FRAMES).clamp(min=0)
    draw = torch.Generator().manual_seed(seed)
    return Pieces(
        whole=whole,
        wave_bs=torch.stack([speech.wave(u, samples=samples) for u in chosen]),
        starts_b=(torch.rand(len(chosen), generator=draw) * (last + 1)).long(),
    )


class JointTask:
    """All of an acoustic model but the posterior, which is only asked."""

    def __init__(self, model: AcousticModel, *, noise_scale: float) -> None:
        self.model = model
        self.noise_scale = noise_scale
        self.modules: list[nn.Module] = [model.enc_p, model.flow, model.ref_enc, model.dec]
        self._prior = PriorTask(model)

    def losses(self, batch: Pieces) -> dict[str, Tensor]:
        """Distances of spectra and pitch, and the divergence of the posterior from the prior."""
        model = self.model
        latents = self._prior.latents(batch.whole)
        noise = torch.randn_like(latents.mean_p) * self.noise_scale
        spoken = latents.mean_p + noise * latents.log_std_p.exp()
        spoken = model.flow(spoken, latents.mask_b1t, latents.style_bg1, inverse=True)
        heard_b11 = torch.rand(len(spoken), 1, 1) < POSTERIOR_SHARE
        latent = torch.where(heard_b11, latents.z, spoken.float())
        pitch = Pitch.of(batch.wave_bs).map(lambda rows: batch.cut(rows[:, None])[:, 0])
        wave, pitch_distance = decode(model, batch.cut(latent), latents.style_bg1, pitch)
        parts = spectral_losses(wave[:, 0].float(), batch.cut(batch.wave_bs, audio.HOP))
        if pitch_distance is not None:
            parts["pitch"] = PITCH_WEIGHT * pitch_distance
        return parts | {"kl": KL_WEIGHT * self._prior.divergence(latents)}
