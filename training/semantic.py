"""The semantic stage: the model learns which sound tokens this speaker's phones are followed by.

Shapes: b batch, p phones, t codes at 25 Hz, w text feature width.
"""

import math
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from synthesis.models.semantic import SemanticModel
from training import losses
from training.config import Precision, Schedule, SemanticSettings, TextMask
from training.optim import ScaledAdam
from training.precision import Numbers

WARM_UP_SHARE = 0.1
FINAL_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class SemanticBatch:
    """Clips padded on the right: phones and text features with zeros, codes with the end token.

    `rejected_bt` are corrupted copies of the codes, for the preference loss.
    """

    phones_bp: Tensor
    phone_lens_b: Tensor
    codes_bt: Tensor
    code_lens_b: Tensor
    bert_bwp: Tensor
    rejected_bt: Tensor | None = None
    rejected_lens_b: Tensor | None = None


@dataclass(frozen=True, kw_only=True)
class SemanticLosses:
    """The loss of a batch, summed over its tokens, and how many tokens were guessed."""

    total: Tensor
    tokens: int
    top3: float


class SemanticTrainer:
    """The model and its optimiser, which moves once in `accumulate` batches."""

    def __init__(
        self,
        model: SemanticModel,
        settings: SemanticSettings,
        *,
        total_steps: int,
        precision: Precision = Precision.AUTO,
    ) -> None:
        self.model = model
        self.numbers = Numbers(next(model.parameters()).device, precision)
        self.settings = settings
        self.total_steps = total_steps
        learned = [p for p in model.parameters() if p.requires_grad]
        self.optimizer: torch.optim.Optimizer = (
            # Steps relative to a tensor's size would never leave the zeros that additions begin as.
            torch.optim.AdamW(learned, lr=settings.lora_rate, weight_decay=0.0)
            if settings.lora_rank
            else ScaledAdam(learned, lr=settings.peak_rate)
        )
        self.batches_seen = 0
        self.updates = 0

    def step(self, batch: SemanticBatch) -> dict[str, float]:
        """Add one batch's gradient, and move when enough batches are together."""
        result = batch_losses(self.model, batch, self.settings.text_mask, self.numbers)
        self.numbers.backward(result.total)
        self.batches_seen += 1
        if self.batches_seen % self.settings.accumulate == 0:
            self._update()
        return {
            "loss": result.total.item() / result.tokens,
            "top3": result.top3,
            "rate": self.rate(),
        }

    @torch.no_grad()
    def held_out(self, batch: SemanticBatch) -> float:
        """The loss per token on clips that are not learned from."""
        was_training = self.model.training
        self.model.eval()
        result = batch_losses(self.model, batch, self.settings.text_mask, self.numbers)
        self.model.train(was_training)
        return result.total.item() / result.tokens

    def finish(self) -> None:
        """Move along the gradients of the last batches, if they were fewer than `accumulate`."""
        if self.batches_seen % self.settings.accumulate:
            self._update()

    def _update(self) -> None:
        """Move the model along the gradients gathered so far, and forget them."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.numbers.move(self.optimizer)
        self.numbers.settle()
        self.optimizer.zero_grad(set_to_none=True)
        self.updates += 1

    def rate(self) -> float:
        """The learning rate of the next update."""
        settings = self.settings
        peak_rate = settings.lora_rate if settings.lora_rank else settings.peak_rate
        if settings.schedule is Schedule.REFERENCE:
            is_first = self.updates == 0 and not settings.lora_rank
            return settings.first_rate if is_first else peak_rate
        total = max(1, self.total_steps // settings.accumulate)
        warm_up = max(1, round(total * WARM_UP_SHARE))
        if self.updates < warm_up:
            return peak_rate * (self.updates + 1) / warm_up
        progress = min(1.0, (self.updates - warm_up) / max(1, total - warm_up))
        swing = (1 + math.cos(math.pi * progress)) / 2
        return peak_rate * (FINAL_SHARE + (1 - FINAL_SHARE) * swing)

    def state_dict(self) -> dict[str, Any]:
        """Everything `load_state_dict` needs; gradients still being gathered are part of it."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "gradients": {
                name: p.grad for name, p in self.model.named_parameters() if p.grad is not None
            },
            "numbers": self.numbers.state_dict(),
            "batches_seen": self.batches_seen,
            "updates": self.updates,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state of `state_dict`."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for name, p in self.model.named_parameters():
            p.grad = state["gradients"].get(name)
        self.numbers.load_state_dict(state["numbers"])
        self.batches_seen = state["batches_seen"]
        self.updates = state["updates"]


def batch_losses(
    model: SemanticModel,
    batch: SemanticBatch,
    text_mask: TextMask = TextMask.REFERENCE,
    numbers: Numbers | None = None,
) -> SemanticLosses:
    """Cross entropy over all tokens, plus the preference loss when corrupted codes are given."""

    def guess(codes_bt: Tensor, code_lens_b: Tensor) -> tuple[Tensor, Tensor]:
        with numbers.lowered() if numbers else nullcontext():
            logits, labels = model(
                batch.phones_bp,
                batch.phone_lens_b,
                codes_bt,
                code_lens_b,
                batch.bert_bwp,
                hides_padding=text_mask is TextMask.CORRECT,
            )
        return logits.float(), labels

    logits, labels = guess(batch.codes_bt, batch.code_lens_b)
    total = losses.token_loss(logits, labels)
    if batch.rejected_bt is not None:
        assert batch.rejected_lens_b is not None, "corrupted codes come with their lengths"
        rejected_logits, rejected_labels = guess(batch.rejected_bt, batch.rejected_lens_b)
        total = total + losses.preference_loss(
            losses.sequence_log_probability(logits, labels),
            losses.sequence_log_probability(rejected_logits, rejected_labels),
        )
    top3 = losses.token_accuracy(logits.detach(), labels, end_token=model.config.eos)
    return SemanticLosses(total=total, tokens=labels.numel(), top3=top3)


def corrupt(codes_bt: Tensor, *, end_token: int) -> tuple[Tensor, Tensor]:
    """Repeat or delete a random piece of every row: what the model should find unlikely.

    Works on padded rows, padding included, as the published training did, so a row's new length
    is the length of the whole corrupted row. Returns codes `[b, t']`, padded, and lengths `[b]`.
    """
    rows = []
    for row in codes_bt:
        first, last = sorted(int(v) for v in torch.randint(0, len(row), (2,)))
        piece = row[first:last]
        if torch.rand(()) < 0.5:
            rows.append(torch.cat([row[:last], piece, row[last:]]))
        else:
            rows.append(torch.cat([row[:first], row[last:]]))
    lens = torch.tensor([len(row) for row in rows], device=codes_bt.device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=end_token)
    return padded, lens
