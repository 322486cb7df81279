"""A feed of a job's progress: every change once, resumable, and it ends."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from voiceassets.api.events import Snapshot, feed


def story(*states: str) -> Snapshot:
    """Tells one state after the other, and the last one for ever."""
    told: Iterator[str] = itertools.chain(states, itertools.repeat(states[-1]))

    def snapshot() -> tuple[dict[str, Any], bool]:
        state = next(told)
        return {"state": state}, state == "succeeded"

    return snapshot


def events(snapshot: Snapshot, last: str = "", *, feed_s: float = 5.0) -> list[dict[str, str]]:
    """The events of a feed, each as its fields."""
    text = b"".join(feed(snapshot, last_event_id=last, feed_s=feed_s, pause_s=0.0)).decode()
    blocks = [block for block in text.split("\n\n") if block.startswith("id:")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


def test_it_tells_each_change_once_and_ends_with_the_job() -> None:
    found = events(story("queued", "queued", "running", "running", "succeeded"))
    assert [json.loads(event["data"])["state"] for event in found] == [
        "queued",
        "running",
        "succeeded",
    ]
    assert [event["event"] for event in found] == ["progress", "progress", "end"]


def test_a_client_that_comes_back_hears_only_what_changed() -> None:
    first = events(story("queued", "running", "succeeded"))
    again = events(story("running", "succeeded"), last=first[1]["id"])
    assert [event["event"] for event in again] == ["end"]


def test_a_client_that_missed_the_end_hears_it_again() -> None:
    first = events(story("succeeded"))
    assert events(story("succeeded"), last=first[0]["id"]) == first


def test_it_ends_after_its_time_although_the_job_goes_on() -> None:
    assert len(events(story("queued"), feed_s=0.05)) == 1
