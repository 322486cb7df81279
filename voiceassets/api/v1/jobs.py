"""/v1/jobs: how far long work is, and stopping it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework import serializers

from voiceassets.api import events
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import PageQuery
from voiceassets.api.slots import Held, slot
from voiceassets.jobs import selectors, services
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job, JobState
from voiceassets.tenants.permissions import Permission


class JobList(PageQuery):
    kind = serializers.ChoiceField(choices=[k.value for k in JobKind], required=False)
    state = serializers.ChoiceField(choices=JobState.values, required=False)


class ProgressOut(serializers.Serializer[Any]):
    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    eta_s = serializers.IntegerField(allow_null=True)


class JobOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    state = serializers.CharField()
    progress = ProgressOut(source="*")
    attempts = serializers.IntegerField()
    cancel_requested = serializers.SerializerMethodField()
    result = serializers.JSONField(allow_null=True)
    error = serializers.JSONField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_cancel_requested(self, job: Job) -> bool:
        return job.cancel_requested_at is not None


class Jobs(Endpoint):
    @operation("jobs.list", Permission.JOBS_READ, query=JobList, answer=JobOut, paged=True)
    def get(self, call: Call) -> Page:
        """The tenant's jobs, newest first."""
        kind, state = call.query.get("kind", ""), call.query.get("state", "")
        return page(selectors.jobs(call.actor, kind=kind, state=state), call.query)


class JobDetail(Endpoint):
    @operation("jobs.get", Permission.JOBS_READ, answer=JobOut)
    def get(self, call: Call, job_id: str) -> Job:
        """One job: its state, progress, and result or error."""
        return one(selectors.jobs(call.actor), job_id)


class JobCancel(Endpoint):
    @operation("jobs.cancel", Permission.JOBS_CANCEL, answer=JobOut)
    def post(self, call: Call, job_id: str) -> Job:
        """Stop a job: at once while it waits, at its next safe point while it runs."""
        return services.cancel(call.actor, job=one(selectors.jobs(call.actor), job_id))


class JobEvents(Endpoint):
    @operation("jobs.events", Permission.JOBS_READ, scoped=False, media=("text/event-stream",))
    def get(self, call: Call, job_id: str) -> StreamingHttpResponse:
        """The job's progress as server-sent events, for a minute; resume with `Last-Event-ID`."""

        def snapshot() -> tuple[dict[str, Any], bool]:
            with call.scope():
                job = one(selectors.jobs(call.actor), job_id)
                return dict(JobOut(job).data), job.is_final

        snapshot()  # a job that is not there is a 404, not an empty feed
        last = call.request.headers.get("Last-Event-ID", "")
        with ExitStack() as place:
            place.enter_context(slot())
            feed = Held(events.feed(snapshot, last_event_id=last), place.pop_all())
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(feed, content_type="text/event-stream", headers=headers)


def job_headers(job: Job | None) -> dict[str, str]:
    """Where to follow work that was accepted, and when to look first."""
    assert job is not None, "whoever accepted the work submitted a job"
    return {"Location": f"/v1/jobs/{job.public_id}", "Retry-After": "1"}
