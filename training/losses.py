"""The training losses of both models, as plain functions of tensors.

Shapes: b batch, c channels, t frames or tokens, s samples, v vocabulary, n any.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from synthesis import audio

DPO_BETA = 0.2
TRANSFORMS = (2048, 1024, 512)
QUIETEST = 1e-3


def discriminator_loss(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Least-squares loss of the discriminators, summed over them.

    Args:
        real, fake: one score tensor `[b, n]` per discriminator.
    """
    return torch.stack(
        [(1 - r).square().mean() + f.square().mean() for r, f in zip(real, fake, strict=True)]
    ).sum()


def adversarial_loss(fake: Sequence[Tensor]) -> Tensor:
    """Least-squares loss of the generator against every discriminator, summed."""
    return torch.stack([(1 - f).square().mean() for f in fake]).sum()


def feature_matching_loss(
    real: Sequence[Sequence[Tensor]], fake: Sequence[Sequence[Tensor]]
) -> Tensor:
    """Twice the mean distance of every feature map, summed over maps and discriminators."""
    return (
        2
        * torch.stack(
            [
                functional.l1_loss(f, r.detach())
                for real_maps, fake_maps in zip(real, fake, strict=True)
                for r, f in zip(real_maps, fake_maps, strict=True)
            ]
        ).sum()
    )


def prior_kl_loss(z_p: Tensor, logs_q: Tensor, m_p: Tensor, logs_p: Tensor, mask: Tensor) -> Tensor:
    """Divergence of the posterior sample, seen through the flow, from the text prior.

    Args:
        z_p, logs_q, m_p, logs_p: `[b, c, t]`.
        mask: `[b, 1, t]`; the sum over channels is divided by the number of frames.
    """
    divergence = logs_p - logs_q - 0.5 + 0.5 * (z_p - m_p).square() * torch.exp(-2 * logs_p)
    return (divergence * mask).sum() / mask.sum()


def spectral_losses(made_bs: Tensor, true_bs: Tensor) -> dict[str, Tensor]:
    """Distances of two waves: log-mel, and at three sizes log-magnitude and spectral convergence.

    After the multi-resolution loss of Parallel WaveGAN (Yamamoto et al. 2020, arXiv:1910.11480).
    """
    mel = made_bs.new_zeros(())
    logs, shapes = [], []
    for size in TRANSFORMS:
        made, true = (
            audio.spectrogram(wave, n_fft=size, hop=size // 4) for wave in (made_bs, true_bs)
        )
        if size == TRANSFORMS[0]:
            mel = (audio.log_mel(made) - audio.log_mel(true)).abs().mean()
        logs.append(((made + QUIETEST).log() - (true + QUIETEST).log()).abs().mean())
        shapes.append((made - true).norm() / true.norm().clamp(min=QUIETEST))
    return {
        "mel": mel,
        "log": torch.stack(logs).mean(),
        "shape": 0.5 * torch.stack(shapes).mean(),
    }


def token_loss(logits_btv: Tensor, labels_bt: Tensor) -> Tensor:
    """Cross entropy summed over every position, padding included (its label is the end token)."""
    return functional.cross_entropy(logits_btv.flatten(0, 1), labels_bt.flatten(), reduction="sum")


def token_accuracy(logits_btv: Tensor, labels_bt: Tensor, *, end_token: int, top: int = 3) -> float:
    """Share of the labels that are among the `top` likeliest tokens; end tokens do not count."""
    hit_bt = (logits_btv.topk(top, dim=-1).indices == labels_bt.unsqueeze(-1)).any(-1)
    counted_bt = labels_bt != end_token
    return float((hit_bt & counted_bt).sum()) / max(1, int(counted_bt.sum()))


def sequence_log_probability(logits_btv: Tensor, labels_bt: Tensor) -> Tensor:
    """Log-probability `[b]` of each row of labels."""
    picked_bt1 = logits_btv.log_softmax(-1).gather(-1, labels_bt.unsqueeze(-1))
    return picked_bt1.squeeze(-1).sum(-1)


def preference_loss(chosen_b: Tensor, rejected_b: Tensor) -> Tensor:
    """Direct preference optimisation without a reference model, averaged over rows.

    Args:
        chosen_b, rejected_b: log-probabilities of the true and of the corrupted sequences.
    """
    return -functional.logsigmoid(DPO_BETA * (chosen_b - rejected_b)).mean()
