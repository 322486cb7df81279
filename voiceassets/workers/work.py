"""One job in a worker's hands: its lease kept alive, its folder, its stop signs."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import Error, connection

from voiceassets.jobs import leases
from voiceassets.jobs.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 4
# Somebody who cancels, or hangs up, stops the work after at most so long.
LONGEST_BEAT_S = 1.0


class Failed(Exception):
    """The job cannot succeed, however often it is tried."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, kw_only=True)
class Report:
    """Where the job stands."""

    stage: str = ""
    done: int = 0
    total: int = 0
    eta_s: int | None = None


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}"


class Work:
    """A claimed job. Use as a context manager: the lease is renewed until the block ends.

    `folder` outlives a killed worker, so that the next attempt can resume; `scratch` is this
    attempt's own.
    """

    def __init__(self, lease: Lease, *, draining: Callable[[], bool]) -> None:
        self.lease = lease
        self.folder: Path = settings.WORK_DIR / "jobs" / str(lease.job_id)
        self.scratch = self.folder / f"attempt-{lease.epoch}"
        self.draining = draining
        self.cancelled = False
        self.lost = False
        self._report = Report()
        self._done = threading.Event()
        self._beat = threading.Thread(target=self._keep_lease, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._beat.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._beat.join()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def report(self, stage: str, done: int = 0, total: int = 0, eta_s: float | None = None) -> None:
        """Shown with the next heartbeat."""
        self._report = Report(
            stage=stage, done=done, total=total, eta_s=None if eta_s is None else round(eta_s)
        )

    def should_stop(self) -> bool:
        """Asked between safe points; the worker then raises `synthesis.errors.Stopped`."""
        return self.cancelled or self.lost or self.draining()

    def is_ours(self) -> bool:
        """Whether this worker still holds the job, as far as the database can be asked."""
        self._renew()
        return not self.lost

    def make_folders(self) -> None:
        self.scratch.mkdir(parents=True, exist_ok=True)

    def remove_folder(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep_lease(self) -> None:
        try:
            while not self._done.wait(min(LONGEST_BEAT_S, settings.JOB_LEASE_S / BEATS_PER_LEASE)):
                self._renew()
                if self.lost:
                    return
        finally:
            connection.close()  # this thread's own

    def _renew(self) -> None:
        now = self._report
        try:
            self.cancelled = leases.keep(
                self.lease, stage=now.stage, done=now.done, total=now.total, eta_s=now.eta_s
            )
        except LeaseLost:
            self.lost = True
        except Error as error:
            # The lease may still run out; the epoch then keeps this worker from writing.
            log.warning("lease not renewed", extra={"reason": str(error)})
            connection.close()
