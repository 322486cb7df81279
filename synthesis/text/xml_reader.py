"""A small XML tree with line and column, which refuses declarations, entities and deep nesting."""

import bisect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from synthesis.text.markup import bad_markup

_DEEPEST = 32
_LONGEST_DOCUMENT = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Characters:
    """A stretch of text, and the offset in the document of each of its characters."""

    text: str
    places: tuple[int, ...]


@dataclass(kw_only=True)
class Element:
    """An element with its children in order, texts and elements mixed; names without prefix."""

    name: str
    line: int
    column: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | Characters"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside."""
        return "".join(child.text for child in self.children)

    @property
    def places(self) -> tuple[int, ...]:
        """The offset in the document of every character inside."""
        return tuple(place for child in self.children for place in child.places)

    def elements(self, name: str) -> Iterator["Element"]:
        """Direct children of one name."""
        return (
            child for child in self.children if isinstance(child, Element) and child.name == name
        )


class _Builder:
    def __init__(self, document: str) -> None:
        # The library refuses external references by itself; the rest is refused below.
        self.parser = expat.ParserCreate()
        # It counts bytes, and is asked before it moves on: buffered text would lose its place.
        widths = (len(char.encode("utf-8", "replace")) for char in document)
        self.starts = [0, *itertools.accumulate(widths)]
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ProcessingInstructionHandler = self._refuse
        self.open: list[Element] = []
        self.root: Element | None = None

    def _place(self) -> tuple[int, int]:
        return self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line, column = self._place()
        if len(self.open) >= _DEEPEST:
            raise bad_markup(
                f"Elements may be nested {_DEEPEST} deep, not deeper.", line=line, column=column
            )
        element = Element(
            name=name.rpartition(":")[2], line=line, column=column, attributes=attributes
        )
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def _end(self, name: str) -> None:
        self.open.pop()

    def _text(self, text: str) -> None:
        if self.open:
            first = bisect.bisect_left(self.starts, self.parser.CurrentByteIndex)
            places = tuple(range(first, first + len(text)))
            self.open[-1].children.append(Characters(text=text, places=places))

    def _refuse(self, *declared: object) -> None:
        line, column = self._place()
        raise bad_markup(
            "Document types, entities and processing instructions are not allowed: write plain "
            "elements and text.",
            line=line,
            column=column,
        )


def read_xml(document: str) -> Element:
    """The root element; raises ``bad_markup`` with line and column for anything unsound."""
    if len(document) > _LONGEST_DOCUMENT:
        raise bad_markup(f"The document is over {_LONGEST_DOCUMENT} characters: cut it.")
    builder = _Builder(document)
    try:
        builder.parser.Parse(document.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise bad_markup(
            f"The markup is not well formed: {expat.errors.messages[error.code]}.",
            line=error.lineno,
            column=error.offset + 1,
        ) from error
    if builder.root is None:
        raise bad_markup("The document has no element.", line=1, column=1)
    return builder.root
