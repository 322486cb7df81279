"""Judging versions: approving, rejecting, retiring, and revoking what lost its consent."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import transition
from voiceassets.consent import gate
from voiceassets.consent.models import ConsentRecord
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid, NotAllowed
from voiceassets.core.states import require_transition
from voiceassets.jobs import selectors as job_selectors
from voiceassets.jobs import services as jobs
from voiceassets.registry import evaluation, selectors
from voiceassets.registry.models import (
    Approval,
    Decision,
    ModelVersion,
    VersionState,
    VoiceModel,
)
from voiceassets.speakers import access
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@transaction.atomic
def approve(
    actor: Actor, *, version: ModelVersion, reason: str = "", override: str = ""
) -> ModelVersion:
    """Let a candidate, or a retired version again, speak for the voice; the one before retires.

    `override` is the reason to approve a version that is worse than the one in use, or that was
    not compared with it.

    Raises:
        Conflict: `not_compared` or `worse_than_before`, and there is no override.
        NotAllowed: `four_eyes`, the actor is who asked for it, or not a person.
        ConsentRefused: the consent it was trained under was revoked.
    """
    approver = _judge(actor, version)
    if approver == version.requested_by_id:
        raise NotAllowed(
            "Whoever asked for a version may not approve it; ask a second person.",
            code="four_eyes",
        )
    VoiceModel.objects.select_for_update().get(pk=version.voice_model_id)
    gate.require_unrevoked(version.consent, lock=True)
    current = ModelVersion.objects.get(pk=version.pk)
    require_transition(
        ModelVersion.TRANSITIONS,
        noun="version",
        before=current.state,
        after=VersionState.APPROVED,
    )
    objection = evaluation.require_no_worse(current, override=override)
    retired = _retire_current(version.voice_model_id)
    approved = transition(
        actor,
        version,
        to=VersionState.APPROVED,
        action=Action.VERSION_APPROVED,
        note={"retired": retired, "overridden": objection},
    )
    words = " ".join(filter(None, [reason.strip(), override.strip() if objection else ""]))
    _keep_judgement(approved, Decision.APPROVED, approver, words)
    return approved


@transaction.atomic
def reject(actor: Actor, *, version: ModelVersion, reason: str) -> ModelVersion:
    """A candidate will never speak; the reason is kept with the judgement."""
    approver = _judge(actor, version)
    if not reason.strip():
        raise Invalid("Say why the version is rejected.", field="reason")
    rejected = transition(actor, version, to=VersionState.REJECTED, action=Action.VERSION_REJECTED)
    _keep_judgement(rejected, Decision.REJECTED, approver, reason)
    return rejected


@transaction.atomic
def retire(actor: Actor, *, version: ModelVersion) -> ModelVersion:
    """The approved version stops speaking; it may be approved again."""
    authorize(actor, Permission.VERSIONS_RETIRE)
    access.require(actor, version.voice_model.speaker, "manage")
    return transition(actor, version, to=VersionState.RETIRED, action=Action.VERSION_RETIRED)


@transaction.atomic
def revoke_versions_of(actor: Actor, *, consent: ConsentRecord) -> list[ModelVersion]:
    """Withdraw every version trained under a revoked consent and stop what makes more of them.

    Harmless when repeated: what is withdrawn or rejected already stays as it is.
    """
    authorize(actor, Permission.VERSIONS_RETIRE)
    _stop_making(actor, consent)
    living = ModelVersion.objects.filter(consent=consent).exclude(
        state__in=[VersionState.REJECTED, VersionState.REVOKED]
    )
    return [
        transition(
            actor,
            version,
            to=VersionState.REVOKED,
            action=Action.VERSION_REVOKED,
            note={"consent": consent.public_id},
        )
        for version in living.select_for_update().order_by("pk")
    ]


def _judge(actor: Actor, version: ModelVersion) -> UUID:
    authorize(actor, Permission.VERSIONS_APPROVE)
    access.require(actor, version.voice_model.speaker, "manage")
    if actor.user_id is None:
        raise NotAllowed("A version is judged by a person.", code="four_eyes")
    return actor.user_id


def _retire_current(voice_model_id: UUID) -> str | None:
    """Make room for another approved version; the approval's event names what it replaced."""
    current = (
        ModelVersion.objects.select_for_update()
        .filter(voice_model_id=voice_model_id, state=VersionState.APPROVED)
        .first()
    )
    if current is None:
        return None
    current.state = VersionState.RETIRED
    current.save(update_fields=["state"])
    return current.public_id


def _keep_judgement(version: ModelVersion, decision: Decision, approver: UUID, reason: str) -> None:
    Approval.objects.create(
        tenant_id=version.tenant_id,
        version=version,
        decision=decision.value,
        reason=reason.strip(),
        approver_id=approver,
        requested_by_id=version.requested_by_id,
    )


def _stop_making(actor: Actor, consent: ConsentRecord) -> None:
    for job in job_selectors.open_jobs_about(selectors.being_made(consent)):
        with suppress(Conflict):  # it ended while we looked
            jobs.stop(actor, job=job)
