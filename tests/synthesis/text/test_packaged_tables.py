"""What the front end takes from installed packages."""

import pytest

from synthesis.errors import EngineError
from synthesis.text.packaged_tables import imported, package_folder
from synthesis.text.zh_words import (
    QUANTIFIERS,
    erhua_words,
    neutral_words,
    not_neutral_words,
    simplified_table,
)


def test_the_word_lists_have_the_sizes_that_checkpoints_were_trained_with() -> None:
    assert len(neutral_words()) == 420
    assert len(not_neutral_words()) == 40
    assert len(erhua_words()) == 8
    assert len(set(QUANTIFIERS)) == 198


def test_the_character_table_keeps_its_own_choices() -> None:
    assert "麼乾國".translate(simplified_table()) == "麽乾国"


@pytest.mark.parametrize("ask", [imported, package_folder])
def test_a_missing_package_is_named(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(EngineError) as refusal:
        ask("no_such_package_here")
    assert refusal.value.code == "text_package_missing"
    assert refusal.value.data == {"package": "no_such_package_here"}
