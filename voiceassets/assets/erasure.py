"""Destroys everything of a person who is to be erased, and signs for what became of it.

`consent.erasure` takes the request; the workers call `strike` when nothing is being made any more,
clear away what lies outside this database, and then call `finish`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from voiceassets.assets.models import Asset, Lexicon, SynthesisRequest
from voiceassets.assets.receipts import LIVE_ASSETS, LIVE_VERSIONS, file_item
from voiceassets.assets.withdrawal import delete_assets_of
from voiceassets.audit import selectors as audit
from voiceassets.audit.actions import Action
from voiceassets.audit.services import transition
from voiceassets.consent import receipts
from voiceassets.consent.models import ConsentRecord, Receipt, ReceiptKind
from voiceassets.consent.receipts import Item, Outcome
from voiceassets.core.context import Actor
from voiceassets.core.models import TenantOwned
from voiceassets.corpus.models import Dataset, Recording, Segment
from voiceassets.corpus.services import delete_recordings_of
from voiceassets.jobs import services as jobs
from voiceassets.jobs.selectors import open_jobs_about
from voiceassets.registry.models import Evaluation, FineTune, ModelVersion, StyleChange
from voiceassets.speakers import keys
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.storage import services as storage
from voiceassets.storage.models import ObjectState, StoredObject
from voiceassets.tenants import idempotency
from voiceassets.voiceprints import services as voiceprints

# What holds a person's files: the word of the receipt, the rows, and the column that names them.
FILES: tuple[tuple[str, type[TenantOwned], str, str], ...] = (
    ("evidence", ConsentRecord, "speaker", "evidence"),
    ("recording", Recording, "speaker", "object"),
    ("transcript", Recording, "speaker", "transcript"),
    ("segment", Segment, "recording__speaker", "object"),
    ("dataset manifest", Dataset, "speaker", "manifest"),
    ("weights", ModelVersion, "voice_model__speaker", "bundle"),
    ("evaluation report", Evaluation, "version__voice_model__speaker", "report"),
    ("audio", Asset, "request__speaker", "object"),
    ("reference clip", SynthesisRequest, "speaker", "clip"),
)
# What jobs are about.
SUBJECTS: tuple[type[TenantOwned], ...] = (
    Recording,
    Dataset,
    FineTune,
    StyleChange,
    SynthesisRequest,
)
# Rows that stay: ids, times, states and hashes, which the log names.
ROWS: tuple[tuple[str, type[TenantOwned], str], ...] = (
    ("consent", ConsentRecord, "speaker"),
    ("recording row", Recording, "speaker"),
    ("dataset", Dataset, "speaker"),
    ("version", ModelVersion, "voice_model__speaker"),
    ("request for speech", SynthesisRequest, "speaker"),
)
SKELETON = (
    "ids, times, states and hashes, so that the log can be verified; its words are unreadable"
)


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What lies outside the database and the object store, to be cleared away by the workers."""

    bundle_hashes: tuple[str, ...]
    dataset_hashes: tuple[str, ...]
    synthesis_ids: tuple[str, ...]


def waiting() -> QuerySet[Speaker]:
    """Whose erasure was asked for and is not finished."""
    return Speaker.objects.filter(state=SpeakerState.ERASING).order_by("id")


@transaction.atomic
def strike(actor: Actor, *, speaker: Speaker) -> Traces | None:
    """Erase every file, once nothing of the voice is being made or heard; None until then.

    What is still being made is stopped; the revocation of the consents withdraws the rest. Harmless
    when repeated.
    """
    subjects = _subjects(speaker)
    for job in open_jobs_about(subjects):
        jobs.stop(actor, job=job)
    if _is_live(speaker) or open_jobs_about(subjects).exists():
        return None
    delete_recordings_of(actor, speaker=speaker)
    delete_assets_of(actor, speaker=speaker)
    for _, stored in _files(speaker):
        if stored.hold:
            storage.set_hold(stored, on=False)
        if stored.state == ObjectState.LIVE:
            storage.erase(actor, stored)
    Lexicon.objects.filter(speaker=speaker).delete()
    return Traces(
        bundle_hashes=_values(ModelVersion, "voice_model__speaker", "bundle_hash", speaker),
        dataset_hashes=_values(Dataset, "speaker", "content_hash", speaker),
        synthesis_ids=tuple(
            row.public_id for row in SynthesisRequest.objects.filter(speaker=speaker).only("pk")
        ),
    )


def empty(speaker: Speaker) -> list[StoredObject]:
    """The files of the voice whose bytes have to be gone before the erasure is finished."""
    return [stored for _, stored in _files(speaker)]


@transaction.atomic
def finish(actor: Actor, *, speaker: Speaker, runs: int) -> Speaker:
    """Destroy the voiceprints and the key: from the commit on nothing of the person is readable."""
    subjects = _subjects(speaker)
    jobs.forget_messages(subjects)
    idempotency.forget_about([speaker.public_id])
    prints = voiceprints.forget(speaker)
    Speaker.objects.filter(pk=speaker.pk).update(name_index="", languages=[])
    keys.destroy(speaker.pk)
    return transition(
        actor,
        speaker,
        to=SpeakerState.ERASED,
        action=Action.SPEAKER_ERASED,
        note={"voiceprints": prints, "runs": runs},
    )


def issue_receipts(actor: Actor) -> int:
    """Sign for every finished erasure of the tenant in scope whose event is sealed."""
    due = Speaker.objects.filter(state=SpeakerState.ERASED).exclude(
        receipts__kind=ReceiptKind.ERASURE
    )
    return sum(_issue(actor, speaker) is not None for speaker in due)


def _issue(actor: Actor, speaker: Speaker) -> Receipt | None:
    erased = audit.position_of(speaker.public_id)
    if erased is None:
        return None
    note = audit.events(action=Action.SPEAKER_ERASED, object_id=speaker.public_id)[0].data
    asked = audit.events(
        action=Action.SPEAKER_ERASURE_REQUESTED, object_id=speaker.public_id
    ).first()
    return receipts.issue(
        actor,
        kind=ReceiptKind.ERASURE,
        speaker=speaker,
        about={
            "ground": asked.data["ground"] if asked else None,
            "erased_by": asdict(erased),
        },
        items=[
            _gone("key", speaker.public_id, "with it everything that was sealed about the person"),
            _gone("voiceprints", f"{note['voiceprints']} of them", "embeddings of the voice"),
            _gone("training runs", f"{note['runs']} of them", "with their clips and models"),
            *(file_item(stored, what, "on hold") for what, stored in _files(speaker)),
            *_skeletons(speaker),
        ],
    )


def _gone(what: str, id_: str, why: str) -> Item:
    return Item(type=what, id=id_, outcome=Outcome.DELETED, state="destroyed", why=why)


def _skeletons(speaker: Speaker) -> Iterator[Item]:
    for what, model, owner in ROWS:
        for row in model._default_manager.filter(**{owner: speaker}).order_by("pk"):
            yield Item(
                type=what,
                id=row.public_id,
                outcome=Outcome.KEPT,
                state=getattr(row, "state", "kept"),
                why=SKELETON,
                event=audit.position_of(row.public_id),
            )


def _files(speaker: Speaker) -> Iterator[tuple[str, StoredObject]]:
    for what, model, owner, column in FILES:
        named = model._default_manager.filter(**{owner: speaker}).values(column)
        for stored in StoredObject.objects.filter(pk__in=named).order_by("pk"):
            yield what, stored


def _is_live(speaker: Speaker) -> bool:
    return (
        ModelVersion.objects.filter(voice_model__speaker=speaker, state__in=LIVE_VERSIONS).exists()
        or Asset.objects.filter(request__speaker=speaker, state__in=LIVE_ASSETS).exists()
    )


def _subjects(speaker: Speaker) -> list[UUID]:
    return [
        pk
        for model in SUBJECTS
        for pk in model._default_manager.filter(Q(speaker=speaker)).values_list("pk", flat=True)
    ]


def _values(model: type[TenantOwned], owner: str, column: str, speaker: Speaker) -> tuple[str, ...]:
    found = model._default_manager.filter(**{owner: speaker}).exclude(**{column: ""})
    return tuple(found.values_list(column, flat=True))
