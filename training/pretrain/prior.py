"""The acoustic model's inner half: text, codes and style to the latent, with no decoder in between.

Whole utterances, as attention needs them; only latents are compared, which is why it is cheap.
Shapes: b batch, n codes at 25 Hz, p phones, t frames at 50 Hz, f bins.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from synthesis import audio
from synthesis.models.vits import AcousticModel
from training.losses import prior_kl_loss
from training.pretrain.autoencoder import references
from training.pretrain.codes import Codes
from training.pretrain.speech import Speech, Spoken


@dataclass(frozen=True, kw_only=True)
class Utterances:
    """Whole utterances, padded on the right, and another piece by the same voice for each."""

    codes_bn: Tensor
    phones_bp: Tensor
    phone_lens_b: Tensor
    spec_bft: Tensor
    spec_lens_b: Tensor
    reference_bft: Tensor


def utterances(speech: Speech, codes: Codes, chosen: list[Spoken], *, seed: int) -> Utterances:
    """The batch of these utterances."""
    longest = max(u.frames for u in chosen)
    waves = torch.stack([speech.wave(u, samples=longest * audio.HOP) for u in chosen])
    return Utterances(
        codes_bn=pad_sequence([codes.of(u) for u in chosen], batch_first=True),
        phones_bp=pad_sequence([torch.from_numpy(u.ids) for u in chosen], batch_first=True),
        phone_lens_b=torch.tensor([len(u.ids) for u in chosen]),
        spec_bft=audio.spectrogram(waves),
        spec_lens_b=torch.tensor([u.frames for u in chosen]),
        reference_bft=references(speech, chosen, np.random.default_rng(seed)),
    )


class PriorTask:
    """The prior encoder and the flow; the posterior and the style encoder are only asked."""

    def __init__(self, model: AcousticModel) -> None:
        self.model = model
        self.modules: list[nn.Module] = [model.enc_p, model.flow]

    def losses(self, batch: Utterances) -> dict[str, Tensor]:
        """The divergence of the posterior, seen through the flow, from the prior, by channel."""
        model = self.model
        found = read_text(model, batch)
        with torch.no_grad():
            noise = torch.randn_like(found.mean_p)
            z, _, log_std_q = model.posterior(batch.spec_bft, found.mask, found.style, noise)
        z_p = model.flow(z, found.mask, found.style)
        kl = prior_kl_loss(
            z_p.float(),
            log_std_q.float(),
            found.mean_p.float(),
            found.log_std_p.float(),
            found.mask,
        )
        return {"kl": kl / model.config.latent}


@dataclass(frozen=True, kw_only=True)
class TextRead:
    """Of whole utterances: where there is sound [b, 1, t], styles [b, g, 1], and their priors."""

    mask: Tensor
    style: Tensor
    mean_p: Tensor
    log_std_p: Tensor


def read_text(model: AcousticModel, batch: Utterances) -> TextRead:
    """The priors of utterances; nothing is learned about styles here."""
    mask = _mask(batch.spec_lens_b, batch.spec_bft.shape[-1])
    phone_mask = _mask(batch.phone_lens_b, batch.phones_bp.shape[1])
    with torch.no_grad():
        reference_mask = mask.new_ones(len(mask), 1, batch.reference_bft.shape[-1])
        style = model.style(batch.reference_bft, reference_mask)
    mixed = model.enc_p.encode(
        model.quantized(batch.codes_bn),
        mask,
        batch.phones_bp,
        phone_mask,
        model.mixer_style(style),
    )
    mean_p, log_std_p = model.enc_p.project(mixed, mask)
    return TextRead(mask=mask, style=style, mean_p=mean_p, log_std_p=log_std_p)


def _mask(lens_b: Tensor, size: int) -> Tensor:
    return (torch.arange(size, device=lens_b.device) < lens_b[:, None])[:, None].float()
