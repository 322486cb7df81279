"""Cuts a text into the sentences that are spoken one by one.

`METHODS` names the reference's cutting rules, and `length`, ours: whole sentences, joined while
short and cut at lesser marks while long, never inside a number, an address or an abbreviation.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from synthesis.errors import BadSampling, UnspeakableText

_SPLIT_MARKS = frozenset("，。？！,.?!~:：—…")
_CLAUSE_END = re.compile(r"(?<=[，。？！,.?!~:：—…])")
_FIRST_CLAUSE = re.compile(r"[，。？！,.?!~:：—…]")
_MARK_RUN = re.compile(r"([!?…,.\-])[!?…,.\-]+")
_WORD = re.compile(r"\w")
_SHORTEST_FIRST = 4
_SHORTEST_PIECE = 5
_LONGEST_PIECE = 510


def _clauses(text: str) -> list[str]:
    text = text.replace("……", "。").replace("——", "，")
    return [clause for clause in _CLAUSE_END.split(text) if clause]


def _uncut(text: str) -> list[str]:
    return [text]


def _by_four(text: str) -> list[str]:
    clauses = _clauses(text.strip("\n"))
    # The last, possibly short group stays with the one before it.
    starts = range(0, max(len(clauses) - 4, 1), 4)
    ends = [*starts[1:], len(clauses)]
    return ["".join(clauses[start:end]) for start, end in zip(starts, ends, strict=True)]


def _by_fifty(text: str) -> list[str]:
    groups = [""]
    for clause in _clauses(text.strip("\n")):
        groups[-1] += clause
        if len(groups[-1]) > 50:
            groups.append("")
    if not groups[-1]:
        groups.pop()
    if len(groups) > 1 and len(groups[-1]) < 50:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _at_chinese_stop(text: str) -> list[str]:
    return text.strip("\n").strip("。").split("。")


def _at_english_stop(text: str) -> list[str]:
    return re.split(r"(?<!\d)\.|\.(?!\d)", text.strip("\n").strip("."))


def _at_every_mark(text: str) -> list[str]:
    pieces = re.split(r"(?<=[,;?!、，。？！；：…])|(?<=(?<!\d)\.)|(?<=\.)(?!\d)", text.strip("\n"))
    return [piece for piece in pieces if _WORD.search(piece)]


METHODS: dict[str, Callable[[str], list[str]]] = {
    "cut0": _uncut,
    "cut1": _by_four,
    "cut2": _by_fifty,
    "cut3": _at_chinese_stop,
    "cut4": _at_english_stop,
    "cut5": _at_every_mark,
}


def _merge_short(pieces: list[str]) -> list[str]:
    merged: list[str] = []
    held = ""
    for piece in pieces:
        held += piece
        if len(held) >= _SHORTEST_PIECE:
            merged.append(held)
            held = ""
    if held and merged:
        merged[-1] += held
    elif held:
        merged.append(held)
    return merged


def _cut_long(piece: str) -> list[str]:
    if len(piece) <= _LONGEST_PIECE:
        return [piece]
    # A run without any mark is cut too: the feature encoder takes no more than 510 characters.
    clauses = [
        clause[start : start + _LONGEST_PIECE]
        for clause in _CLAUSE_END.split(piece)
        for start in range(0, len(clause), _LONGEST_PIECE)
    ]
    parts = [""]
    for clause in clauses:
        if parts[-1] and len(parts[-1]) + len(clause) > _LONGEST_PIECE:
            parts.append("")
        parts[-1] += clause
    return parts


def _reference_sentences(text: str, language: str, method: str) -> list[str]:
    stop = "." if language == "en" else "。"
    text = _MARK_RUN.sub(r"\1", text).strip("\n")
    first_clause = _FIRST_CLAUSE.split(text, maxsplit=1)[0]
    if text and text[0] not in _SPLIT_MARKS and len(first_clause) < _SHORTEST_FIRST:
        text = stop + text
    lines = "\n".join(METHODS[method](text)).split("\n")
    sentences: list[str] = []
    for piece in _merge_short([line for line in lines if line.strip()]):
        if not _WORD.search(piece):
            continue
        ended = piece if piece[-1] in _SPLIT_MARKS else piece + stop
        sentences.extend(_cut_long(ended))
    return sentences


_HARD_MAXIMUM = 400


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """How long a sentence that is spoken at once may be, in the unit of `effective_length`.

    A longer one than `soft_maximum` is cut at lesser marks if it has any, and one shorter than
    `hard_minimum` is joined to its neighbour unless a line ends between them.
    """

    soft_maximum: int = 80
    hard_minimum: int = 16

    def __post_init__(self) -> None:
        if not 1 <= self.hard_minimum <= self.soft_maximum <= _HARD_MAXIMUM:
            raise BadSampling(
                f"A sentence's lengths must satisfy 1 <= hard_minimum ({self.hard_minimum}) <= "
                f"soft_maximum ({self.soft_maximum}) <= {_HARD_MAXIMUM}.",
                data={"field": "cuts"},
            )


DEFAULT_CUTS = Cuts()
_SENTENCE_END = re.compile(r"[。！？!?…]+[”’」』）)\"']*|(?<!\.)\.(?=\s+[^a-z\s]|\s*$)|\n+")
_LESSER_END = re.compile(r"[，、；：;]+|,(?!\d)|:(?=\s|$)|\s(?:-|–)\s|——?")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|vs|etc|e\.g|i\.e|Inc|Ltd|Co|[A-Z])\.$"
)


def effective_length(text: str) -> int:
    """Spoken length in Latin letters: a wide character counts two, a mark or blank none."""
    return sum((2 if char > "\u2e7f" else 1) for char in text if char.isalnum())


def _is_abbreviation(text: str, stop: int) -> bool:
    return text[stop - 1] == "." and bool(_ABBREVIATION.search(text[max(0, stop - 8) : stop]))


def _cut_at(pattern: re.Pattern[str], text: str) -> list[str]:
    ends = [match.end() for match in pattern.finditer(text)]
    cuts = [0, *(end for end in ends if not _is_abbreviation(text, end)), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(cuts) if start < end]


def _cut_anywhere(text: str) -> list[str]:
    if effective_length(text) <= _HARD_MAXIMUM:
        return [text]
    parts: list[str] = []
    start, longest = 0, _HARD_MAXIMUM // 2
    while len(text) - start > longest:
        blank = text.rfind(" ", start + longest // 2, start + longest)
        end = blank + 1 if blank > 0 else start + longest
        parts.append(text[start:end])
        start = end
    return [*parts, text[start:]]


def _join_short(parts: list[str], limit: int) -> list[str]:
    joined: list[list[str]] = []
    length = limit
    for part in parts:
        if length < limit and not joined[-1][-1].endswith("\n"):
            joined[-1].append(part)
            length += effective_length(part)
        else:
            joined.append([part])
            length = effective_length(part)
    if len(joined) > 1 and length < limit:
        joined[-2:] = [joined[-2] + joined[-1]]
    return ["".join(group) for group in joined]


def _stretches(text: str, cuts: Cuts) -> list[str]:
    """The whole text in pieces: what is spoken at once, with the blanks around it."""
    pieces: list[str] = []
    for whole in _join_short(_cut_at(_SENTENCE_END, text), cuts.hard_minimum):
        if effective_length(whole) <= cuts.soft_maximum:
            pieces.append(whole)
            continue
        for clause in _join_short(_cut_at(_LESSER_END, whole), cuts.soft_maximum // 2):
            pieces.extend(_cut_anywhere(clause))
    return pieces


def sentence_spans(text: str, cuts: Cuts = DEFAULT_CUTS) -> list[tuple[int, int]]:
    """Where the sentences of ``text`` begin and end, without the blanks around them.

    Raises `UnspeakableText` when there is none.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for piece in _stretches(text, cuts):
        if _WORD.search(piece):
            first = start + len(piece) - len(piece.lstrip())
            spans.append((first, first + len(piece.strip())))
        start += len(piece)
    if not spans:
        raise UnspeakableText("The text has no letters or digits: write something to say.")
    return spans


def split_sentences(
    text: str, language: str, *, method: str = "length", cuts: Cuts = DEFAULT_CUTS
) -> list[str]:
    """The sentences of ``text`` in order; raises `UnspeakableText` when there is none.

    ``method`` is ``length``, which obeys ``cuts``, or one of the reference's ``cut0`` to ``cut5``.
    """
    if method == "length":
        return [text[start:end] for start, end in sentence_spans(text, cuts)]
    if method not in METHODS:
        raise ValueError(f"Unknown cutting method {method!r}: use length, {', '.join(METHODS)}.")
    sentences = _reference_sentences(text, language, method)
    if not sentences:
        raise UnspeakableText("The text has no letters or digits: write something to say.")
    return sentences
