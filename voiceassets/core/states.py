"""The one way a state may change: a table of allowed moves."""

from __future__ import annotations

from collections.abc import Mapping

from voiceassets.core.errors import Conflict

Transitions = Mapping[str, frozenset[str]]


class IllegalTransition(Conflict):
    code = "illegal_transition"


def require_transition(table: Transitions, *, noun: str, before: str, after: str) -> None:
    """Raise `IllegalTransition` unless `table` allows `before` → `after`."""
    allowed = table[before]
    if after not in allowed:
        options = ", ".join(sorted(allowed)) or "nothing: this state is final"
        raise IllegalTransition(
            f"This {noun} is {before} and cannot become {after}; it may become {options}.",
            before=before,
            after=after,
        )
