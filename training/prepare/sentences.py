"""What can be told from a sentence alone: its language, where it ends, how it joins another."""

import re
from collections.abc import Sequence
from typing import Final

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]")
_KANA: Final = re.compile("[\u3040-\u30ff]")
_HANGUL: Final = re.compile("[\uac00-\ud7af]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_OWN_SCRIPTS: Final = {
    "zh": (_HAN,),
    "yue": (_HAN,),
    "ja": (_KANA, _HAN),
    "ko": (_HANGUL,),
}
_TELLING_SCRIPTS: Final = {"ko": _HANGUL, "ja": _KANA, "zh": _HAN}
FEWEST_WITHOUT_KANA: Final = 3
_SENTENCE_END: Final = re.compile(r"(?<=[。！？；])(?=[^\W_])|(?<=[.!?;])\s+")


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a line, each with its own end mark."""
    return tuple(part.strip() for part in _SENTENCE_END.split(text) if part.strip())


def language_of(text: str, recording_language: str) -> str:
    """The language of a sentence whose transcript names none.

    That of the recording, unless that is "auto" or the sentence is in another script: an English
    sentence in a Mandarin recording is English.
    """
    own = _OWN_SCRIPTS.get(recording_language, ())
    if any(script.search(text) for script in own):
        return recording_language
    for language, script in _TELLING_SCRIPTS.items():
        if script.search(text):
            return language
    is_foreign = bool(own) and _LATIN.search(text) is not None
    return "en" if is_foreign or recording_language == "auto" else recording_language


def languages_of(texts: Sequence[str], recording_language: str) -> list[str]:
    """The language of each sentence of a whole transcript, which tells more than one sentence.

    Han alone may be Japanese in a sentence; in `FEWEST_WITHOUT_KANA` or more of them it is not.
    """
    kana = any(_KANA.search(text) for text in texts)
    if recording_language == "ja" and not kana and len(texts) >= FEWEST_WITHOUT_KANA:
        recording_language = "auto"
    return [language_of(text, recording_language) for text in texts]


def join_texts(first: str, second: str) -> str:
    """Two sentences as one text: a space between them unless both sides are Chinese or Japanese."""
    wide = _is_wide(first[-1]) and _is_wide(second[0])
    return first + ("" if wide else " ") + second


def _is_wide(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
