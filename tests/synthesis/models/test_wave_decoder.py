"""The layout that a processor likes, and the shorter format, against the plain computation."""

from __future__ import annotations

import pytest
import torch

from synthesis.models.wave_decoder import WaveDecoder
from synthesis.models.weight_norm import fold_weight_norm

STYLE = torch.zeros(1, 4, 1)


@pytest.fixture
def decoder() -> WaveDecoder:
    torch.manual_seed(3)
    decoder = WaveDecoder(
        8,
        4,
        width=32,
        rates=(5, 2),
        kernels=(11, 4),
        block_kernels=(3, 7),
        dilations=(1, 3),
    ).eval()
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return decoder.requires_grad_(False)


def test_folded_and_side_by_side_it_makes_the_same_wave(decoder: WaveDecoder) -> None:
    latent = torch.randn(2, 8, 9)
    plain = decoder(latent, STYLE)
    fold_weight_norm(decoder)
    decoder.lay_side_by_side()
    assert plain.shape == (2, 1, 90)
    assert float(plain.std()) > 0.01
    torch.testing.assert_close(decoder(latent, STYLE), plain, atol=2e-5, rtol=0)


def test_the_shorter_format_stays_near_and_ends_in_float32(decoder: WaveDecoder) -> None:
    latent = torch.randn(1, 8, 9)
    plain = decoder(latent, STYLE)
    fold_weight_norm(decoder)
    decoder.lay_side_by_side()
    decoder.lower(torch.bfloat16)
    short = decoder(latent, STYLE)
    assert short.dtype == torch.float32
    assert float((short - plain).norm() / plain.norm()) < 0.05
