"""Durable work: PostgreSQL is the record, a queue message only a wake-up."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions
from voiceassets.jobs.kinds import JobKind, Queue


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

TRANSITIONS: Transitions = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class Job(TenantOwned):
    """One piece of work. Every write after the claim is checked against `epoch`."""

    PREFIX = "job"
    TRANSITIONS: ClassVar[Transitions] = TRANSITIONS

    kind = models.CharField(max_length=32, choices=[(k.value, k.value) for k in JobKind])
    queue = models.CharField(max_length=16, choices=[(q.value, q.value) for q in Queue])
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED.value)
    subject_id = models.UUIDField()
    requested_by = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True)
    traceparent = models.CharField(max_length=64, blank=True)
    epoch = models.IntegerField(default=0)
    attempts = models.IntegerField(default=0)
    lease_owner = models.CharField(max_length=128, blank=True)
    lease_until = models.DateTimeField(null=True)
    wake_after = models.DateTimeField()
    cancel_requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=64, blank=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    eta_s = models.IntegerField(null=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-id"], name="jobs_job_newest"),
            models.Index(
                fields=["wake_after"],
                condition=models.Q(state__in=["queued", "running"]),
                name="jobs_job_to_wake",
            ),
            models.Index(fields=["subject_id"], name="jobs_job_subject"),
            models.Index(
                fields=["queue", "tenant", "id"],
                condition=models.Q(state="queued", started_at__isnull=True),
                name="jobs_job_waiting",
            ),
            models.Index(
                fields=["queue", "tenant", "-started_at"],
                condition=models.Q(started_at__isnull=False),
                name="jobs_job_served",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=sorted(FINAL), finished_at__isnull=False)
                | models.Q(state__in=["queued", "running"], finished_at__isnull=True),
                name="jobs_finished_at_iff_final",
            )
        ]

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


class JobAttempt(TenantOwned):
    """One claim of a job by one worker, and how it ended."""

    PREFIX = "jat"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="tries")
    epoch = models.IntegerField()
    worker = models.CharField(max_length=128)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=32, blank=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "epoch"], name="jobs_one_attempt_per_epoch")
        ]
