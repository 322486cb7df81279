"""What a consent covers, checked and spelled one way before it is stored."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voiceassets.consent.models import Purpose
from voiceassets.core.errors import Invalid
from voiceassets.speakers.languages import normal_languages

TERRITORY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
CHANNEL = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
MOST_NOTICE_DAYS = 3650


@dataclass(frozen=True, kw_only=True)
class Use:
    """What somebody wants to do with a voice.

    An empty word was not said, so it could be anything: a consent that is limited in that respect
    does not cover it. None is not asked about.
    """

    language: str | None = None
    territory: str | None = None
    channel: str | None = None
    commercial: bool = False
    cloned: bool = False


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Purposes, scope and term of a consent; an empty collection of the scope means: all.

    Territories are ISO 3166 codes (`CN`, `CN-SH`), channels words such as `web` or `ivr`.
    Without `valid_from` the term begins when the consent is recorded. `notice_days` is how long
    the voice may still be used after somebody gave notice; a revocation does not wait for it.
    """

    purposes: Collection[str]
    languages: Collection[str] = ()
    territories: Collection[str] = ()
    channels: Collection[str] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    notice_days: int = 0

    def columns(self) -> dict[str, Any]:
        """The scope and the notice period as they are stored.

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
        if not 0 <= self.notice_days <= MOST_NOTICE_DAYS:
            raise Invalid(
                f"notice_days must lie between 0 and {MOST_NOTICE_DAYS}.", field="notice_days"
            )
        return {
            "notice_days": self.notice_days,
            "purposes": sorted(set(self.purposes)),
            "languages": normal_languages(self.languages),
            "territories": _spelled(self.territories, TERRITORY, "territories"),
            "channels": _spelled(self.channels, CHANNEL, "channels"),
        }


def require_spelled(*, territory: str, channel: str) -> None:
    """Raise `Invalid` for a territory or a channel that no consent could name; empty is none."""
    _spelled([territory] if territory else [], TERRITORY, "territory")
    _spelled([channel] if channel else [], CHANNEL, "channel")


def _spelled(words: Collection[str], pattern: re.Pattern[str], field: str) -> list[str]:
    example = "CN or CN-SH" if pattern is TERRITORY else "web or ivr"
    for word in words:
        if not pattern.fullmatch(word):
            raise Invalid(f"{word!r} does not fit in {field}; write {example}.", field=field)
    return sorted(set(words))
