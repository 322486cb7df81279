"""The periodic duties, as data: what, how often. One loop carries them out (ADR 0005)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.management import call_command
from django.db import close_old_connections, connection

from voiceassets.accounts import lockout
from voiceassets.assets import services as assets
from voiceassets.audit import checkpoint, sealer, verification
from voiceassets.consent import services as consent
from voiceassets.jobs import sweeper
from voiceassets.registry import services as registry
from voiceassets.storage import checkpoints, uploads
from voiceassets.storage import services as storage
from voiceassets.tenants import idempotency
from voiceassets.webhooks import delivering
from voiceassets.workers import erasing, retiring, subscriptions, tidying

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What is done how often; `apart` in a thread of its own, where no other duty delays it."""

    name: str
    every_s: float
    perform: Callable[[], object]
    apart: bool = False


DUTIES = (
    Duty(name="wake jobs", every_s=settings.SWEEP_EVERY_S, perform=sweeper.sweep),
    Duty(name="seal events", every_s=0.5, perform=sealer.seal_pending, apart=True),
    *(
        Duty(name=f"deliver to {name}", every_s=1, perform=partial(subscriptions.deliver, name))
        for name in subscriptions.SUBSCRIPTIONS
    ),
    Duty(name="send webhooks", every_s=1, perform=delivering.send_due),
    Duty(name="tidy up after ended jobs", every_s=1, perform=tidying.tidy),
    Duty(name="sign a checkpoint", every_s=60, perform=checkpoint.write_checkpoint),
    Duty(name="copy checkpoints", every_s=60, perform=checkpoints.send_checkpoints),
    Duty(name="verify the log", every_s=3600, perform=verification.watch),
    Duty(name="retire events", every_s=6 * 3600, perform=retiring.retire_due),
    Duty(name="issue receipts", every_s=2, perform=assets.issue_due),
    Duty(name="erase people", every_s=2, perform=erasing.carry_out),
    Duty(name="evaluate voices in use", every_s=600, perform=registry.submit_nightly),
    Duty(name="expire consents", every_s=30, perform=consent.expire_due),
    Duty(name="give up unfinished objects", every_s=300, perform=storage.sweep_pending),
    Duty(name="close overdue upload tickets", every_s=60, perform=uploads.expire_uploads),
    Duty(name="forget old answers", every_s=600, perform=idempotency.forget_old),
    Duty(name="purge erased objects", every_s=300, perform=storage.purge_erased),
    Duty(name="forget failed sign-ins", every_s=3600, perform=lockout.forget_old),
    Duty(
        name="remove ended sessions", every_s=3600, perform=partial(call_command, "clearsessions")
    ),
)


def run(*, should_stop: Callable[[], bool], tick_s: float = 0.2) -> None:
    """Carry out each duty when its turn comes, until asked to stop."""
    ended = threading.Event()
    apart = [
        threading.Thread(target=_keep_up, args=(duty, ended), name=duty.name)
        for duty in DUTIES
        if duty.apart
    ]
    for thread in apart:
        thread.start()
    try:
        _take_turns(should_stop, tick_s)
    finally:
        ended.set()
        for thread in apart:
            thread.join()


def _take_turns(should_stop: Callable[[], bool], tick_s: float) -> None:
    due = {duty: 0.0 for duty in DUTIES if not duty.apart}
    while not should_stop():
        close_old_connections()
        for duty, moment in due.items():
            if time.monotonic() >= moment:
                _perform(duty)
                due[duty] = time.monotonic() + duty.every_s
        time.sleep(tick_s)


def _keep_up(duty: Duty, ended: threading.Event) -> None:
    while True:
        close_old_connections()
        _perform(duty)
        if ended.wait(duty.every_s):
            break
    connection.close()


def _perform(duty: Duty) -> None:
    try:
        duty.perform()
    except Exception:
        # A duty that fails must not stop the others; its next turn tries again.
        log.exception("duty failed", extra={"duty": duty.name})
