"""The losses: zero where nothing is wrong, larger where more is."""

import torch
from torch import Tensor

from training import losses


def test_a_discriminator_that_is_never_wrong_has_no_loss() -> None:
    real, fake = [torch.ones(2, 5), torch.ones(2, 3)], [torch.zeros(2, 5), torch.zeros(2, 3)]
    assert losses.discriminator_loss(real, fake) == 0
    assert losses.adversarial_loss(fake) == 2
    assert losses.adversarial_loss(real) == 0


def test_equal_feature_maps_match_and_only_the_generated_side_learns() -> None:
    real = [[torch.ones(1, 4, requires_grad=True)]]
    fake = [[torch.zeros(1, 4, requires_grad=True)]]
    assert losses.feature_matching_loss(real, real) == 0
    loss = losses.feature_matching_loss(real, fake)
    assert loss == 2
    loss.backward()  # type: ignore[no-untyped-call]
    assert real[0][0].grad is None
    assert fake[0][0].grad is not None


def test_the_divergence_counts_frames_and_ignores_padding() -> None:
    z_p, zero = torch.ones(1, 3, 4), torch.zeros(1, 3, 4)
    mask = torch.tensor([[[1.0, 1.0, 0.0, 0.0]]])
    # Per channel 0.5 * 1 - 0.5 = 0 at distance one, and 0.5 * 4 - 0.5 at distance two.
    assert losses.prior_kl_loss(z_p, zero, zero, zero, mask) == 0
    assert losses.prior_kl_loss(2 * z_p, zero, zero, zero, mask) == 3 * 1.5


def test_end_tokens_do_not_count_as_guessed() -> None:
    logits = torch.zeros(1, 3, 6)
    logits[0, :, [1, 2, 5]] = 1.0
    labels = torch.tensor([[1, 4, 5]])
    assert losses.token_accuracy(logits, labels, end_token=5) == 0.5
    assert losses.token_accuracy(logits, torch.full((1, 3), 5), end_token=5) == 0.0


def test_preferring_the_true_sequence_costs_less() -> None:
    def cost(chosen: float, rejected: float) -> Tensor:
        return losses.preference_loss(torch.tensor([chosen]), torch.tensor([rejected]))

    assert cost(-10, -20) < cost(-10, -10) < cost(-20, -10)
