"""Language tags as this platform keeps them."""

from __future__ import annotations

import re
from collections.abc import Collection

from voiceassets.core.errors import Invalid

TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def normal_languages(tags: Collection[str]) -> list[str]:
    """The tags, each once, sorted.

    Raises:
        Invalid: one is not a language tag such as `zh`, `en` or `en-GB`.
    """
    for tag in tags:
        if not TAG.fullmatch(tag):
            raise Invalid(f"{tag!r} is not a language tag; write zh, en, en-GB …", language=tag)
    return sorted(set(tags))
