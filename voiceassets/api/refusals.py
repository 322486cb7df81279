"""A gate's refusal rolls back what was asked, and is a decision itself: it goes on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voiceassets.api.operations import Call
from voiceassets.core.errors import Refused


@contextmanager
def on_record(call: Call, record: Callable[[str], None]) -> Iterator[None]:
    """A tenant scope; when a gate refuses, `record` writes its code in a transaction of its own."""
    with _recording(call, record), call.scope():
        yield


@contextmanager
def effect_on_record(call: Call, record: Callable[[str], None]) -> Iterator[str]:
    """The same around `call.effect()`; yields what that does."""
    with _recording(call, record), call.effect() as made:
        yield made


@contextmanager
def _recording(call: Call, record: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        with call.scope():
            record(refusal.code)
        raise
