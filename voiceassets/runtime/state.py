"""What a running stack writes down about itself, for other commands and for the next start."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from voiceassets.runtime.layout import Layout
from voiceassets.runtime.processes import ProcessMark


@dataclass(frozen=True, kw_only=True)
class StackState:
    """A stack as of its last change: who supervises it, where it answers, what it runs."""

    supervisor: ProcessMark
    port: int
    url: str
    ready: bool
    processes: tuple[ProcessMark, ...]

    def process(self, name: str) -> ProcessMark | None:
        return next((mark for mark in self.processes if mark.name == name), None)


class AlreadyRunningError(Exception):
    """Another supervisor holds this `var`; `state` is what it last wrote, if anything."""

    def __init__(self, state: StackState | None) -> None:
        super().__init__("the stack is already running")
        self.state = state


@contextmanager
def hold_lock(layout: Layout) -> Iterator[None]:
    """Makes the caller the one supervisor of this `var`.

    The kernel drops the lock when its holder dies, so there is no stale lock to recognise.

    Raises:
        AlreadyRunningError: somebody else holds it.
    """
    with layout.lock_file.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(read(layout)) from error
        yield


def is_running(layout: Layout) -> bool:
    if not layout.lock_file.exists():
        return False
    try:
        with hold_lock(layout):
            return False
    except AlreadyRunningError:
        return True


def read(layout: Layout) -> StackState | None:
    """The last state written, maybe of a stack killed since; None when there is none."""
    try:
        facts = json.loads(layout.state_file.read_text())
    except FileNotFoundError:
        return None
    facts["supervisor"] = ProcessMark(**facts["supervisor"])
    facts["processes"] = tuple(ProcessMark(**mark) for mark in facts["processes"])
    return StackState(**facts)


def write(layout: Layout, state: StackState) -> None:
    """Replaces the state as a whole, so that a reader never sees half of one."""
    draft = layout.state_file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state), indent=1))
    draft.replace(layout.state_file)


def clear(layout: Layout) -> None:
    layout.state_file.unlink(missing_ok=True)
