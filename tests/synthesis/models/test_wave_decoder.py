"""The layout that a processor likes, and the shorter format, against the plain computation."""

from __future__ import annotations

import pytest
import torch

from synthesis.models.vits import AcousticConfig
from synthesis.models.wave_decoder import PIECE_FRAMES, WaveDecoder
from synthesis.models.weight_norm import Normed, fold_weight_norm

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


def test_long_sound_rendered_in_pieces_is_the_sound_rendered_at_once() -> None:
    torch.manual_seed(4)
    config = AcousticConfig.for_version("v2ProPlus")
    decoder = WaveDecoder(
        8,
        4,
        width=32,
        rates=config.rates,
        kernels=config.rate_kernels,
        block_kernels=config.block_kernels,
        dilations=config.dilations,
    ).eval()
    decoder.requires_grad_(False)
    for part in decoder.modules():
        if isinstance(part, Normed):
            part.weight_v.normal_()
    fold_weight_norm(decoder)
    latent = torch.randn(1, 8, PIECE_FRAMES + 40)
    whole = decoder(latent, STYLE)
    decoder.lay_side_by_side()
    pieced = decoder(latent, STYLE)
    seam = 640 * (PIECE_FRAMES + 40) // 2
    for part in (slice(None), slice(seam - 640, seam + 640)):
        spread = float(whole[..., part].std())
        assert spread > 1e-4
        assert float((pieced - whole)[..., part].abs().max()) < 1e-3 * spread


def test_the_shorter_format_stays_near_and_ends_in_float32(decoder: WaveDecoder) -> None:
    latent = torch.randn(1, 8, 9)
    plain = decoder(latent, STYLE)
    fold_weight_norm(decoder)
    decoder.lay_side_by_side()
    decoder.lower(torch.bfloat16)
    short = decoder(latent, STYLE)
    assert short.dtype == torch.float32
    assert float((short - plain).norm() / plain.norm()) < 0.05
