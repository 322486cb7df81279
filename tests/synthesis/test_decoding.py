"""The decode loop: batches, limits, stopping, and a cache whose unwritten slots never matter."""

import copy

import pytest
import torch
from torch import Tensor

from synthesis import decoding
from synthesis.decoding import Ending, Sentence, decode
from synthesis.errors import Stopped
from synthesis.models.kv_cache import KvCache
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.sampling import SeededNoise, probabilities
from synthesis.types import Sampling
from tests.parity import fill

PROMPT = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
LENGTHS = (9, 14, 6)


@pytest.fixture(scope="module")
def model() -> SemanticModel:
    made = SemanticModel(
        SemanticConfig(phonemes=50, vocabulary=65, width=64, heads=4, layers=3, bert_width=16)
    )
    made.load_state_dict(
        {
            key: torch.from_numpy(fill.fill("decoding", key, tuple(value.shape)))
            for key, value in made.state_dict().items()
        }
    )
    return made.eval()


def sentence(row: int) -> Sentence:
    generator = torch.Generator().manual_seed(row)
    return Sentence(
        phones=torch.randint(0, 50, (LENGTHS[row],), generator=generator),
        bert=torch.randn(16, LENGTHS[row], generator=generator),
    )


def codes(model: SemanticModel, rows: list[int], limit: int = 60) -> list[list[int]]:
    found = decode(
        model,
        [sentence(row) for row in rows],
        PROMPT,
        Sampling(),
        SeededNoise([100 + row for row in rows]),
        limits=[limit] * len(rows),
    )
    return [one.codes.tolist() for one in found]


def test_a_sentence_has_the_same_codes_alone_and_in_a_batch(model: SemanticModel) -> None:
    together = codes(model, [0, 1, 2])
    assert together == [codes(model, [row])[0] for row in (0, 1, 2)]
    assert together[2] == codes(model, [2, 0])[0]


def test_slots_that_were_never_written_are_never_read(
    model: SemanticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = codes(model, [0, 1])

    class PoisonedCache(KvCache):
        def __init__(self, **sizes: object) -> None:
            super().__init__(**sizes)  # type: ignore[arg-type]
            for buffer in (*self.keys, *self.values):
                buffer.fill_(float("nan"))

    monkeypatch.setattr(decoding, "KvCache", PoisonedCache)
    assert codes(model, [0, 1]) == expected


def test_a_row_ends_at_its_own_limit(model: SemanticModel) -> None:
    found = decode(
        model,
        [sentence(0), sentence(1)],
        PROMPT,
        Sampling(),
        SeededNoise([1, 2]),
        limits=[5, 8],
    )
    assert [len(one.codes) for one in found] == [5, 8]
    assert {one.ending for one in found} == {Ending.LIMIT}


def test_a_stop_is_obeyed_between_steps(model: SemanticModel) -> None:
    asked: list[int] = []

    def stop_at_the_third() -> bool:
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(Stopped):
        decode(
            model,
            [sentence(0)],
            PROMPT,
            Sampling(),
            SeededNoise([1]),
            should_stop=stop_at_the_third,
        )
    assert len(asked) == 3


def test_a_full_cache_refuses_more() -> None:
    cache = KvCache(
        layers=1,
        rows=1,
        heads=1,
        slots=2,
        head_width=4,
        dtype=torch.float32,
        device=torch.device("cpu"),
    )
    with pytest.raises(ValueError, match="holds 2 positions"):
        cache.append(0, torch.zeros(1, 1, 3, 4), torch.zeros(1, 1, 3, 4))


def test_the_order_of_weights_in_memory_changes_no_code(model: SemanticModel) -> None:
    relaid = copy.deepcopy(model)
    relaid.lay_out_for_decoding()
    assert not relaid.ar_predict_layer.weight.is_contiguous()
    assert codes(relaid, [0, 1, 2]) == codes(model, [0, 1, 2])
    for key, value in relaid.state_dict().items():
        assert torch.equal(value, model.state_dict()[key])


@pytest.mark.parametrize("top_k", [1, 3, 7])
def test_equal_logits_at_the_edge_of_top_k_all_stay(top_k: int) -> None:
    logits: Tensor = torch.tensor([[5.0, 4.0, 4.0, 4.0, 1.0]])
    kept = int((probabilities(logits, Sampling(top_k=top_k)) > 0).sum())
    assert kept == {1: 1, 3: 4, 7: 5}[top_k]
