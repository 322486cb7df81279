"""The W3C trace a request belongs to, carried on to its job and its worker."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from voiceassets.core.context import request_id

# version-trace-parent-flags of https://www.w3.org/TR/trace-context/; all zeros mean nothing.
TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})"
)

traceparent: ContextVar[str] = ContextVar("voiceassets_traceparent", default="")


def child_of(parent: str) -> str:
    """A new span in the trace of `parent`, or in a trace of its own when that is malformed."""
    found = TRACEPARENT.fullmatch(parent)
    trace = found["trace"] if found else secrets.token_hex(16)
    return f"00-{trace}-{secrets.token_hex(8)}-{found['flags'] if found else '00'}"


def trace_id() -> str:
    """The 32 hexadecimal digits of the trace we are in; empty outside any."""
    found = TRACEPARENT.fullmatch(traceparent.get())
    return found["trace"] if found else ""


@contextmanager
def traced(*, request: str, parent: str) -> Iterator[str]:
    """Everything inside belongs to this request and to a new span of its trace, which it yields."""
    span = child_of(parent)
    tokens = request_id.set(request), traceparent.set(span)
    try:
        yield span
    finally:
        request_id.reset(tokens[0])
        traceparent.reset(tokens[1])
