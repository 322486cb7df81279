"""What verification finds wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One place where the log is not what was sealed."""

    kind: str
    where: str
    message: str
