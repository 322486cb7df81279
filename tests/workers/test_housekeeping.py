"""Each duty gets its turns, whatever becomes of the others."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest
from django.conf import LazySettings

from voiceassets.workers import housekeeping, subscriptions
from voiceassets.workers.housekeeping import Duty

# A worker looks after its connection itself, which a test inside a transaction does not survive.
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_failing_duty_stops_neither_the_loop_nor_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("broken")
        raise OSError("no connection")

    duties = (
        Duty(name="broken", every_s=0, perform=fail),
        Duty(name="sound", every_s=0, perform=lambda: done.append("sound")),
        Duty(name="rare", every_s=3600, perform=lambda: done.append("rare")),
    )
    monkeypatch.setattr(housekeeping, "DUTIES", duties)
    rounds = itertools.count()
    housekeeping.run(should_stop=lambda: next(rounds) == 2, tick_s=0)
    assert done == ["broken", "sound", "rare", "broken", "sound"]
    assert [record.message for record in caplog.records] == ["duty failed"] * 2


def test_a_slow_duty_does_not_delay_one_that_has_a_thread_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed: list[int] = []
    often = threading.Event()

    def seal() -> None:
        sealed.append(threading.get_ident())
        if len(sealed) == 3:
            often.set()

    waited: list[bool] = []
    duties = (
        Duty(name="slow", every_s=0, perform=lambda: waited.append(often.wait(20))),
        Duty(name="seal", every_s=0.001, perform=seal, apart=True),
    )
    monkeypatch.setattr(housekeeping, "DUTIES", duties)
    rounds = itertools.count()
    housekeeping.run(should_stop=lambda: next(rounds) == 1, tick_s=0)
    assert waited == [True]
    assert threading.get_ident() not in sealed


def test_events_are_sealed_in_a_thread_of_their_own() -> None:
    apart = {duty.name: duty.every_s for duty in housekeeping.DUTIES if duty.apart}
    assert apart["seal events"] < 2


def test_every_subscriber_has_a_duty_of_its_own() -> None:
    names = [duty.name for duty in housekeeping.DUTIES]
    assert len(names) == len(set(names))
    assert {f"deliver to {name}" for name in subscriptions.SUBSCRIPTIONS} <= set(names)


def test_every_duty_can_be_carried_out_on_an_empty_platform(
    caplog: pytest.LogCaptureFixture, settings: LazySettings, tmp_path: Path
) -> None:
    # Checkpoints of another test's log would vouch for what this one never had.
    settings.AUDIT_CHECKPOINT_DIR = tmp_path
    turns = itertools.count()
    housekeeping.run(should_stop=lambda: next(turns) == 1, tick_s=0)
    assert caplog.records == []
