"""Times from attention: a known alignment is recovered, and one that is none is noticed."""

import numpy as np
import pytest
import torch

from synthesis.decoding.decoder import Decoder
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.speaking.alignment import align, attention, best_path, evenly
from synthesis.types import Timing

PHONES = tuple("abcdefgh")
DURATIONS = (3, 1, 4, 2, 2, 5, 1, 3)
PROMPT_PHONES, PROMPT_CODES = 5, 7


def looking(sharpness: float) -> SemanticModel:
    """A model whose codes carry what they look for: code `i` looks at phone id `i`."""
    config = SemanticConfig(phonemes=40, vocabulary=41, width=64, heads=1, layers=1, bert_width=8)
    model = SemanticModel(config).eval()
    generator = torch.Generator().manual_seed(2)
    table = torch.randn(40, 64, generator=generator)
    table /= table.norm(dim=1, keepdim=True)
    with torch.no_grad():
        model.bert_proj.weight.zero_()
        model.bert_proj.bias.zero_()
        model.ar_text_position.alpha.zero_()
        model.ar_audio_position.alpha.zero_()
        model.ar_text_embedding.word_embeddings.weight.copy_(table)
        model.ar_audio_embedding.word_embeddings.weight[:40] = table
        layer = model.h.layers[0].self_attn
        layer.in_proj_weight.zero_()
        layer.in_proj_weight[:64] = sharpness * torch.eye(64)
        layer.in_proj_weight[64:128] = sharpness * torch.eye(64)
    return model


def looks(model: SemanticModel) -> torch.Tensor:
    """Attention of codes that last as `DURATIONS` says; each code announces the next one."""
    announced = np.repeat(np.arange(len(PHONES)), DURATIONS) + 10
    # The row of a code chooses the one after it, so the last code of the prompt announces first.
    prompt = torch.tensor([*range(30, 30 + PROMPT_CODES - 1), int(announced[0])])
    codes = torch.tensor([*announced[1:].tolist(), 39])
    phones = torch.tensor([*range(20, 20 + PROMPT_PHONES), *range(10, 10 + len(PHONES))])
    found = attention(Decoder(model), phones, torch.zeros(8, len(phones)), prompt, codes)
    assert found.shape == (1, len(codes), len(phones))
    return found[:, :, PROMPT_PHONES:]


def test_a_known_alignment_is_recovered() -> None:
    found = align(looks(looking(10.0)), PHONES)
    assert found.timing is Timing.ATTENTION
    assert found.edges == (0.0, *np.cumsum(DURATIONS))


def test_a_model_that_looks_nowhere_shares_the_sound_evenly() -> None:
    found = align(looks(looking(0.0)), PHONES)
    assert found.timing is Timing.PROPORTION
    assert found.edges == pytest.approx(np.linspace(0, sum(DURATIONS), 9))


def test_attention_that_goes_backwards_is_not_believed() -> None:
    found = align(looks(looking(10.0)).flip(dims=(2,)), PHONES)
    assert found.timing is Timing.PROPORTION


@pytest.mark.parametrize(("codes", "phones"), [(40, 9), (9, 40), (2, 2), (2, 30)])
def test_a_path_never_goes_back_and_reaches_the_end(codes: int, phones: int) -> None:
    weights = np.random.default_rng(5).random((codes, phones))
    path = best_path(weights / weights.sum(axis=1, keepdims=True))
    assert path[0] == 0
    assert path[-1] == phones - 1
    assert (np.diff(path) >= 0).all()


def test_a_mark_takes_longer_than_a_sound_when_they_share() -> None:
    found = evenly(("a", ",", "b"), 10.0, 17.0)
    assert found.edges == pytest.approx((10.0, 12.0, 15.0, 17.0))
