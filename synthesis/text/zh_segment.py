"""Mandarin words with their part of speech, and their readings, from jieba and pypinyin."""

import sys
from functools import cache, lru_cache
from typing import Any

from synthesis.memory import give_back
from synthesis.text.packaged_tables import imported

Word = tuple[str, str]


@cache
def _tokenizer() -> Any:
    # Slow: only texts with Chinese need its dictionary.
    tokenizer = imported("jieba").Tokenizer()
    # jieba would keep its cache in the shared temporary folder, where others could plant one.
    with tokenizer.get_dict_file() as dictionary:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    return tokenizer


@cache
def _tagger() -> Any:
    tokenizer = _tokenizer()
    tagger = imported("jieba.posseg").POSTokenizer(tokenizer)
    # Both hold the same words and few tags, each a copy of its own for every line of the file.
    words = dict(zip(tokenizer.FREQ, tokenizer.FREQ, strict=True))
    tagger.word_tag_tab = {
        words.get(word, word): sys.intern(tag) for word, tag in tagger.word_tag_tab.items()
    }
    del words
    give_back()
    return tagger


@cache
def _pinyin() -> Any:
    # Slow: loads its phrase dictionary.
    pinyin = imported("pypinyin")
    give_back()
    return pinyin


def cut_with_tags(text: str) -> list[Word]:
    """Words of ``text`` with jieba's part-of-speech tag."""
    return [(pair.word, pair.flag) for pair in _tagger().cut(text)]


@lru_cache(maxsize=4096)
def cut_for_search(text: str) -> tuple[str, ...]:
    """Every shorter word that jieba finds inside a word, and the word."""
    return tuple(_tokenizer().cut_for_search(text))


@lru_cache(maxsize=16384)
def _readings(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pinyin = _pinyin()
    initials = pinyin.lazy_pinyin(text, style=pinyin.Style.INITIALS, errors=list)
    finals = pinyin.lazy_pinyin(
        text, style=pinyin.Style.FINALS_TONE3, neutral_tone_with_five=True, errors=list
    )
    return tuple(initials), tuple(finals)


def piece_readings(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Initials and finals of a whole piece, read with its own context."""
    return _readings(text)


def word_initials(text: str) -> list[str]:
    """One initial per character, empty where the syllable has none."""
    return list(_readings(text)[0])


def word_finals(text: str) -> list[str]:
    """One final with tone digit (neutral is 5) per character."""
    return list(_readings(text)[1])


@cache
def _phrases() -> Any:
    return imported("pypinyin.constants").PHRASES_DICT


def is_phrase(text: str) -> bool:
    """Whether pypinyin lists a reading for the whole word."""
    return text in _phrases()
