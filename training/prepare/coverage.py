"""Which phones and tones of a language a set of sentences holds, and which it lacks.

Tones and stress are counted apart from the phones that carry them. Only Mandarin and English are
counted: what they could hold is known.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from synthesis.errors import EngineError
from synthesis.text import phonemize
from synthesis.text.pinyin_phones import MANDARIN_FINALS, MANDARIN_INITIALS
from synthesis.text.symbols import arpabet

TONES = {"zh": "12345", "en": "012"}
INVENTORY = {
    "zh": frozenset((*MANDARIN_INITIALS, *MANDARIN_FINALS)),
    "en": frozenset(phone.rstrip(TONES["en"]) for phone in arpabet()),
}


@dataclass(frozen=True, kw_only=True)
class LanguageCoverage:
    """Of one language: how often each phone and tone (in English: stress) occurs."""

    phones: dict[str, int]
    missing: tuple[str, ...]
    share: float
    tones: dict[str, int]


def coverage(sentences: Iterable[tuple[str, str]]) -> dict[str, LanguageCoverage]:
    """By language, of sentences with theirs; what the front end cannot read is left out."""
    phones: dict[str, Counter[str]] = {}
    tones: dict[str, Counter[str]] = {}
    for text, language in sentences:
        try:
            runs = phonemize(text, language)
        except EngineError:
            continue
        for run in runs:
            if run.language in INVENTORY:
                _count(
                    run.phones,
                    run.language,
                    phones.setdefault(run.language, Counter()),
                    tones.setdefault(run.language, Counter()),
                )
    return {
        language: LanguageCoverage(
            phones=dict(sorted(counted.items())),
            missing=tuple(sorted(INVENTORY[language] - set(counted))),
            share=round(len(counted) / len(INVENTORY[language]), 3),
            tones={tone: tones[language][tone] for tone in TONES[language]},
        )
        for language, counted in sorted(phones.items())
    }


def as_plain(found: dict[str, LanguageCoverage]) -> dict[str, Any]:
    """Plain values for JSON."""
    return {language: asdict(covered) for language, covered in found.items()}


def _count(said: Iterable[str], language: str, phones: Counter[str], tones: Counter[str]) -> None:
    for phone in said:
        bare, mark = phone, ""
        if phone not in INVENTORY[language] and phone[-1] in TONES[language]:
            bare, mark = phone[:-1], phone[-1]
        if bare not in INVENTORY[language]:
            continue
        phones[bare] += 1
        if mark:
            tones[mark] += 1
