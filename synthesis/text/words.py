"""Which phones belong to which words of a text as it was written.

Numbers and abbreviations are spoken as other words than they are written with, so the normalised
text is laid beside the written one: what is equal pairs character by character, and what differs
in between belongs together as one word.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from synthesis.text import en
from synthesis.text.markup import masked
from synthesis.text.runs import TextRun

# A sentence of 400 letters has ten thousand pairs of equal ones; four hundred times the same letter
# has sixteen times as many, and no words.
MOST_PAIRS = 60_000
_CLOSING_PHONES = frozenset("!?…,.-空停_")
_CHUNK = re.compile(r"[\w'’\-]+|[^\w\s]|\s+")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, kw_only=True)
class Word:
    """``text[start:end]`` of the written text is spoken as phones ``first`` up to ``last``."""

    start: int
    end: int
    first: int
    last: int


# Start and end in the normalised text, and how many phones these characters own.
_Unit = tuple[int, int, int]


def words_of(text: str, runs: Sequence[TextRun]) -> list[Word]:
    """The words of a sentence in order, each with its phones; what has no phones is no word."""
    spoken, owned = _owned_phones(runs)
    shown = _comparable(masked(text))
    # Per written character: its block of the comparison, and the phones it is spoken as.
    found: list[tuple[int, int, int] | None] = [None] * len(text)
    for block, (kind, i, i_end, j, j_end) in enumerate(_compared(shown, _comparable(spoken))):
        if kind in ("equal", "replace") and i_end - i == j_end - j:
            for step in range(i_end - i):
                found[i + step] = (block if kind == "replace" else -1 - i - step, *owned[j + step])
        elif kind == "replace":
            first, last = owned[j][0], owned[j_end - 1][1]
            found[i:i_end] = [(block, first, last)] * (i_end - i)
    return list(_joined(text, found))


def _compared(shown: str, spoken: str) -> Sequence[tuple[str, int, int, int, int]]:
    """How one text becomes the other, in blocks; nothing but one block if that is a long story."""
    shown_counts, spoken_counts = Counter(shown), Counter(spoken)
    pairs = sum(count * spoken_counts[char] for char, count in shown_counts.items())
    if pairs > MOST_PAIRS:
        return [("replace", 0, len(shown), 0, len(spoken))] if shown and spoken else []
    return SequenceMatcher(None, shown, spoken, autojunk=False).get_opcodes()


def _comparable(text: str) -> str:
    """The text in one case and width, of the same length."""
    folded = (unicodedata.normalize("NFKC", char).lower() for char in text)
    return "".join(new if len(new) == 1 else char for new, char in zip(folded, text, strict=True))


def _joined(text: str, found: Sequence[tuple[int, int, int] | None]) -> Iterator[Word]:
    word: Word | None = None
    before: tuple[int, int, int] | None = None
    for place, entry in enumerate(found):
        spoken = entry is not None and entry[1] < entry[2]
        if entry is None or not spoken:
            continue
        goes_on = (
            word is not None
            and before is not None
            and (entry[1:] == before[1:] or (word.end == place and _one_word(text, place)))
        )
        if goes_on and word is not None:
            word = Word(
                start=word.start, end=place + 1, first=word.first, last=max(word.last, entry[2])
            )
        else:
            if word is not None and _is_word(text, word):
                yield word
            word = Word(start=place, end=place + 1, first=entry[1], last=entry[2])
        before = entry
    if word is not None and _is_word(text, word):
        yield word


def _one_word(text: str, place: int) -> bool:
    """Whether a character continues the word before it: letters and digits that touch do."""
    pair = text[place - 1 : place + 1]
    return not _IDEOGRAPH.search(pair) and all(char.isalnum() or char in "'’" for char in pair)


def _is_word(text: str, word: Word) -> bool:
    return any(char.isalnum() for char in text[word.start : word.end])


def _owned_phones(runs: Sequence[TextRun]) -> tuple[str, list[tuple[int, int]]]:
    """The normalised texts joined, and the phones that each of their characters is spoken as."""
    spoken, start = "", 0
    owned: list[tuple[int, int]] = []
    for run in runs:
        places = [(start, start)] * len(run.normalized)
        at = start
        for first, last, count in _units(run):
            places[first:last] = [(at, at + count)] * (last - first)
            at += count
        owned.extend(places)
        spoken, start = spoken + run.normalized, start + len(run.phones)
    return spoken, owned


def _units(run: TextRun) -> list[_Unit]:
    """The units of a run, whose counts sum to its phones."""
    units: list[_Unit] = []
    if run.word2ph is not None and len(run.word2ph) == len(run.normalized):
        units = [(place, place + 1, count) for place, count in enumerate(run.word2ph)]
    elif run.language == "en":
        tokens = en.phones_by_token(run.normalized)
        units = [(start, end, len(phones)) for start, end, phones in tokens]
    if sum(count for _, _, count in units) == len(run.phones):
        return units
    return _by_chunks(run)


def _by_chunks(run: TextRun) -> list[_Unit]:
    """Words between marks and blanks share the phones between them evenly by their characters."""
    chunks = [match.span() for match in _CHUNK.finditer(run.normalized)]
    counts = _phone_groups(run.phones)
    if len(chunks) != len(counts):
        chunks, counts = [(0, len(run.normalized))], [len(run.phones)]
    units: list[_Unit] = []
    for (start, end), count in zip(chunks, counts, strict=True):
        width = end - start
        for index in range(width):
            share = (index + 1) * count // width - index * count // width
            units.append((start + index, start + index + 1, share))
    return units


def _phone_groups(phones: Sequence[str]) -> list[int]:
    """Lengths of the stretches between closing phones, each of which is a group of its own."""
    groups: list[int] = []
    open_ = False
    for phone in phones:
        if phone in _CLOSING_PHONES or not open_:
            groups.append(1)
        else:
            groups[-1] += 1
        open_ = phone not in _CLOSING_PHONES
    return groups
