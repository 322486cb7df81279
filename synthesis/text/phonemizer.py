"""`phonemize`: a text and a language mode in, runs of phones out, by one of the two profiles."""

from typing import Literal

from synthesis.errors import UnspeakableText
from synthesis.text import compat, studio
from synthesis.text.lexicon import Lexicon
from synthesis.text.runs import TextRun

Profile = Literal["studio", "compat"]

LONGEST_TEXT = 1000
NO_WORDS = Lexicon(())


def phonemize(
    text: str,
    language: str,
    *,
    profile: Profile = "studio",
    version: str = "v2",
    lexicon: Lexicon = NO_WORDS,
) -> tuple[TextRun, ...]:
    """Runs of phones for one sentence or short text, in reading order.

    ``language`` is a mode: ``zh`` ``en`` ``ja`` ``ko`` ``yue`` (each mixed with English), ``auto``,
    ``auto_yue``, or ``all_zh`` and the like.  ``version`` chooses the inventory: ``v1``, or any
    later family.  The studio profile follows inline markup (see `synthesis.text.markup`) and the
    entries of ``lexicon``; compat takes markup for text.

    Raises `UnspeakableText` for a text without anything to say or of more than 1000 characters,
    and `EngineError` for an unknown language or markup that cannot be followed.
    """
    if len(text) > LONGEST_TEXT:
        raise UnspeakableText(
            f"The text has {len(text)} characters, over {LONGEST_TEXT}: cut it into sentences.",
            code="text_too_long",
            data={"characters": len(text), "limit": LONGEST_TEXT},
        )
    if profile == "compat":
        return compat.phonemize(text, language, version=version)
    return studio.phonemize(text, language, version=version, lexicon=lexicon)


_SAMPLES = {
    "zh": "预热1次hello hyperlocals。",
    "en": "warm up 1 hyperlocal",
    "ja": "準備、ok",
    "ko": "준비 1",
    "yue": "準備好",
}


def warm_up(languages: tuple[str, ...] = ("zh", "en")) -> None:
    """Load the dictionaries of these languages, so that the first sentence is not a slow one."""
    for language in languages:
        if language in _SAMPLES:
            phonemize(_SAMPLES[language], language)
