"""The implicit label of GB 45438-2025, Annex E: what it says and how it is spelt."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

FIELD = "AIGC"
# Annex E: 0x21, 0x23-0x5B, 0x5D-0x7E, so neither blank nor quote nor backslash nor Chinese.
VALUE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]*")


class LabelError(Exception):
    """A label could not be written, read, or found again after writing."""


class Content(StrEnum):
    """How sure it is that the content was generated."""

    GENERATED = "1"
    POSSIBLY_GENERATED = "2"
    SUSPECTED = "3"


@dataclass(frozen=True, kw_only=True)
class Label:
    """One file's label. Whoever generates content is also its first propagator.

    Raises:
        LabelError: a value with characters the standard does not allow.
    """

    content: Content = Content.GENERATED
    content_producer: str
    produce_id: str
    content_propagator: str
    propagate_id: str
    reserved_code_1: str = ""
    reserved_code_2: str = ""

    def __post_init__(self) -> None:
        for name, value in self.as_dict()[FIELD].items():
            if not VALUE.fullmatch(value):
                raise LabelError(f"{name} may hold visible ASCII but no quote or backslash.")

    @classmethod
    def first(cls, *, producer: str, produce_id: str) -> Label:
        """The label a generated file gets when it is made."""
        return cls(
            content_producer=producer,
            produce_id=produce_id,
            content_propagator=producer,
            propagate_id=produce_id,
        )

    def as_dict(self) -> dict[str, dict[str, str]]:
        """The JSON object of Annex E, its keys in the standard's order."""
        return {
            FIELD: {
                "Label": self.content.value,
                "ContentProducer": self.content_producer,
                "ProduceID": self.produce_id,
                "ReservedCode1": self.reserved_code_1,
                "ContentPropagator": self.content_propagator,
                "PropagateID": self.propagate_id,
                "ReservedCode2": self.reserved_code_2,
            }
        }

    def as_text(self) -> str:
        """The value that goes into a file: plain JSON without blanks."""
        return json.dumps(self.as_dict(), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Label:
        """The inverse of `as_text`; raises LabelError for anything Annex E does not describe."""
        try:
            fields = json.loads(text)[FIELD]
            return cls(
                content=Content(fields["Label"]),
                content_producer=fields["ContentProducer"],
                produce_id=fields["ProduceID"],
                reserved_code_1=fields["ReservedCode1"],
                content_propagator=fields["ContentPropagator"],
                propagate_id=fields["PropagateID"],
                reserved_code_2=fields["ReservedCode2"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise LabelError("This file's AIGC field is not the label of GB 45438.") from error
