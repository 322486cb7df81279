"""A cleaned copy of a recording: asked for by a person, and kept beside the original."""

from __future__ import annotations

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict
from voiceassets.corpus.gates import require_active_speaker
from voiceassets.corpus.inspection import Facts
from voiceassets.corpus.models import Recording, RecordingState
from voiceassets.jobs import selectors as job_selectors
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

MEASURED = frozenset(
    {
        RecordingState.NEEDS_TRANSCRIPT,
        RecordingState.NEEDS_REVIEW,
        RecordingState.ACCEPTED,
        RecordingState.REJECTED,
    }
)


@transaction.atomic
def request_denoising(actor: Actor, *, recording: Recording) -> Job:
    """Have a recording's noise lowered in a copy, which is prepared and judged like an upload.

    Raises:
        Conflict: it is a cleaned copy itself, was never prepared, or is being worked on.
    """
    authorize(actor, Permission.RECORDINGS_WRITE)
    require_active_speaker(actor, recording.speaker)
    locked = Recording.objects.select_for_update().get(pk=recording.pk)
    if locked.derived_from_id is not None:
        raise Conflict("This is a cleaned copy; clean its original.", code="derived_already")
    if locked.state not in MEASURED:
        raise Conflict(f"The recording is {locked.state}; wait until it was measured.")
    if job_selectors.open_jobs_about([locked.pk]).filter(kind=JobKind.DENOISE).exists():
        raise Conflict("A copy is being made already; wait for its job.", code="in_progress")
    job = jobs.submit(actor, kind=JobKind.DENOISE, tenant_id=locked.tenant_id, subject_id=locked.pk)
    record(actor, Action.RECORDING_DENOISE_REQUESTED, locked, job=job.public_id)
    return job


@transaction.atomic
def finish_denoising(
    actor: Actor,
    *,
    source: Recording,
    object: StoredObject,  # noqa: A002  (the room's word for a stored file)
    written: Written,
    facts: Facts,
    transcript: tuple[StoredObject, Written] | None,
) -> Recording:
    """Keep the copy as a recording of its own, and have it prepared with the same transcript.

    Raises:
        Conflict: the original was deleted meanwhile.
    """
    locked = Recording.objects.select_for_update().get(pk=source.pk)
    if locked.state == RecordingState.DELETED:
        raise Conflict("The recording was deleted meanwhile.", code="recording_deleted")
    copy_id = ids.uuid7()
    copy = Recording.objects.create(
        id=copy_id,
        tenant_id=locked.tenant_id,
        speaker=locked.speaker,
        object=storage.make_live(object, written),
        original_name=locked.original_name,
        language=locked.language,
        style=locked.style,
        derived_from=locked,
        facts=facts.as_dict(),
        transcript=storage.make_live(*transcript) if transcript else None,
        transcript_format=locked.transcript_format if transcript else "",
        job=jobs.submit(
            actor, kind=JobKind.PREPARE, tenant_id=locked.tenant_id, subject_id=copy_id
        ),
        uploaded_by=actor.id,
    )
    record(actor, Action.RECORDING_DERIVED, copy, source=locked.public_id, how="denoised")
    return copy
