"""The decode loop: batches, limits, stopping, and slots whose unwritten positions never matter."""

import pytest
import torch
from torch import Tensor

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Batch, Ending, Row, Sentence, decode, of_row
from synthesis.decoding.products import Arithmetic, product
from synthesis.decoding.sampling import RowSettings, SeededNoise, probabilities
from synthesis.errors import BrokenVoice, Stopped
from synthesis.models.semantic import SemanticConfig, SemanticModel, sequence_mask
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


@pytest.fixture(scope="module", params=[Arithmetic.FLOAT32, Arithmetic.INT8])
def decoder(model: SemanticModel, request: pytest.FixtureRequest) -> Decoder:
    return Decoder(model, request.param)


def codes(decoder: Decoder, rows: list[int], limit: int = 60) -> list[list[int]]:
    found = decode(
        decoder,
        [sentence(row) for row in rows],
        PROMPT,
        Sampling(),
        SeededNoise([100 + row for row in rows]),
        limits=[limit] * len(rows),
    )
    return [one.codes.tolist() for one in found]


def row_of(number: int, limit: int = 60, **settings: float) -> Row:
    return Row(
        sentence=sentence(number),
        prompt=PROMPT,
        sampling=Sampling(**settings),  # type: ignore[arg-type]
        noise=of_row(SeededNoise([100 + number]), 0),
        limit=limit,
    )


@torch.inference_mode()
def test_it_computes_what_the_model_computes(model: SemanticModel) -> None:
    decoder = Decoder(model)
    text, generator = sentence(1), torch.Generator().manual_seed(9)
    drawn = torch.randint(0, 64, (5,), generator=generator)
    slots = decoder.slots(1, 40)
    found = [decoder.read(text.phones, text.bert, PROMPT, slots, slots.take())[None]]
    for count, code in enumerate(drawn):
        start = len(PROMPT) + count
        found.append(decoder.step(code[None], [start], slots, [0], [len(text.phones) + start]))
    together = torch.cat([PROMPT, drawn])[None]
    x = torch.cat(
        [model.embed_text(text.phones[None], text.bert[None]), model.embed_codes(together)], dim=1
    )
    hidden = torch.zeros(1, x.shape[1], dtype=torch.bool)
    out = model.h(x, sequence_mask(len(text.phones), together.shape[1], hidden))
    expected = model.ar_predict_layer(out[0, -len(drawn) - 1 :])
    torch.testing.assert_close(torch.cat(found), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("arithmetic", Arithmetic)
def test_a_sentence_has_the_same_codes_alone_and_in_a_batch(
    model: SemanticModel, arithmetic: Arithmetic
) -> None:
    decoder = Decoder(model, arithmetic)
    together = codes(decoder, [0, 1, 2])
    assert together == [codes(decoder, [row])[0] for row in (0, 1, 2)]
    assert together[2] == codes(decoder, [2, 0])[0]


def test_the_logits_of_a_row_do_not_depend_on_the_others(decoder: Decoder) -> None:
    def logits(rows: list[int]) -> Tensor:
        seen: list[Tensor] = []
        decode(
            decoder,
            [sentence(row) for row in rows],
            PROMPT,
            Sampling(),
            SeededNoise([100 + row for row in rows]),
            limits=[8] * len(rows),
            on_logits=lambda _step, found: seen.append(found[-1]),
        )
        return torch.stack(seen)

    assert torch.equal(logits([2]), logits([0, 1, 2]))


def test_a_row_with_other_settings_that_joins_later_has_the_codes_it_has_alone(
    decoder: Decoder,
) -> None:
    def run(*arrivals: tuple[int, Row]) -> None:
        batch = Batch(decoder, decoder.slots(2, 100))
        for _ in range(200):
            for row in [row for at, row in arrivals if at == len(passed)]:
                batch.join(row)
            batch.step()
            passed.append(1)
            if all(row.over for _, row in arrivals):
                return

    found: list[list[list[int]]] = []
    for alone in (True, False):
        first, second = row_of(0), row_of(1, top_k=3, top_p=0.8, temperature=0.7)
        for group in [[(0, first)], [(0, second)]] if alone else [[(0, first), (7, second)]]:
            passed: list[int] = []
            run(*group)
        found.append([first.codes, second.codes])
    assert found[0] == found[1]


def test_what_the_last_row_left_in_a_slot_takes_no_part(decoder: Decoder) -> None:
    found: list[list[int]] = []
    for left in (0.0, 100.0):
        slots = decoder.slots(1, 100)
        for buffer in slots.buffers:
            buffer.fill_(left)
        batch, row = Batch(decoder, slots), row_of(0)
        batch.join(row)
        while batch.rows:
            batch.step()
        found.append(row.codes)
        assert slots.free == 1
    assert found[0] == found[1]


def test_a_broken_row_leaves_nothing_behind_that_is_no_number(decoder: Decoder) -> None:
    batch = Batch(decoder, decoder.slots(1, 100))
    broken, after = row_of(0), row_of(2)
    broken.sentence.bert[:, -1] = float("nan")
    for row in (broken, after):
        batch.join(row)
        while batch.rows:
            batch.step()
    assert broken.broken
    assert after.codes == codes(decoder, [2])[0]


def test_rows_in_scattered_slots_have_the_codes_they_have_alone(decoder: Decoder) -> None:
    batch = Batch(decoder, decoder.slots(5, 100))
    rows = [row_of(number, limit) for number, limit in ((0, 20), (1, 4), (2, 20), (0, 4), (1, 20))]
    for row in rows:
        batch.join(row)
    late = row_of(2, 20)
    while batch.rows:
        batch.step()
        if rows[1].over and late.slot < 0:
            batch.join(late)
            assert [row.slot for row in batch.rows] == [0, 1, 2, 4]
    for number, row in ((0, rows[0]), (2, rows[2]), (1, rows[4]), (2, late)):
        assert row.codes == codes(decoder, [number], 20)[0]


def test_a_row_whose_logits_are_no_numbers_breaks_alone(decoder: Decoder) -> None:
    batch = Batch(decoder, decoder.slots(2, 100))
    sound, broken = row_of(0), row_of(1)
    batch.join(sound)
    batch.join(broken)
    batch.logits = batch.logits.index_fill(0, torch.tensor([1]), float("nan"))
    assert batch.step() == [broken]
    while batch.rows:
        batch.step()
    assert sound.codes == codes(decoder, [0])[0]
    with pytest.raises(BrokenVoice):
        broken.decoded()


def test_a_row_ends_at_its_own_limit(decoder: Decoder) -> None:
    found = decode(
        decoder,
        [sentence(0), sentence(1)],
        PROMPT,
        Sampling(),
        SeededNoise([1, 2]),
        limits=[5, 8],
    )
    assert [len(one.codes) for one in found] == [5, 8]
    assert {one.ending for one in found} == {Ending.LIMIT}


def test_a_stop_is_obeyed_between_steps(decoder: Decoder) -> None:
    asked: list[int] = []

    def stop_at_the_third() -> bool:
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(Stopped):
        decode(
            decoder,
            [sentence(0)],
            PROMPT,
            Sampling(),
            SeededNoise([1]),
            should_stop=stop_at_the_third,
        )
    assert len(asked) == 3


@pytest.mark.parametrize("top_k", [1, 3, 7])
def test_equal_logits_at_the_edge_of_top_k_all_stay(top_k: int) -> None:
    logits: Tensor = torch.tensor([[5.0, 4.0, 4.0, 4.0, 1.0]])
    rows = RowSettings.of([Sampling(top_k=top_k)])
    kept = int((probabilities(logits, rows) > 0).sum())
    assert kept == {1: 1, 3: 4, 7: 5}[top_k]


def test_an_eight_bit_product_of_nothing_but_zeros_is_the_bias() -> None:
    weight, bias = torch.randn(4, 8), torch.arange(4.0)
    multiply = product(weight, bias, Arithmetic.INT8)
    rows = torch.stack([torch.zeros(8), torch.ones(8)])
    assert torch.equal(multiply(rows)[0], bias)
    torch.testing.assert_close(multiply(rows)[1], weight.sum(dim=1) + bias, atol=0.1, rtol=0.02)
