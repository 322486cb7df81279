"""Pronunciations that a tenant or a voice prescribes, word by word, with PLS 1.0 exchange."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.sax.saxutils import escape, quoteattr

from synthesis.text.markup import ALPHABETS, Part, Plain, Reading, bad_markup, reading
from synthesis.text.xml_reader import Element, read_xml

PLS_NAMESPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
_PRIVATE = "x-voiceassets-"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One word: ``alphabet`` is one of pinyin, arpabet, kana, phones, alias.

    ``value`` of phones is ``language:symbols``.  ``whole_word`` keeps Latin words from matching
    inside longer ones; ideographs match anywhere.
    """

    word: str
    alphabet: str
    value: str
    case_sensitive: bool = False
    whole_word: bool = True

    def __post_init__(self) -> None:
        if not self.word.strip() or re.search(r"[|\[\]]", self.word + self.value):
            raise bad_markup(f"The word {self.word!r} and its reading must be free of | [ and ].")
        if self.alphabet not in ALPHABETS:
            raise bad_markup(f"{self.alphabet!r} is not one of {', '.join(ALPHABETS)}.")
        said = reading(self.alphabet, self.value, self.word)
        if isinstance(said, Reading) and said.syllables:
            ideographs = re.fullmatch(r"[\u4e00-\u9fff]+", self.word)
            if ideographs and len(said.syllables) != len(self.word):
                raise bad_markup(
                    f"{self.word} has {len(self.word)} characters: give as many syllables."
                )

    @property
    def pattern(self) -> str:
        """A regular expression for the word with its rules of case and boundary."""
        word = re.escape(self.word) if self.case_sensitive else f"(?i:{re.escape(self.word)})"
        if not self.whole_word:
            return word
        before = "(?<![A-Za-z0-9])" if self.word[0].isascii() and self.word[0].isalnum() else ""
        after = "(?![A-Za-z0-9])" if self.word[-1].isascii() and self.word[-1].isalnum() else ""
        return before + word + after


@dataclass(frozen=True)
class Lexicon:
    """Entries in order of precedence: of two that match at one place the longer word wins."""

    entries: tuple[Entry, ...]

    def over(self, other: "Lexicon") -> "Lexicon":
        """This lexicon first, then what another adds: a voice's over its tenant's."""
        return Lexicon((*self.entries, *other.entries))

    @cached_property
    def _ordered(self) -> list[Entry]:
        return sorted(self.entries, key=lambda entry: -len(entry.word))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        numbered = (f"(?P<e{index}>{entry.pattern})" for index, entry in enumerate(self._ordered))
        return re.compile("|".join(numbered))

    def parts(self, plain: Plain) -> Iterator[Part]:
        """Plain text cut at every word that an entry covers, with the readings of those words."""
        start = 0
        for place, entry in self.hits(plain.text):
            if place > start:
                yield _cut(plain, start, place)
            end = place + len(entry.word)
            word = plain.text[place:end]
            yield reading(entry.alphabet, entry.value, word, offset=plain.offset + place)
            start = end
        if start < len(plain.text):
            yield _cut(plain, start, len(plain.text))

    def hits(self, text: str) -> Iterator[tuple[int, Entry]]:
        """Where words of plain text are covered by entries, and by which."""
        for match in self._pattern.finditer(text) if self.entries else ():
            yield match.start(), self._ordered[int((match.lastgroup or "e0")[1:])]

    def to_pls(self, language: str = "zh-CN") -> str:
        """A PLS 1.0 document; rules of case and boundary travel as attributes of our own."""
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<lexicon version="1.0" xmlns="{PLS_NAMESPACE}" alphabet="{_PRIVATE}pinyin" '
            f"xml:lang={quoteattr(language)}>",
        ]
        for entry in self.entries:
            role = " ".join(
                name
                for name, set_ in (("case", entry.case_sensitive), ("inside", not entry.whole_word))
                if set_
            )
            lines.append(f"  <lexeme{f' role={quoteattr(role)}' if role else ''}>")
            lines.append(f"    <grapheme>{escape(entry.word)}</grapheme>")
            if entry.alphabet == "alias":
                lines.append(f"    <alias>{escape(entry.value)}</alias>")
            else:
                alphabet = quoteattr(_PRIVATE + entry.alphabet)
                lines.append(f"    <phoneme alphabet={alphabet}>{escape(entry.value)}</phoneme>")
            lines.append("  </lexeme>")
        return "\n".join([*lines, "</lexicon>", ""])

    @classmethod
    def from_pls(cls, document: str) -> "Lexicon":
        """Read a PLS 1.0 document; raises ``bad_markup`` with line and column."""
        root = read_xml(document)
        if root.name != "lexicon":
            raise bad_markup(
                "A pronunciation lexicon begins with <lexicon>.", line=root.line, column=root.column
            )
        default = root.attributes.get("alphabet", "").removeprefix(_PRIVATE)
        return cls(tuple(_entries(root, default)))


def _cut(plain: Plain, start: int, end: int) -> Plain:
    return Plain(offset=plain.offset + start, text=plain.text[start:end])


def _entries(root: Element, default: str) -> Iterable[Entry]:
    for lexeme in root.elements("lexeme"):
        words = [element.text for element in lexeme.elements("grapheme")]
        spoken = [*lexeme.elements("alias"), *lexeme.elements("phoneme")]
        if not words or not spoken:
            raise bad_markup(
                "A lexeme has a grapheme and an alias or phoneme.",
                line=lexeme.line,
                column=lexeme.column,
            )
        said = spoken[0]
        alphabet = said.attributes.get("alphabet", default).removeprefix(_PRIVATE)
        role = lexeme.attributes.get("role", "").split()
        for word in words:
            yield Entry(
                word=word.strip(),
                alphabet="alias" if said.name == "alias" else alphabet,
                value=said.text.strip(),
                case_sensitive="case" in role,
                whole_word="inside" not in role,
            )
