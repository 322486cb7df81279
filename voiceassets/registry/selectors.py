"""Questions about trained voices."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from voiceassets.consent.models import ConsentRecord
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import NotFound
from voiceassets.core.statements import found
from voiceassets.registry.models import (
    BaseModel,
    Evaluation,
    FineTune,
    ModelVersion,
    Occasion,
    StyleChange,
    VersionState,
)
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import StoredObject

IN_PRODUCTION = """
SELECT v.* FROM registry_modelversion v JOIN registry_voicemodel m ON m.id = v.voice_model_id
 WHERE v.tenant_id = %s AND m.speaker_id = %s AND v.state = 'approved'
"""


def finetunes(actor: Actor, *, speaker: Speaker | None = None) -> QuerySet[FineTune]:
    """The fine-tunes of voices the actor may know of, newest first."""
    rows = FineTune.objects.filter(access.known(actor))
    if speaker is not None:
        rows = rows.filter(speaker=speaker)
    return rows.select_related(
        "speaker", "dataset", "consent", "job", "version", "continues"
    ).order_by("-id")


def get_finetune(actor: Actor, public_id: str) -> FineTune:
    """Raises `NotFound` when it is missing, another tenant's, or of a hidden voice."""
    row = finetunes(actor).filter(pk=ids.decode(FineTune.PREFIX, public_id)).first()
    if row is None:
        raise NotFound("There is no such fine-tune.")
    return row


def versions(
    actor: Actor, *, speaker: Speaker | None = None, state: str = ""
) -> QuerySet[ModelVersion]:
    """The versions of voices the actor may know of, newest first."""
    rows = ModelVersion.objects.filter(access.known(actor, "voice_model__speaker"))
    if speaker is not None:
        rows = rows.filter(voice_model__speaker=speaker)
    if state:
        rows = rows.filter(state=state)
    return rows.select_related("voice_model__speaker", "dataset", "consent", "base").order_by("-id")


def get_version(actor: Actor, public_id: str) -> ModelVersion:
    """Raises `NotFound` when it is missing, another tenant's, or of a hidden voice."""
    row = versions(actor).filter(pk=ids.decode(ModelVersion.PREFIX, public_id)).first()
    if row is None:
        raise NotFound("There is no such version.")
    return row


def production_version(speaker: Speaker) -> ModelVersion | None:
    """The one approved version of a voice; the caller has checked access to the speaker."""
    return next(iter(found(ModelVersion, IN_PRODUCTION, [speaker.tenant_id, speaker.pk])), None)


def being_made(consent: ConsentRecord) -> list[UUID]:
    """What was asked for under a consent and has no version yet: the subjects of its jobs."""
    return [
        pk
        for kind in (FineTune, StyleChange)
        for pk in kind.objects.filter(consent=consent, version=None).values_list("pk", flat=True)
    ]


def evaluations(actor: Actor, version: ModelVersion) -> QuerySet[Evaluation]:
    """What was measured of a version, newest first."""
    visible = versions(actor).filter(pk=version.pk)
    rows = Evaluation.objects.filter(version__in=visible)
    return rows.select_related("against").order_by("-id")


def get_report(actor: Actor, version: ModelVersion) -> StoredObject:
    """The page of the newest evaluation; NotFound when the version has none."""
    rows = evaluations(actor, version).exclude(report=None).select_related("report")
    newest = rows.first()
    if newest is None or newest.report is None:
        raise NotFound("This version was not evaluated yet; ask for an evaluation.")
    return newest.report


def baseline(version: ModelVersion) -> Evaluation | None:
    """What a version's later nights are compared with: its last evaluation that people saw."""
    rows = Evaluation.objects.filter(version=version).exclude(name=Occasion.NIGHTLY)
    return rows.order_by("-id").first()


def base_models() -> QuerySet[BaseModel]:
    """The bases this tenant's versions started from, newest first."""
    return BaseModel.objects.order_by("-id")


def speaking(rows: QuerySet[Speaker]) -> QuerySet[Speaker]:
    """Those of some voices that have an approved version, each with that version's `styles`."""
    approved = ModelVersion.objects.filter(
        state=VersionState.APPROVED, voice_model__speaker=OuterRef("pk")
    )
    return rows.filter(Exists(approved)).annotate(styles=Subquery(approved.values("styles")))
