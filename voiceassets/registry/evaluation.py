"""Evaluations of versions: asked for, made every night, kept, and held against a promotion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.consent import gate
from voiceassets.core.context import Actor, tenant_scope
from voiceassets.core.errors import Conflict
from voiceassets.jobs import selectors as job_selectors
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.registry import selectors
from voiceassets.registry.models import Evaluation, ModelVersion, Occasion, VersionState
from voiceassets.speakers import access
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.tenants.services import system_actor

ENDED = frozenset({VersionState.REJECTED, VersionState.REVOKED})
# Voices in use are evaluated once a day, at the first chance after this time.
NIGHT = time(hour=2)
NIGHTLY = "nightly-evaluation"


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """What a worker found; `report` is pending and holds the page that `written` measures."""

    occasion: Occasion
    metrics: Mapping[str, Any]
    falls: Sequence[Mapping[str, Any]]
    report: StoredObject
    written: Written
    against: ModelVersion | None = None


@transaction.atomic
def request_evaluation(actor: Actor, *, version: ModelVersion) -> Job:
    """Have a version speak the fixed sentences, beside the one in use if that is another.

    Raises:
        ConsentRefused: the consent it was trained under was revoked.
        Conflict: it was rejected or revoked, or is being evaluated.
    """
    authorize(actor, Permission.VERSIONS_APPROVE)
    access.require(actor, version.voice_model.speaker, "manage")
    gate.require_unrevoked(version.consent)
    if version.state in ENDED:
        raise Conflict(f"Version {version.number} is {version.state}; evaluate another one.")
    if job_selectors.open_jobs_about([version.pk]).exists():
        raise Conflict("This version is being evaluated; wait for its job.", code="in_progress")
    return _submit(actor, version)


def submit_nightly(now: datetime | None = None) -> int:
    """Have every voice in use evaluated that was not since last night; returns how many."""
    local = timezone.localtime(now)
    since = local.replace(hour=NIGHT.hour, minute=NIGHT.minute, second=0, microsecond=0)
    if since > local:
        since -= timedelta(days=1)
    return sum(_submit_in(tenant, since) for tenant in Tenant.objects.all())


@transaction.atomic
def keep_evaluation(actor: Actor, *, version: ModelVersion, evaluated: Evaluated) -> Evaluation:
    """Keep what a worker measured, in the transaction that ends its job; a fall raises an alert."""
    kept = Evaluation.objects.create(
        tenant_id=version.tenant_id,
        version=version,
        name=evaluated.occasion.value,
        metrics=dict(evaluated.metrics),
        falls=[dict(fall) for fall in evaluated.falls],
        against=evaluated.against,
        report=storage.make_live(evaluated.report, evaluated.written),
    )
    fell = [fall["measure"] for fall in kept.falls]
    record(
        actor,
        Action.VERSION_FELL if fell else Action.VERSION_EVALUATED,
        version,
        evaluation=kept.public_id,
        occasion=kept.name,
        against=kept.against and kept.against.public_id,
        **({"measures": fell} if fell else {}),
    )
    return kept


def require_no_worse(version: ModelVersion, *, override: str) -> str | None:
    """The code of what speaks against promoting a version, overridden; None if nothing does.

    Raises:
        Conflict: `not_compared`, `worse_than_before`: something does, and nobody took the blame.
    """
    latest = Evaluation.objects.filter(version=version).order_by("-id").first()
    in_use = selectors.production_version(version.voice_model.speaker)
    if latest is not None and latest.falls:
        worse = ", ".join(fall["measure"].replace("_", " ") for fall in latest.falls)
        code, message = "worse_than_before", f"It is worse than before in: {worse}."
    elif in_use is not None and in_use.pk != version.pk and not _met(latest, in_use):
        code = "not_compared"
        message = f"It was not compared with version {in_use.number}, which is in use."
    else:
        return None
    if override.strip():
        return code
    raise Conflict(
        f"{message} Evaluate it, or say in `override` why it is promoted all the same.", code=code
    )


def _met(latest: Evaluation | None, in_use: ModelVersion) -> bool:
    return latest is not None and latest.against_id == in_use.pk


def _submit_in(tenant: Tenant, since: datetime) -> int:
    actor = system_actor(NIGHTLY)
    submitted = 0
    with tenant_scope(tenant.pk):
        due = ModelVersion.objects.filter(
            state=VersionState.APPROVED, created_at__lt=since
        ).exclude(evaluations__created_at__gte=since)
        for version in due.order_by("id"):
            if job_selectors.jobs_about(version.pk, since=since).exists():
                continue
            _submit(actor, version)
            submitted += 1
    return submitted


def _submit(actor: Actor, version: ModelVersion) -> Job:
    job = jobs.submit(
        actor, kind=JobKind.EVALUATE, tenant_id=version.tenant_id, subject_id=version.pk
    )
    record(actor, Action.EVALUATION_REQUESTED, version, job=job.public_id)
    return job
