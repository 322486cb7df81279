"""What became of everything that rested on a revoked consent, once all of it has come to rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from uuid import UUID

from django.db.models import Q, QuerySet

from voiceassets.assets.models import Asset, AssetState, SynthesisRequest
from voiceassets.audit import selectors as audit
from voiceassets.audit.chain import timestamp
from voiceassets.consent import receipts
from voiceassets.consent.models import ConsentRecord, ConsentState, Receipt, ReceiptKind
from voiceassets.consent.receipts import Item, Outcome
from voiceassets.core.context import Actor, tenant_scope
from voiceassets.corpus.models import Dataset, Recording, RecordingState, Segment
from voiceassets.jobs.models import Job
from voiceassets.jobs.selectors import open_jobs_about
from voiceassets.registry.models import ModelVersion, VersionState
from voiceassets.registry.selectors import being_made
from voiceassets.storage.models import ObjectState, StoredObject
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import system_actor

LIVE_VERSIONS = (VersionState.CANDIDATE, VersionState.APPROVED, VersionState.RETIRED)
LIVE_ASSETS = (AssetState.GENERATING, AssetState.RELEASED)
QUARANTINED = "kept out of reach: no door gives it out; erasure on request deletes it"
PROOF = "proof that what was made until the revocation was lawful; erasure on request deletes it"


def issue_due() -> int:
    """Give every revoked consent its receipt when all that rested on it is settled."""
    return sum(_issue_in(tenant) for tenant in Tenant.objects.all())


def _issue_in(tenant: Tenant) -> int:
    issued = 0
    with tenant_scope(tenant.pk):
        due = ConsentRecord.objects.filter(state=ConsentState.REVOKED, receipt__isnull=True)
        for consent in due.select_for_update(of=("self",), skip_locked=True):
            issued += issue_revocation(system_actor("receipts"), consent=consent) is not None
    return issued


def issue_revocation(actor: Actor, *, consent: ConsentRecord) -> Receipt | None:
    """The receipt, or None while something is still live, or its event is not sealed yet."""
    subjects = _jobs_subjects(consent)
    live = (
        ModelVersion.objects.filter(consent=consent, state__in=LIVE_VERSIONS).exists()
        or _assets(consent).filter(state__in=LIVE_ASSETS).exists()
        or open_jobs_about(subjects).exists()
    )
    revoked = audit.position_of(consent.public_id)
    if live or revoked is None:
        return None
    return receipts.issue(
        actor,
        kind=ReceiptKind.REVOCATION,
        speaker=consent.speaker,
        consent=consent,
        about={
            "consent": consent.public_id,
            "revoked_at": timestamp(consent.revoked_at) if consent.revoked_at else None,
            "revoked_by": asdict(revoked),
        },
        items=[
            *_stopped(subjects),
            *_versions(consent),
            *_audio(consent),
            *_material(consent),
        ],
    )


def _jobs_subjects(consent: ConsentRecord) -> list[UUID]:
    """What was asked for under the consent: its jobs, the speaking again too, are stopped."""
    asked = SynthesisRequest.objects.filter(Q(consent=consent) | Q(version__consent=consent))
    return [*being_made(consent), *asked.values_list("pk", flat=True)]


def _stopped(subjects: list[UUID]) -> Iterator[Item]:
    for job in Job.objects.filter(subject_id__in=subjects, state="cancelled").order_by("pk"):
        yield Item(
            type="job",
            id=job.public_id,
            outcome=Outcome.STOPPED,
            state=job.state,
            why="it was waiting or running under the consent",
            event=audit.position_of(job.public_id),
        )


def _versions(consent: ConsentRecord) -> Iterator[Item]:
    rows = ModelVersion.objects.filter(consent=consent).select_related("bundle").order_by("pk")
    for version in rows:
        yield Item(
            type="version",
            id=version.public_id,
            outcome=Outcome.WITHDRAWN,
            state=version.state,
            why="it was trained under the consent and speaks no more",
            sha256=version.bundle_hash,
            event=audit.position_of(version.public_id),
        )
        yield file_item(version.bundle, "weights", QUARANTINED)


def _assets(consent: ConsentRecord) -> QuerySet[Asset]:
    return Asset.objects.filter(
        Q(consent=consent) | Q(request__consent=consent) | Q(request__version__consent=consent)
    )


def _audio(consent: ConsentRecord) -> Iterator[Item]:
    for asset in _assets(consent).select_related("object").order_by("pk"):
        ended = asset.state in {AssetState.REFUSED, AssetState.FAILED}
        yield Item(
            type="asset",
            id=asset.public_id,
            outcome=Outcome.STOPPED if ended else Outcome.WITHDRAWN,
            state=asset.state,
            why="it was never released" if ended else "it rests on the consent",
            event=audit.position_of(asset.public_id),
        )
        if asset.object is not None:
            yield file_item(asset.object, "audio", QUARANTINED)


def _material(consent: ConsentRecord) -> Iterator[Item]:
    """Evidence, recordings and datasets: a revocation alone deletes none of them."""
    if consent.evidence is not None:
        yield file_item(consent.evidence, "evidence", PROOF)
    recordings = Recording.objects.filter(speaker=consent.speaker)
    recordings = recordings.exclude(state=RecordingState.DELETED)
    for recording in recordings.select_related("object", "transcript").order_by("pk"):
        yield file_item(recording.object, "recording", QUARANTINED)
        if recording.transcript is not None:
            yield file_item(recording.transcript, "transcript", QUARANTINED)
    segments = Segment.objects.filter(recording__in=recordings).select_related("object")
    for segment in segments.order_by("pk"):
        yield file_item(segment.object, "segment", QUARANTINED)
    datasets = Dataset.objects.filter(speaker=consent.speaker).select_related("manifest")
    for dataset in datasets.order_by("pk"):
        if dataset.manifest is not None:
            yield file_item(dataset.manifest, "dataset manifest", QUARANTINED)
        yield Item(
            type="dataset",
            id=dataset.public_id,
            outcome=Outcome.KEPT,
            state=dataset.state,
            why=QUARANTINED,
            sha256=dataset.content_hash,
        )


def file_item(stored: StoredObject, what: str, why: str) -> Item:
    """A stored file as it is now."""
    erased = stored.state == ObjectState.ERASED
    return Item(
        type=what,
        id=stored.public_id,
        outcome=Outcome.DELETED if erased else Outcome.KEPT,
        state=stored.state,
        why="its bytes are gone" if erased else why,
        sha256=stored.sha256,
    )
