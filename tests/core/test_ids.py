"""Identifiers: sortable by time, strict when read."""

from __future__ import annotations

import uuid
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceassets.core import ids
from voiceassets.core.errors import NotFound


@settings(deadline=None)
@given(st.uuids())
def test_an_identifier_reads_back_as_the_same_uuid(value: uuid.UUID) -> None:
    text = ids.encode("spk", value)
    assert ids.decode("spk", text) == value
    assert len(text) == 4 + ids.LENGTH


@settings(deadline=None)
@given(st.uuids(), st.uuids())
def test_identifiers_sort_as_their_uuids_do(one: uuid.UUID, other: uuid.UUID) -> None:
    assert (ids.encode("x", one) < ids.encode("x", other)) == (one.int < other.int)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spk",
        "spk_",
        "rec_" + "0" * 26,
        "spk_" + "0" * 25,
        "spk_" + "0" * 27,
        "spk_" + "O" * 26,
        "spk_" + "z" * 26,
        "spk_" + "0" * 25 + "\0",
        "SPK_" + "0" * 26,
        "../etc/passwd",
    ],
)
def test_what_is_no_identifier_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        ids.decode("spk", text)


@settings(deadline=None)
@given(st.text())
def test_reading_any_text_raises_nothing_but_not_found(text: str) -> None:
    with suppress(NotFound):
        ids.decode("spk", text)


def test_new_identifiers_are_version_7_and_grow_with_time() -> None:
    values = [ids.uuid7() for _ in range(200)]
    assert {(value.version, value.variant) for value in values} == {(7, uuid.RFC_4122)}
    milliseconds = [value.int >> 80 for value in values]
    assert milliseconds == sorted(milliseconds)
    assert len(set(values)) == 200
