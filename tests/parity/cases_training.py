"""Parity of training: losses, gradients, and parameters after steps, of both stages."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from synthesis import audio
from tests.parity import fill
from tests.parity.cases_acoustic import load_acoustic
from tests.parity.cases_semantic import batch_bert, load_semantic
from tests.parity.registry import Case, Check, runner
from training.acoustic import AcousticBatch, AcousticTrainer, generate
from training.config import AcousticSettings
from training.discriminators import PERIODS, DiscriminatorConfig, Discriminators
from training.optim import ScaledAdam
from training.semantic import SemanticBatch, batch_losses

OUTLIER_STEPS = (13, 27)
SEMANTIC_RATE = 0.002
# Gradients of tensors that hardly matter are all rounding: errors count against the largest norm.
GRADIENT_FLOOR = 1e-4


@runner("s1_scaledadam*")
def scaled_adam(case: Case) -> Iterator[Check]:
    """Forty steps of the optimiser alone, two of them with outlier gradients."""
    count = sum(name.startswith("in_p") for name in case.arrays)
    parameters = [nn.Parameter(case.tensor(f"p{i}")) for i in range(count)]
    optimizer = ScaledAdam(parameters, lr=0.02, clipping_update_period=8)
    paths: list[list[Tensor]] = [[] for _ in parameters]
    for step in range(len(case.arrays["out_traj0"])):
        scale = 6.0 if step in OUTLIER_STEPS else 1.0
        for i, p in enumerate(parameters):
            name = f"sadam/g{i}/{step}"
            p.grad = torch.from_numpy(fill.tensor(case.salt, name, tuple(p.shape), scale))
        optimizer.step()
        for path, p in zip(paths, parameters, strict=True):
            path.append(p.detach().clone())
    for i, path in enumerate(paths):
        yield case.close(f"traj{i}", torch.stack(path))


@runner("s1_*_train_*")
def semantic(case: Case) -> Iterator[Check]:
    """Several optimiser steps of the semantic model on one batch, with or without preferences."""
    model = load_semantic(case)
    batch = SemanticBatch(
        phones_bp=case.tensor("x"),
        phone_lens_b=case.tensor("x_lens"),
        codes_bt=case.tensor("y"),
        code_lens_b=case.tensor("y_lens"),
        bert_bwp=batch_bert(case),
        rejected_bt=case.tensor("reject_y") if case.has("reject_y") else None,
        rejected_lens_b=case.tensor("reject_y_lens") if case.has("reject_y") else None,
    )
    optimizer = ScaledAdam(model.parameters(), lr=SEMANTIC_RATE)
    losses = []
    for step in range(len(case.arrays["out_losses"])):
        result = batch_losses(model, batch)
        losses.append(result.total.item())
        optimizer.zero_grad()
        result.total.backward()  # type: ignore[no-untyped-call]
        if step == 0:
            yield case.close("top3_acc", np.asarray(result.top3))
            yield _gradient_norms(case, "grad", model)
            yield _first_gradients(case, model)
        optimizer.step()
    yield _relative(case, "losses", losses)
    # A step is the rate times a normalised gradient, so it carries the gradient's relative noise.
    moved = SEMANTIC_RATE * case.tolerance("grad_norms")
    for check in _after(case, "after", model):
        yield replace(check, tolerance=max(check.tolerance, moved))


@runner("s2_*_train")
def acoustic(case: Case) -> Iterator[Check]:
    """One step of the discriminators and one of the generator, noise and slices given."""
    model = load_acoustic(case)
    periods = PERIODS[model.config.version]
    judges = case.load(Discriminators(DiscriminatorConfig(periods=periods)), salt=f"{case.salt}|D")
    trainer = AcousticTrainer(model, judges, AcousticSettings(), steps_per_epoch=1)
    wave, lens = case.tensor("wav"), case.tensor("spec_lens")
    spec = audio.spectrogram(wave[:, 0])
    valid = torch.arange(spec.shape[-1]) < lens[:, None]
    batch = AcousticBatch(
        codes_bn=model.extract_codes(case.tensor("ssl")),
        phones_bp=case.tensor("text"),
        phone_lens_b=case.tensor("text_lens"),
        spec_bft=spec * valid[:, None],
        spec_lens_b=lens,
        wave_b1s=wave,
        speaker_bv=case.tensor("sv_emb") if case.has("sv_emb") else None,
    )
    generated = generate(model, batch, case.tensor("noise"), case.tensor("ids_slice"))
    yield case.close("y_hat_stride", generated.wave_b1s[..., ::37])
    with torch.no_grad():
        real = judges(generated.target_wave_b1s)
    for i, score in enumerate(real.scores):
        name = f"D_real{i}_s"
        stride = -(-score.shape[1] // case.arrays[f"out_{name}"].shape[1])
        yield case.close(name, score[:, ::stride])
    discriminator_loss = trainer.step_discriminators(generated)
    yield _gradient_norms(case, "gradD", judges)
    parts = trainer.step_generator(generated)
    yield _gradient_norms(case, "gradG", model)
    commitment = 0.0  # the codebook is frozen, so nothing is asked of the features
    shares = [parts.adversarial, parts.features, parts.mel]
    values = [
        *(part.item() for part in shares),
        commitment,
        parts.kl.item(),
        parts.total.item(),
    ]
    yield _relative(case, "losses_D_gen_fm_mel_klssl_kl_total", [discriminator_loss, *values])
    yield from _after(case, "afterG", model)
    yield from _after(case, "afterD", judges)


def _relative(case: Case, name: str, found: Sequence[float]) -> Check:
    expected = case.arrays[f"out_{name}"]
    scale = np.where(expected == 0, 1.0, np.abs(expected))
    error = float(np.max(np.abs(np.asarray(found) - expected) / scale))
    return Check(what=name, error=error, tolerance=case.tolerance(name))


def _gradient_norms(case: Case, name: str, model: nn.Module) -> Check:
    """Every tensor's norm, relative to itself or to the floor; -1 stands for "has no gradient"."""
    found = {
        key: -1.0 if p.grad is None else p.grad.norm().item() for key, p in model.named_parameters()
    }
    keys = [str(key) for key in case.arrays[f"out_{name}_keys"]]
    expected = case.arrays[f"out_{name}_norms"]
    error = float("inf")
    if set(keys) == set(found):
        values = np.array([found[key] for key in keys])
        floor = GRADIENT_FLOOR * expected.max() / case.tolerance(f"{name}_norms")
        error = float(np.max(np.abs(values - expected) / np.maximum(np.abs(expected), floor)))
        if ((values < 0) != (expected < 0)).any():
            error = float("inf")
    return Check(what=f"{name}_norms", error=error, tolerance=case.tolerance(f"{name}_norms"))


def _first_gradients(case: Case, model: nn.Module) -> Check:
    """The first eight elements of every gradient, relative to the largest element of all."""
    parameters = dict(model.named_parameters())
    expected = case.arrays["out_grad_first8"]
    rows = np.zeros_like(expected)
    for row, key in zip(rows, case.arrays["out_grad_keys"], strict=True):
        gradient = parameters[str(key)].grad
        assert gradient is not None
        head = gradient.flatten()[: len(row)].numpy()
        row[: len(head)] = head
    error = float(np.nanmax(np.abs(rows - expected)) / np.nanmax(np.abs(expected)))
    return Check(what="grad_first8", error=error, tolerance=case.tolerance("grad_norms"))


def _after(case: Case, prefix: str, model: nn.Module) -> Iterator[Check]:
    """The stored heads of some tensors after the last step."""
    state = model.state_dict()
    for name in case.arrays:
        if name.startswith(f"out_{prefix}:"):
            key = name.split(":", 1)[1]
            head = state[key].flatten()[: len(case.arrays[name])]
            yield case.close(f"{prefix}:{key}", head)
