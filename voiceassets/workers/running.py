"""Runs one job from claim to its single end: succeeded, failed, cancelled, or back in the queue."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from django.db import close_old_connections

from synthesis.errors import Busy, EngineError, ShuttingDown, Stopped
from voiceassets.core.context import tenant_scope
from voiceassets.core.errors import DomainError, StorageFull, Unavailable
from voiceassets.core.tracing import traced
from voiceassets.jobs import leases, turns
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.leases import LeaseLost
from voiceassets.storage import services as storage
from voiceassets.workers import (
    denoising,
    embedding,
    estimating,
    evaluating,
    evidence,
    faults,
    finetuning,
    freezing,
    full_disks,
    preparation,
    rederiving,
    speaking,
    styling,
    subjects,
)
from voiceassets.workers.work import Failed, Work, worker_name

log = logging.getLogger(__name__)

RETRY_AFTER_S = 2.0
# A worker that is asked to leave finishes what somebody listens to, if it ends within so long.
PATIENCE_S: dict[JobKind, float] = {JobKind.SYNTHESIZE: 25.0}


class Handler(Protocol):
    """Does jobs of one kind."""

    def perform(self, work: Work) -> None:
        """Do it, and in one transaction store the result and call `leases.succeed`."""


HANDLERS: dict[JobKind, Handler] = {
    JobKind.PREPARE: preparation,
    JobKind.FREEZE: freezing,
    JobKind.DENOISE: denoising,
    JobKind.FINETUNE: finetuning,
    JobKind.ESTIMATE: estimating,
    JobKind.STYLE: styling,
    JobKind.EVALUATE: evaluating,
    JobKind.EMBED: embedding,
    JobKind.LISTEN: evidence,
    JobKind.SYNTHESIZE: speaking,
    JobKind.SYNTHESIZE_BATCH: speaking,
    JobKind.REDERIVE: rederiving,
}


def run_in_turn(job_id: UUID, *, draining: Callable[[], bool]) -> None:
    """Woken for this job, do the one whose company's turn it is in the same queue."""
    close_old_connections()
    for chosen in turns.chosen(job_id):
        if run(chosen, draining=draining):
            return


def run(job_id: UUID, *, draining: Callable[[], bool]) -> bool:
    """Claim and do one job, and return True; False when there is nothing to claim."""
    close_old_connections()
    lease = leases.claim(job_id, worker=worker_name())
    if lease is None:
        return False
    faults.reach("claimed", job_id)
    handler = HANDLERS[JobKind(lease.kind)]
    with (
        traced(request=lease.request_id, parent=lease.traceparent),
        Work(lease, draining=_patient(draining, PATIENCE_S.get(JobKind(lease.kind)))) as work,
    ):
        try:
            work.make_folders()
            if lease.epoch > 1:
                storage.discard_of_job(lease.job_id)  # what a killed attempt left half-written
            handler.perform(work)
            faults.reach("committed", job_id)
            work.remove_folder()
        except LeaseLost:
            _note_loss(work)
        except Stopped:
            _stop(work)
        except (Busy, ShuttingDown) as error:
            said = error.data.get("retry_after_s")
            leases.release(work.lease, after_s=said if isinstance(said, int) else RETRY_AFTER_S)
        except Unavailable as error:
            _try_again(work, code=error.code, message=error.message)
        except (DomainError, EngineError, Failed) as error:
            _give_up(work, error)
        except Exception as error:
            if not work.is_ours():  # who holds it now has taken the files away under this worker
                _note_loss(work)
                return True
            # Whatever it was may pass, such as a restart of the database. Three times at most.
            log.exception("job attempt failed", extra={"job_id": str(job_id)})
            _try_again(work, **_spelt(error))
    return True


def _patient(draining: Callable[[], bool], patience_s: float | None) -> Callable[[], bool]:
    """`draining`, told so much later; it is asked between the steps of the work."""
    if patience_s is None:
        return draining
    asked_at_s: list[float] = []

    def impatient() -> bool:
        if not draining():
            return False
        if not asked_at_s:
            asked_at_s.append(time.monotonic())
        return time.monotonic() - asked_at_s[0] >= patience_s

    return impatient


def _stop(work: Work) -> None:
    if work.lost:
        _note_loss(work)
        return
    if not work.cancelled:
        leases.release(work.lease)
        return
    try:
        with tenant_scope(work.lease.tenant_id):
            leases.stopped(work.lease)
            _abandon(work, code="cancelled", message=subjects.CANCELLED)
    except LeaseLost:
        _note_loss(work)
    else:
        _clean(work)


def _give_up(work: Work, error: DomainError | EngineError | Failed) -> None:
    """Fail for good, unless it was a disk without room, on which somebody may make some."""
    if full := full_disks.told(error):
        _try_again(work, code=StorageFull.code, message=full)
    else:
        _fail(work, code=error.code, message=error.message)


def _spelt(error: Exception) -> dict[str, str]:
    """What people are told of a failure that nobody foresaw."""
    if full := full_disks.told(error):
        return {"code": StorageFull.code, "message": full}
    return {
        "code": "internal_error",
        "message": "This failed three times for a reason the operator finds in the log.",
    }


def _try_again(work: Work, *, code: str, message: str) -> None:
    if work.lease.attempt >= leases.MAX_ATTEMPTS:
        _fail(work, code=code, message=message)
    else:
        leases.retry(work.lease, after_s=RETRY_AFTER_S)


def _fail(work: Work, *, code: str, message: str) -> None:
    try:
        with tenant_scope(work.lease.tenant_id):
            leases.fail(work.lease, code=code, message=message)
            _abandon(work, code=code, message=message)
    except LeaseLost:
        _note_loss(work)
    else:
        _clean(work)


def _abandon(work: Work, *, code: str, message: str) -> None:
    lease = work.lease
    subjects.abandon(
        lease.actor,
        kind=JobKind(lease.kind),
        subject_id=lease.subject_id,
        code=code,
        message=message,
    )


def _note_loss(work: Work) -> None:
    """Somebody else holds the job; what this worker left pending is discarded by them."""
    log.warning("lease lost", extra={"job_id": str(work.lease.job_id)})


def _clean(work: Work) -> None:
    storage.discard_of_job(work.lease.job_id)
    work.remove_folder()
