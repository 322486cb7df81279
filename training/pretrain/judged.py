"""The autoencoder stage against discriminators, which hear what distances of spectra do not.

Shapes: b batch, s samples.
"""

from typing import Any

import torch
from torch import Tensor, nn

from training import losses
from training.acoustic import frozen
from training.device import on_device
from training.discriminators import PERIODS, DiscriminatorConfig, Discriminators
from training.pretrain.autoencoder import AutoencoderTask, Segments
from training.pretrain.learner import Learner
from training.pretrain.recipe import Recipe


class JudgedLearner(Learner[Segments]):
    """Moves discriminators beside the autoencoder, which from `from_step` on learns from them."""

    def __init__(self, task: AutoencoderTask, recipe: Recipe) -> None:
        assert recipe.discriminators is not None, "chosen by whoever saw them in the recipe"
        pace = recipe.stages.autoencoder
        super().__init__(task, pace, precision=recipe.precision, device=recipe.device)
        self.task = task
        self.settings = recipe.discriminators
        config = DiscriminatorConfig(
            periods=PERIODS[recipe.acoustic.version],
            channel_divisor=self.settings.channel_divisor,
        )
        self.discriminators = Discriminators(config).to(self.device)
        self.discriminator_optimizer = torch.optim.AdamW(
            self.discriminators.parameters(), lr=self.settings.learning_rate, betas=pace.betas
        )

    def step(self, batch: Segments) -> dict[str, float]:
        """Move the discriminators, then the autoencoder against them; return all losses."""
        batch = on_device(batch, self.device)
        with self.numbers.lowered():
            made_b1s, parts = self.task.copied(batch)
        if self.steps_done < self.settings.from_step:
            return self.descend(parts)
        true_b1s = batch.wave_bs[:, None]
        discriminator_loss = self._teach(true_b1s, made_b1s.detach())
        with frozen(self.discriminators):
            found = self.descend(parts | self._opinions(true_b1s, made_b1s))
        return {"discriminator": discriminator_loss, **found}

    def _teach(self, true_b1s: Tensor, made_b1s: Tensor) -> float:
        with self.numbers.lowered():
            judged = self.discriminators(torch.cat([true_b1s, made_b1s])).exact()
        pairs = [score.chunk(2) for score in judged.scores]
        loss = losses.discriminator_loss([true for true, _ in pairs], [made for _, made in pairs])
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        self.numbers.backward(loss)
        self.numbers.unscale(self.discriminator_optimizer)
        nn.utils.clip_grad_norm_(self.discriminators.parameters(), self.pace.clip)
        self.numbers.move(self.discriminator_optimizer)
        return loss.item()

    def _opinions(self, true_b1s: Tensor, made_b1s: Tensor) -> dict[str, Tensor]:
        with self.numbers.lowered():
            with torch.no_grad():
                true = self.discriminators(true_b1s).exact()
            made = self.discriminators(made_b1s).exact()
        weight = self.settings.weight
        return {
            "adversarial": weight * losses.adversarial_loss(made.scores),
            "features": weight * losses.feature_matching_loss(true.maps, made.maps),
        }

    def state_dict(self) -> dict[str, Any]:
        """As of every learner, with the discriminators and their optimiser."""
        return {
            **super().state_dict(),
            "discriminators": self.discriminators.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state of `state_dict`; one of a learner without judges leaves these new."""
        super().load_state_dict(state)
        if "discriminators" not in state:
            return
        self.discriminators.load_state_dict(state["discriminators"])
        self.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
