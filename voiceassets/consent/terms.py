"""What a consent covers, checked and spelled one way before it is stored."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from voiceassets.consent.models import Purpose
from voiceassets.core.errors import Invalid
from voiceassets.speakers.languages import normal_languages

TERRITORY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
CHANNEL = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Purposes, scope and term of a consent; an empty collection of the scope means: all.

    Territories are ISO 3166 codes (`CN`, `CN-SH`), channels words such as `web` or `ivr`.
    Without `valid_from` the term begins when the consent is recorded.
    """

    purposes: Collection[str]
    languages: Collection[str] = ()
    territories: Collection[str] = ()
    channels: Collection[str] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def columns(self) -> dict[str, list[str]]:
        """The lists as they are stored.

        Raises:
            Invalid: something is misspelled, or no purpose is named.
        """
        known = set(Purpose.values)
        unknown = sorted(set(self.purposes) - known)
        if unknown or not self.purposes:
            raise Invalid(
                f"Name the purposes from {', '.join(sorted(known))}"
                + (f"; {', '.join(unknown)} is none of them." if unknown else "."),
                field="purposes",
            )
        return {
            "purposes": sorted(set(self.purposes)),
            "languages": normal_languages(self.languages),
            "territories": _spelled(self.territories, TERRITORY, "territories", "CN or CN-SH"),
            "channels": _spelled(self.channels, CHANNEL, "channels", "web or ivr"),
        }


def _spelled(
    words: Collection[str], pattern: re.Pattern[str], field: str, example: str
) -> list[str]:
    for word in words:
        if not pattern.fullmatch(word):
            raise Invalid(f"{word!r} does not fit in {field}; write {example}.", field=field)
    return sorted(set(words))
