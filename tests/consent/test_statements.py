"""The statement names both sides in every language, and a transcript is judged by its letters."""

from __future__ import annotations

import pytest

from voiceassets.consent.statements import (
    NEAR_ENOUGH_PERCENT,
    TEXTS,
    likeness_percent,
    statement,
)
from voiceassets.core.errors import Invalid


@pytest.mark.parametrize("language", ["zh", "en", "ja", "ko", "yue"])
def test_it_names_the_person_and_the_company(language: str) -> None:
    said = statement(language, person=" Li Hua ", company="Acme")
    assert "Li Hua" in said.text
    assert "Acme" in said.text
    assert "{" not in said.text
    assert said.version.startswith(language)


@pytest.mark.parametrize("language", list(TEXTS))
def test_each_statement_is_like_itself_and_like_no_other(language: str) -> None:
    text = statement(language, person="Li Hua", company="Acme").text
    assert likeness_percent(text, text) == 100
    for other in set(TEXTS) - {language}:
        unlike = statement(other, person="Li Hua", company="Acme").text
        assert likeness_percent(text, unlike) < NEAR_ENOUGH_PERCENT


def test_punctuation_case_and_width_do_not_count_and_a_slip_counts_little() -> None:
    text = statement("en", person="Li Hua", company="Acme").text
    assert likeness_percent(text, text.upper().replace(",", " ").replace(".", "")) == 100
    slip = text.replace("recordings", "recording").replace("agree", "a green")
    assert NEAR_ENOUGH_PERCENT <= likeness_percent(text, slip) < 100
    half = text[: len(text) // 2]
    assert likeness_percent(text, half) < NEAR_ENOUGH_PERCENT
    assert likeness_percent("ＡＢ１", "ab1") == 100


@pytest.mark.parametrize(
    ("one", "other", "percent"),
    [("abc", "abc", 100), ("abc", "", 0), ("", "", 100), ("ab", "b", 50)],
)
def test_the_likeness_is_what_the_edit_distance_leaves(one: str, other: str, percent: int) -> None:
    assert likeness_percent(one, other) == percent


def test_a_language_without_a_statement_is_refused() -> None:
    with pytest.raises(Invalid):
        statement("fr", person="Li Hua", company="Acme")
    with pytest.raises(Invalid):
        statement("en", person=" ", company="Acme")
