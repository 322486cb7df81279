"""Texts for a corpus: seeded, all different, from word lists and from sentences of this project."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis.text.en_dictionary import dictionary
from synthesis.text.packaged_tables import imported, package_folder

LANGUAGES = ("zh", "en", "mixed")
_SHARES = (0.4, 0.4, 0.2)
_SHORT_SHARE = 0.25
_WRITTEN_SHARE = 0.35
_SENTENCES = Path(__file__).with_name("sentences.toml")

_FEWEST_USES = 200
_ENGLISH_WORDS = 12_000
# Names of people and places, and words that are not Mandarin of today, stay out.
_LEFT_OUT_TAGS = frozenset(("nr", "ns", "nt", "nz", "nrt", "nrfg", "x", "eng", "zg", "g"))
_HAN = re.compile(r"[一-鿿]{1,4}")
_LETTERS = re.compile(r"[a-z]{3,12}")
_SLOT = re.compile(r"\{(\w+)\}")
_WORDS_ONLY = re.compile(r"[^\w]+")
_ENDS = ("。", "。", "。", "。", "？", "！")
_ENGLISH_ENDS = (".", ".", ".", ".", "?", "!")


@dataclass(frozen=True, kw_only=True)
class CorpusText:
    """What is to be said, and in which language: zh, en or mixed."""

    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class _WordList:
    words: tuple[str, ...]
    chances: NDArray[np.float64]

    def draw(self, chance: np.random.Generator) -> str:
        return self.words[int(chance.choice(len(self.words), p=self.chances))]


def same_text(text: str) -> str:
    """What two texts have in common that differ only in case and punctuation."""
    return _WORDS_ONLY.sub("", text).lower()


def generate(seed: int, *, without: frozenset[str] = frozenset()) -> Iterator[CorpusText]:
    """Texts without end, none twice and none whose `same_text` is in ``without``."""
    chance = np.random.default_rng(seed)
    said = set(without)
    while True:
        language = LANGUAGES[int(chance.choice(len(LANGUAGES), p=_SHARES))]
        makers = [_MAKERS[language]]
        if chance.random() < _WRITTEN_SHARE:
            makers.insert(0, partial(_written_text, language))
        for maker in makers:
            text = maker(chance)
            key = same_text(text)
            if key and key not in said:
                said.add(key)
                yield CorpusText(text=text, language=language)
                break


@cache
def _sentences() -> dict[str, Any]:
    return tomllib.loads(_SENTENCES.read_text(encoding="utf-8"))


def _written_text(language: str, chance: np.random.Generator) -> str:
    """A sentence written for this project, its slots filled by chance."""
    table = _sentences()[language]

    def fill(match: re.Match[str]) -> str:
        limits = _sentences()["numbers"].get(match[1])
        if limits:
            return str(chance.integers(limits[0], limits[1] + 1))
        return str(chance.choice(table["slots"][match[1]]))

    return _SLOT.sub(fill, str(chance.choice(table["sentences"])))


@cache
def _mandarin() -> _WordList:
    counts: dict[str, int] = {}
    path = package_folder("jieba") / "dict.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        word, count, tag = line.split(" ")
        if tag not in _LEFT_OUT_TAGS and int(count) >= _FEWEST_USES and _HAN.fullmatch(word):
            counts[word] = int(count)
    return _weighted(counts)


@cache
def _english() -> _WordList:
    segmenter = imported("wordsegment")
    segmenter.load()
    known = dictionary()
    left_out = frozenset(_sentences()["en"]["left_out"])
    counts: dict[str, int] = {}
    for word, count in sorted(segmenter.UNIGRAMS.items(), key=lambda item: -item[1]):
        if word in known and word not in left_out and _LETTERS.fullmatch(word):
            counts[word] = int(count)
        if len(counts) == _ENGLISH_WORDS:
            break
    return _weighted(counts)


def _weighted(counts: dict[str, int]) -> _WordList:
    # The square root keeps rare words, and with them rare phones, in the corpus.
    weights = np.sqrt(np.array(list(counts.values()), dtype=np.float64))
    return _WordList(words=tuple(counts), chances=weights / weights.sum())


def _mandarin_text(chance: np.random.Generator) -> str:
    short = chance.random() < _SHORT_SHARE
    wanted = int(chance.integers(1, 5) if short else chance.integers(5, 21))
    text, count, since = "", 0, 0
    while count < wanted:
        word = _mandarin().draw(chance)
        if count and count + len(word) > wanted:
            word = word[: wanted - count]
        if since >= 4 and wanted - count >= 3 and chance.random() < 0.25:
            text, since = text + "，", 0
        text, count, since = text + word, count + len(word), since + len(word)
    return text + str(chance.choice(_ENDS))


def _english_text(chance: np.random.Generator) -> str:
    short = chance.random() < _SHORT_SHARE
    wanted = int(chance.integers(1, 3) if short else chance.integers(3, 12))
    words = [_english().draw(chance) for _ in range(wanted)]
    for at in range(2, wanted - 1):
        if chance.random() < 0.12:
            words[at] += ","
    return " ".join(words).capitalize() + str(chance.choice(_ENGLISH_ENDS))


def _mixed_text(chance: np.random.Generator) -> str:
    parts: list[str] = []
    for _ in range(int(chance.integers(1, 3))):
        parts.append("".join(_mandarin().draw(chance) for _ in range(int(chance.integers(1, 4)))))
        parts.append(" ".join(_english().draw(chance) for _ in range(int(chance.integers(1, 3)))))
    if chance.random() < 0.6:
        parts.append("".join(_mandarin().draw(chance) for _ in range(int(chance.integers(1, 4)))))
    return " ".join(parts) + str(chance.choice(_ENDS))


_MAKERS = {"zh": _mandarin_text, "en": _english_text, "mixed": _mixed_text}
