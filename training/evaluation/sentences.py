"""The fixed texts that voices are measured on, by language."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en", "mixed")
_FILE = Path(__file__).with_name("sentences.toml")


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """Whole sentences, short phrases of two to four syllables or words, and the report's set."""

    sentences: tuple[str, ...]
    phrases: tuple[str, ...]
    report: tuple[str, ...]


@cache
def sentences(language: str) -> Sentences:
    """The texts of one of `LANGUAGES`."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))[language]
    return Sentences(**{name: tuple(texts) for name, texts in table.items()})


def all_texts() -> tuple[str, ...]:
    """Every text that a measurement uses, and that no training may have seen."""
    return tuple(
        text
        for language in LANGUAGES
        for group in (
            sentences(language).sentences,
            sentences(language).phrases,
            sentences(language).report,
        )
        for text in group
    )
