"""The text of the implicit label, character by character."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceassets.provenance.label import Content, Label, LabelError

ALLOWED = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"\\')
LABEL = Label(
    content=Content.GENERATED,
    content_producer="0011" + "91110000MA01ABCD2X" + "1" + "0000",
    produce_id="ast_01",
    content_propagator="propagator-7",
    propagate_id="p-9",
    reserved_code_1="r1",
)


def test_it_is_spelt_as_annex_e_shows_it() -> None:
    assert LABEL.as_text() == (
        '{"AIGC":{"Label":"1","ContentProducer":"001191110000MA01ABCD2X10000",'
        '"ProduceID":"ast_01","ReservedCode1":"r1","ContentPropagator":"propagator-7",'
        '"PropagateID":"p-9","ReservedCode2":""}}'
    )


def test_at_first_the_propagator_is_the_producer() -> None:
    fields = Label.first(producer="acme", produce_id="ast_02").as_dict()["AIGC"]
    assert fields["ContentPropagator"] == fields["ContentProducer"] == "acme"
    assert fields["PropagateID"] == fields["ProduceID"] == "ast_02"
    assert fields["Label"] == "1"


@pytest.mark.parametrize("wrong", ["a b", 'a"b', "a\\b", "中文", "a\n", "\x7f", "\x00"])
def test_it_refuses_characters_the_standard_does_not_allow(wrong: str) -> None:
    with pytest.raises(LabelError, match="ContentProducer"):
        Label.first(producer=wrong, produce_id="x")


@settings(deadline=None)
@given(st.text(alphabet=ALLOWED, max_size=40), st.text(alphabet=ALLOWED, max_size=40))
def test_any_allowed_label_reads_back_as_itself(producer: str, produce_id: str) -> None:
    label = Label.first(producer=producer, produce_id=produce_id)
    assert Label.from_text(label.as_text()) == label


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"AIGC":1}',
        '{"AIGC":{"Label":"1"}}',
        LABEL.as_text().replace('"Label":"1"', '"Label":"7"'),
        LABEL.as_text().replace('"ast_01"', '"a b"'),
        LABEL.as_text().replace('"ast_01"', "5"),
    ],
)
def test_a_malformed_label_is_not_a_label(text: str) -> None:
    with pytest.raises(LabelError):
        Label.from_text(text)
