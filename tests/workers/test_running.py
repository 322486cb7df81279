"""However a job's work ends, the job ends once, its subject knows, and nothing is left over."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from django.conf import LazySettings

from synthesis.errors import Busy, Stopped, UnspeakableText
from tests.factories import Cast, make_request
from tests.workers.things import ask, asset_of, claim, code_of, expire, reread
from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.context import platform_scope
from voiceassets.core.errors import Unavailable
from voiceassets.jobs import leases, services
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose, StoredObject
from voiceassets.workers import running, work
from voiceassets.workers.work import Failed, Work

# A worker looks after its connection itself, which a test inside a transaction does not survive.
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, kw_only=True)
class Handler:
    """Takes the place of the engine; leaves a pending object behind, as a killed write does."""

    act: Callable[[Work], None]

    def perform(self, work: Work) -> None:
        lease = work.lease
        storage.begin(
            lease.tenant_id, purpose=Purpose.AUDIO, created_by="tests", job_id=lease.job_id
        )
        self.act(work)


class Run(Protocol):
    def __call__(
        self, job: Job, act: Callable[[Work], None], *, draining: Callable[[], bool] = ...
    ) -> None: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> Run:
    settings.WORK_DIR = tmp_path
    monkeypatch.setattr(work, "LONGEST_BEAT_S", 600)  # so that no heartbeat falls into a test
    settings.JOB_LEASE_S = 2400

    def run(
        job: Job, act: Callable[[Work], None], *, draining: Callable[[], bool] = lambda: False
    ) -> None:
        monkeypatch.setitem(running.HANDLERS, JobKind.SYNTHESIZE, Handler(act=act))
        running.run(job.pk, draining=draining)

    return run


def fails(error: Exception) -> Callable[[Work], None]:
    def act(work: Work) -> None:
        raise error

    return act


def left(folder: Path, job: Job) -> tuple[bool, list[str]]:
    """Whether the job's folder is there, and the states of its objects."""
    with platform_scope():
        objects = StoredObject.objects.filter(job_id=job.pk).order_by("id")
        return (folder / "jobs" / str(job.pk)).exists(), list(
            objects.values_list("state", flat=True)
        )


def test_a_job_that_succeeds_leaves_no_folder(cast: Cast, run: Run, tmp_path: Path) -> None:
    def succeed(work: Work) -> None:
        with cast.alice.scope():
            leases.succeed(work.lease, result={})

    job = ask(cast)
    run(job, succeed)
    assert reread(job).state == "succeeded"
    assert not left(tmp_path, job)[0]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Failed("bad_audio", "There is no sound in it."), "bad_audio"),
        (UnspeakableText("Nothing here can be spoken."), "unspeakable_text"),
    ],
)
def test_what_trying_again_would_not_mend_fails_at_once(
    cast: Cast, run: Run, tmp_path: Path, error: Exception, code: str
) -> None:
    job = ask(cast)
    run(job, fails(error))
    assert (reread(job).state, code_of(job), reread(job).attempts) == ("failed", code, 1)
    assert (asset_of(cast, job).state, asset_of(cast, job).reason) == ("failed", code)
    assert left(tmp_path, job) == (False, ["erased"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("who knows"), "internal_error"),
        (OSError(errno.ENOSPC, "No space left on device"), "storage_full"),
        (Unavailable("The store does not answer; try later.", code="store_down"), "store_down"),
    ],
)
def test_what_may_pass_is_tried_three_times(
    cast: Cast, run: Run, tmp_path: Path, error: Exception, code: str
) -> None:
    job = ask(cast)
    for attempt in (1, 2):
        run(job, fails(error))
        assert (reread(job).state, reread(job).attempts) == ("queued", attempt)
        assert asset_of(cast, job).state == "generating"
    run(job, fails(error))
    assert (reread(job).state, code_of(job)) == ("failed", code)
    assert asset_of(cast, job).state == "failed"
    assert left(tmp_path, job) == (False, ["erased"] * 3)


def test_a_busy_engine_puts_the_job_back_and_costs_no_attempt(cast: Cast, run: Run) -> None:
    job = ask(cast)
    run(job, fails(Busy("The engine has 64 requests under way.", data={"retry_after_s": 3})))
    assert (reread(job).state, reread(job).attempts) == ("queued", 0)
    assert asset_of(cast, job).state == "generating"


def test_a_draining_worker_puts_the_job_back_with_its_folder(
    cast: Cast, run: Run, tmp_path: Path
) -> None:
    job = ask(cast)

    def stop(work: Work) -> None:
        (work.folder / "checkpoint").touch()
        raise Stopped("At a safe point.")

    run(job, stop)
    assert (reread(job).state, reread(job).attempts) == ("queued", 0)
    assert [path.name for path in (tmp_path / "jobs" / str(job.pk)).iterdir()] == ["checkpoint"]


@pytest.mark.parametrize(("patience_s", "stops"), [(60.0, False), (0.0, True)])
def test_a_draining_worker_lets_speech_end_for_a_while(
    cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch, patience_s: float, stops: bool
) -> None:
    monkeypatch.setitem(running.PATIENCE_S, JobKind.SYNTHESIZE, patience_s)
    told: list[bool] = []

    def speak(work: Work) -> None:
        told.append(work.should_stop())
        with cast.alice.scope():
            leases.succeed(work.lease, result={})

    run(ask(cast), speak, draining=lambda: True)
    assert told == [stops]


def test_a_job_that_was_cancelled_ends_at_its_next_safe_point(
    cast: Cast, run: Run, tmp_path: Path
) -> None:
    job = ask(cast)

    def be_cancelled(work: Work) -> None:
        with cast.alice.scope() as alice:
            services.cancel(alice, job=job)
        assert work.is_ours()
        assert work.should_stop()
        raise Stopped("At a safe point.")

    run(job, be_cancelled)
    assert reread(job).state == "cancelled"
    assert asset_of(cast, job).reason == "cancelled"
    assert left(tmp_path, job) == (False, ["erased"])


@pytest.mark.parametrize(
    "error",
    [
        OSError("the new holder has taken the files away"),
        Failed("bad_audio", "There is no sound in it."),
        Stopped("At a safe point."),
        leases.LeaseLost(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_worker_that_lost_its_job_changes_nothing_any_more(
    cast: Cast, run: Run, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    job = ask(cast)

    def lose(work: Work) -> None:
        expire(job)
        assert claim(job).epoch == 2
        if isinstance(error, Stopped):
            assert not work.is_ours()
        raise error

    run(job, lose)
    held = reread(job)
    assert (held.state, held.epoch, held.attempts) == ("running", 2, 2)
    assert asset_of(cast, job).state == "generating"
    assert [record.message for record in caplog.records] == ["lease lost"]


def test_a_new_attempt_discards_what_a_killed_one_left(cast: Cast, run: Run) -> None:
    job = ask(cast)
    lease = claim(job)
    killed = storage.begin(
        lease.tenant_id, purpose=Purpose.AUDIO, created_by="tests", job_id=job.pk
    )
    expire(job)
    run(job, fails(OSError("again")))
    with platform_scope():
        assert StoredObject.objects.get(pk=killed.pk).state == "erased"


def test_a_wake_up_for_a_job_in_other_hands_does_nothing(cast: Cast, run: Run) -> None:
    job = ask(cast)
    claim(job)
    run(job, fails(AssertionError("it must not be performed")))
    assert (reread(job).state, reread(job).epoch) == ("running", 1)


@pytest.mark.usefixtures("run")
def test_a_wake_up_is_answered_with_the_job_whose_turn_it_is(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(cast)
    with cast.alice.scope():
        speaker = SynthesisRequest.objects.select_related("speaker").get(job=first).speaker
    second = make_request(cast.alice, speaker).job
    assert second is not None
    monkeypatch.setitem(
        running.HANDLERS, JobKind.SYNTHESIZE, Handler(act=fails(Failed("bad", "No.")))
    )
    running.run_in_turn(second.pk, draining=lambda: False)
    assert [reread(job).state for job in (first, second)] == ["failed", "queued"]
