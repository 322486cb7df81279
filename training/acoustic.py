"""The acoustic stage: the generator learns to sound like the clips, judged by discriminators.

Shapes: b batch, n codes at 25 Hz, p phones, f spectrogram bins, t frames at 50 Hz, s samples,
c latent channels, v speaker vector.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from synthesis import audio
from synthesis.models.vits import AcousticModel
from training import losses
from training.config import AcousticSettings, Precision
from training.decode import Pitch, decode, has_pitch
from training.discriminators import Discriminators
from training.listener import Listener
from training.precision import Numbers, exact

SLICE_FRAMES = 32
SLOW_PARTS = ("enc_p.text_embedding.", "enc_p.encoder_text.", "enc_p.mrte.")


@dataclass(frozen=True, kw_only=True)
class AcousticBatch:
    """Clips padded to one length; `codes_bn` covers every frame twice."""

    codes_bn: Tensor
    phones_bp: Tensor
    phone_lens_b: Tensor
    spec_bft: Tensor
    spec_lens_b: Tensor
    wave_b1s: Tensor
    speaker_bv: Tensor | None = None


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A generated slice with its recorded counterpart, and what the divergence needs."""

    wave_b1s: Tensor
    target_wave_b1s: Tensor
    target_mel: Tensor
    z_p: Tensor
    log_std_q: Tensor
    mean_p: Tensor
    log_std_p: Tensor
    mask_b1t: Tensor
    pitch_distance: Tensor | None = None

    def exact(self) -> "Generated":
        """The same as float32, in which losses are taken."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: x.float() for name, x in found.items() if x is not None})

    def kl(self) -> Tensor:
        """The divergence of the posterior from the prior."""
        return losses.prior_kl_loss(
            self.z_p, self.log_std_q, self.mean_p, self.log_std_p, self.mask_b1t
        )


@dataclass(frozen=True, kw_only=True)
class GeneratorLosses:
    """The parts of the generator's loss, already weighted, and their sum."""

    adversarial: Tensor
    features: Tensor
    mel: Tensor
    kl: Tensor
    pitch: Tensor | None = None

    @property
    def total(self) -> Tensor:
        """What is descended."""
        heard = self.adversarial + self.features + self.mel + self.kl
        return heard if self.pitch is None else heard + self.pitch

    def measured(self) -> dict[str, float]:
        """Every part and the sum, for a curve."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        found = {name: part.item() for name, part in parts.items() if part is not None}
        return {**found, "loss": self.total.item()}


class AcousticTrainer:
    """Generator, discriminators and their optimisers; `step` moves both once."""

    def __init__(
        self,
        model: AcousticModel,
        discriminators: Discriminators,
        settings: AcousticSettings,
        *,
        steps_per_epoch: int,
        precision: Precision = Precision.AUTO,
    ) -> None:
        self.model = model
        self.discriminators = discriminators
        self.settings = settings
        self.steps_per_epoch = steps_per_epoch
        self.numbers = Numbers(next(model.parameters()).device, precision)
        self.steps_done = 0
        self.generator_optimizer = adamw(rate_groups(model, settings), settings)
        self.discriminator_optimizer = adamw(
            [{"params": list(discriminators.parameters()), "lr": settings.learning_rate}], settings
        )

    def step(self, batch: AcousticBatch) -> dict[str, float]:
        """Move the discriminators, then the generator against them."""
        for optimizer in (self.generator_optimizer, self.discriminator_optimizer):
            decay(optimizer, self.settings, epoch=self.steps_done // self.steps_per_epoch)
        with self.numbers.lowered():
            generated = generate(self.model, batch, *draw(self.model, batch)).exact()
        discriminator_loss = self.step_discriminators(generated)
        parts = self.step_generator(generated)
        self.numbers.settle()
        self.steps_done += 1
        return {"discriminator": discriminator_loss, **parts.measured()}

    def held_out(self, batch: AcousticBatch) -> float:
        """The distance of spectra on clips that are not learned from."""
        return spectral_distance(self.model, batch, self.numbers)

    def finish(self) -> None:
        """Nothing is left over: every step moves both networks."""

    def step_discriminators(self, generated: Generated) -> float:
        """One step on the recorded and the generated slice; returns the loss before it."""
        both = torch.cat([generated.target_wave_b1s, generated.wave_b1s.detach()])
        with self.numbers.lowered():
            judged = self.discriminators(both).exact()
        scores = [score.chunk(2) for score in judged.scores]
        loss = losses.discriminator_loss([r for r, _ in scores], [f for _, f in scores])
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        self.numbers.backward(loss)
        self.numbers.move(self.discriminator_optimizer)
        return loss.item()

    def step_generator(self, generated: Generated) -> GeneratorLosses:
        """One step through the discriminators as they are now; returns the losses before it."""
        with frozen(self.discriminators):
            with self.numbers.lowered():
                with torch.no_grad():
                    real = self.discriminators(generated.target_wave_b1s).exact()
                fake = self.discriminators(generated.wave_b1s).exact()
            mel = audio.log_mel(audio.spectrogram(generated.wave_b1s[:, 0]))
            parts = GeneratorLosses(
                adversarial=losses.adversarial_loss(fake.scores),
                features=losses.feature_matching_loss(real.maps, fake.maps),
                mel=self.settings.mel_weight * (generated.target_mel - mel).abs().mean(),
                kl=self.settings.kl_weight * generated.kl(),
                pitch=None
                if generated.pitch_distance is None
                else self.settings.pitch_weight * generated.pitch_distance,
            )
            self.generator_optimizer.zero_grad(set_to_none=True)
            self.numbers.backward(parts.total)
        self.numbers.move(self.generator_optimizer)
        return parts

    def state_dict(self) -> dict[str, Any]:
        """Everything `load_state_dict` needs to go on as if nothing had happened."""
        return {
            "model": self.model.state_dict(),
            "discriminators": self.discriminators.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            "numbers": self.numbers.state_dict(),
            "steps_done": self.steps_done,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state of `state_dict`."""
        self.model.load_state_dict(state["model"])
        self.discriminators.load_state_dict(state["discriminators"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
        self.numbers.load_state_dict(state["numbers"])
        self.steps_done = state["steps_done"]


class SpectralTrainer:
    """A generator without judges: it learns from spectra, from the pitch if it has one, and from
    what a listener hears if there is one.
    """

    def __init__(
        self,
        model: AcousticModel,
        settings: AcousticSettings,
        *,
        listener: Listener | None = None,
        steps_per_epoch: int,
        precision: Precision = Precision.AUTO,
    ) -> None:
        self.model = model
        self.listener = listener
        self.settings = settings
        self.steps_per_epoch = steps_per_epoch
        self.numbers = Numbers(next(model.parameters()).device, precision)
        self.steps_done = 0
        self.optimizer = adamw(rate_groups(model, settings), settings)

    def step(self, batch: AcousticBatch) -> dict[str, float]:
        """Move once along the gradient of all losses."""
        decay(self.optimizer, self.settings, epoch=self.steps_done // self.steps_per_epoch)
        with self.numbers.lowered():
            generated = generate(self.model, batch, *draw(self.model, batch)).exact()
        made_bs, true_bs = generated.wave_b1s[:, 0], generated.target_wave_b1s[:, 0]
        heard = losses.spectral_losses(made_bs, true_bs)
        if self.listener is not None:
            with self.numbers.lowered():
                heard["heard"] = self.listener.distance(made_bs, true_bs)
        parts = {name: self.settings.mel_weight * part for name, part in heard.items()}
        parts["kl"] = self.settings.kl_weight * generated.kl()
        if generated.pitch_distance is not None:
            parts["pitch"] = self.settings.pitch_weight * generated.pitch_distance
        total = torch.stack(list(parts.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        self.numbers.backward(total)
        self.numbers.unscale(self.optimizer)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.mel_weight)
        self.numbers.move(self.optimizer)
        self.numbers.settle()
        self.steps_done += 1
        return {name: part.item() for name, part in parts.items()} | {"loss": total.item()}

    def held_out(self, batch: AcousticBatch) -> float:
        """The distance of spectra on clips that are not learned from."""
        return spectral_distance(self.model, batch, self.numbers)

    def finish(self) -> None:
        """Nothing is left over: every step moves the generator."""

    def state_dict(self) -> dict[str, Any]:
        """Everything `load_state_dict` needs to go on as if nothing had happened."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "numbers": self.numbers.state_dict(),
            "steps_done": self.steps_done,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state of `state_dict`."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.numbers.load_state_dict(state["numbers"])
        self.steps_done = state["steps_done"]


@torch.no_grad()
def spectral_distance(model: AcousticModel, batch: AcousticBatch, numbers: Numbers) -> float:
    """The mean distance of log-mel spectra between clips and what the model makes of their codes.

    Nothing is drawn: the posterior's mean is decoded, from the first frame on.
    """
    b, _, t = batch.spec_bft.shape
    noise = torch.zeros(b, model.config.latent, t, device=batch.spec_bft.device)
    starts = torch.zeros(b, dtype=torch.long, device=noise.device)
    was_training = model.training
    model.eval()
    with numbers.lowered():
        generated = generate(model, batch, noise, starts).exact()
    model.train(was_training)
    mel = audio.log_mel(audio.spectrogram(generated.wave_b1s[:, 0]))
    return float((generated.target_mel - mel).abs().mean())


def draw(model: AcousticModel, batch: AcousticBatch) -> tuple[Tensor, Tensor]:
    """Posterior noise, and for each row a random first frame of the slice that is decoded."""
    b, _, t = batch.spec_bft.shape
    noise = torch.randn(b, model.config.latent, t, device=batch.spec_bft.device)
    last = (batch.spec_lens_b - SLICE_FRAMES).clamp(min=0)
    starts = (torch.rand(b, device=last.device) * (last + 1)).long()
    return noise, starts


def decay(optimizer: torch.optim.Optimizer, settings: AcousticSettings, *, epoch: int) -> None:
    """Set the rates of an epoch, counted from 0; the reference has decayed once before that."""
    for group in optimizer.param_groups:
        group["lr"] = group["full_rate"] * settings.decay_per_epoch ** (epoch + 1)


def generate(
    model: AcousticModel, batch: AcousticBatch, noise_bct: Tensor, starts_b: Tensor
) -> Generated:
    """Encode whole clips, decode one slice of `SLICE_FRAMES` frames of each.

    Args:
        noise_bct: standard normal noise of the posterior.
        starts_b: first frame of each row's slice.
    """
    spec, config = batch.spec_bft, model.config
    mask = _mask(batch.spec_lens_b, spec.shape[-1]).to(spec.dtype)
    phone_mask = _mask(batch.phone_lens_b, batch.phones_bp.shape[-1]).to(spec.dtype)
    style = model.style(spec, mask, batch.speaker_bv)
    quantized = model.quantized(batch.codes_bn)
    mixed = model.enc_p.encode(
        quantized, mask, batch.phones_bp, phone_mask, model.mixer_style(style)
    )
    mean_p, log_std_p = model.enc_p.project(mixed, mask)
    z, _, log_std_q = model.posterior(spec, mask, style, noise_bct)
    with exact():
        mel_slice = audio.log_mel(_slices(spec, starts_b, SLICE_FRAMES))
        pitch = Pitch.of(batch.wave_b1s[:, 0]) if has_pitch(model) else None
    wave, pitch_distance = decode(
        model,
        _slices(z, starts_b, SLICE_FRAMES),
        style,
        pitch and pitch.map(lambda rows: _slices(rows[:, None], starts_b, SLICE_FRAMES)[:, 0]),
    )
    return Generated(
        wave_b1s=wave,
        target_wave_b1s=_slices(batch.wave_b1s, starts_b * config.hop, SLICE_FRAMES * config.hop),
        target_mel=mel_slice,
        z_p=model.flow(z, mask, style),
        log_std_q=log_std_q,
        mean_p=mean_p,
        log_std_p=log_std_p,
        mask_b1t=mask,
        pitch_distance=pitch_distance,
    )


def _mask(lens_b: Tensor, size: int) -> Tensor:
    return (torch.arange(size, device=lens_b.device) < lens_b[:, None])[:, None]


def _slices(x_bct: Tensor, starts_b: Tensor, size: int) -> Tensor:
    return torch.stack(
        [row[:, start : start + size] for row, start in zip(x_bct, starts_b.tolist(), strict=True)]
    )


def rate_groups(model: AcousticModel, settings: AcousticSettings) -> list[dict[str, Any]]:
    """The text side of the prior learns more slowly than the rest; frozen tensors not at all."""
    slow: list[nn.Parameter] = []
    fast: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (slow if name.startswith(SLOW_PARTS) else fast).append(parameter)
    rate = settings.lora_rate if settings.lora_rank else settings.learning_rate
    return [{"params": fast, "lr": rate}, {"params": slow, "lr": rate * settings.text_rate_ratio}]


def adamw(groups: list[dict[str, Any]], settings: AcousticSettings) -> torch.optim.AdamW:
    """The optimiser, which remembers the rates that `decay` lowers."""
    for group in groups:
        group["full_rate"] = group["lr"]
    return torch.optim.AdamW(
        groups, betas=settings.betas, eps=settings.eps, weight_decay=settings.weight_decay
    )


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through a module without computing those of its own parameters."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)
