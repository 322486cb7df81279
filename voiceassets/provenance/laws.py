"""What each law wants a file of synthetic speech to carry, as data, and what a file lacks of it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Layer(StrEnum):
    """A label of a file; an audible one may be waived where somebody answers for that."""

    IMPLICIT = "implicit"
    AUDIBLE = "audible"
    CREDENTIALS = "credentials"
    WATERMARK = "watermark"


@dataclass(frozen=True, kw_only=True)
class Law:
    """`waivable` layers may be left out by whoever discloses otherwise and answers for it."""

    code: str
    name: str
    articles: str
    since: date
    requires: frozenset[Layer]
    waivable: frozenset[Layer] = frozenset()


LAWS = {
    law.code: law
    for law in (
        Law(
            code="CN",
            name="人工智能生成合成内容标识办法, GB 45438-2025",
            articles="Measures 4, 5, 9; GB 45438 5.3, 6.1, Annex E",
            since=date(2025, 9, 1),
            requires=frozenset({Layer.IMPLICIT, Layer.AUDIBLE}),
            waivable=frozenset({Layer.AUDIBLE}),
        ),
        Law(
            code="EU",
            name="Regulation (EU) 2024/1689 (AI Act), with its Code of Practice",
            articles="50 (2): signed metadata and a watermark; 50 (4): disclosure",
            since=date(2026, 8, 2),
            requires=frozenset({Layer.CREDENTIALS, Layer.WATERMARK, Layer.AUDIBLE}),
            waivable=frozenset({Layer.AUDIBLE}),
        ),
        Law(
            code="US-CA",
            name="California SB 942, amended by AB 853",
            articles="Latent disclosure: provider, system and version, time, unique id",
            since=date(2026, 8, 2),
            requires=frozenset({Layer.CREDENTIALS}),
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a file carries what `law` wants, and if not, what it lacks."""

    law: Law
    lacks: tuple[Layer, ...]

    @property
    def met(self) -> bool:
        return not self.lacks


def layers(marks: dict[str, Any]) -> set[Layer]:
    """The layers that a manifest tells of."""
    return {layer for layer in Layer if marks.get(layer) not in (None, "none")}


def judge(carried: Set[Layer], *, waived: bool) -> Iterator[Verdict]:
    """A verdict for each law; `waived` when somebody answers for what may be waived."""
    for law in LAWS.values():
        wanted = law.requires - law.waivable if waived else law.requires
        lacks = tuple(layer for layer in Layer if layer in wanted - carried)
        yield Verdict(law=law, lacks=lacks)
