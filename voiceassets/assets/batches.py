"""Many lines at once: asked for in one decision, spoken one by one, each with an end of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from voiceassets.assets import labelling, lexicons, requests
from voiceassets.assets.delivery import Delivery, require_speakable
from voiceassets.assets.labelling import Wish
from voiceassets.assets.models import Asset, AssetState, AudioFormat, Batch, SynthesisRequest
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.consent.terms import Use
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid, NotFound
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import FINAL
from voiceassets.registry.models import ModelVersion
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.tenants import metering
from voiceassets.tenants.models import UsageEntry
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

MOST_LINES = 1000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One text, under the id that the client knows it by."""

    id: str
    text: str


@transaction.atomic
def request_batch(
    actor: Actor,
    *,
    name: str,
    speaker: Speaker,
    lines: Sequence[Line],
    use: Use,
    style: str = "default",
    version: ModelVersion | None = None,
    delivery: Delivery | None = None,
    format: str = AudioFormat.WAV,  # noqa: A002
) -> Batch:
    """Have `speaker` say every line; the sweeper wakes workers for them as they get free.

    Raises:
        Refused: a gate says no, for all lines.
        Invalid: there are no lines, too many, two with one id, or one that cannot be spoken.
        QuotaExceeded: not all lines fit into a limit; none was taken.
    """
    texts = _texts(lines)
    fields = requests.admit(
        actor, speaker=speaker, version=version, style=style, format=format, use=use
    )
    batch = Batch.objects.create(
        tenant_id=speaker.tenant_id,
        speaker=speaker,
        name=name,
        format=format,
        line_count=len(texts),
        requested_by_id=actor.user_id,
    )
    how = delivery or Delivery()
    known = lexicons.lexicons_for(speaker)
    in_order = sorted(ids.uuid7() for _ in texts)  # those of one millisecond are not
    rows = [
        SynthesisRequest(
            pk=pk,
            text=text,
            lexicon=lexicons.words_in(known, text),
            settings=how.as_settings(),
            batch=batch,
            line_id=line_id,
            **fields,
        )
        for pk, (line_id, text) in zip(in_order, texts.items(), strict=True)
    ]
    reserved = metering.reserved(
        actor,
        speaker_id=speaker.pk,
        characters={row.pk: len(row.text) for row in rows},
        batch=True,
    )
    UsageEntry.objects.bulk_create(reserved)
    queued = jobs.submit_many(actor, kind=JobKind.SYNTHESIZE_BATCH, subjects=rows)
    for row, job in zip(rows, queued, strict=True):
        row.job = job
        labelling.apply(actor, row, Wish())
    SynthesisRequest.objects.bulk_create(rows)
    Asset.objects.bulk_create(Asset(tenant_id=row.tenant_id, request=row) for row in rows)
    record(
        actor,
        Action.BATCH_REQUESTED,
        batch,
        speaker=speaker.public_id,
        version=fields["version"].public_id,
        consent=fields["consent"].public_id,
        lines=len(rows),
        characters=sum(len(row.text) for row in rows),
        preview=fields["preview"],
    )
    return batch


@transaction.atomic
def cancel_batch(actor: Actor, *, batch: Batch) -> int:
    """Stop every line that has not ended; returns how many. What is spoken stays.

    Raises:
        Conflict: all lines have ended.
    """
    authorize(actor, Permission.JOBS_CANCEL)
    access.require(actor, batch.speaker, "use")
    open_lines = list(
        SynthesisRequest.objects.filter(batch=batch)
        .exclude(job__state__in=FINAL)
        .select_related("job")
    )
    if not open_lines:
        raise Conflict("Every line of this batch has ended; there is nothing to cancel.")
    for line in open_lines:
        if line.job is not None:
            with suppress(Conflict):  # it ended while we looked
                jobs.stop(actor, job=line.job)
    record(actor, Action.BATCH_CANCELLED, batch, lines=len(open_lines))
    return len(open_lines)


def batches(actor: Actor) -> QuerySet[Batch]:
    """The batches of voices the actor may know of, newest first, with their lines counted."""
    counts = {
        f"{state}_count": Count("lines", filter=Q(lines__asset__state=state))
        for state in (AssetState.GENERATING, AssetState.RELEASED, AssetState.REFUSED)
    }
    visible = Batch.objects.filter(access.known(actor))
    return visible.select_related("speaker").annotate(**counts).order_by("-id")


def get_batch(actor: Actor, public_id: str) -> Batch:
    """Raises `NotFound` when it is missing, another tenant's, or of a hidden voice."""
    batch = batches(actor).filter(pk=ids.decode(Batch.PREFIX, public_id)).first()
    if batch is None:
        raise NotFound("There is no such batch.")
    return batch


def lines_of(batch: Batch, *, state: str = "") -> QuerySet[SynthesisRequest]:
    """The lines of a batch that the actor was shown, the last first."""
    rows = SynthesisRequest.objects.filter(batch=batch).select_related("asset__object", "job")
    if state:
        rows = rows.filter(asset__state=state)
    return rows.order_by("-id")


def _texts(lines: Sequence[Line]) -> dict[str, str]:
    if not 1 <= len(lines) <= MOST_LINES:
        raise Invalid(f"A batch has 1 to {MOST_LINES} lines, not {len(lines)}.", field="lines")
    texts: dict[str, str] = {}
    for line in lines:
        if line.id in texts:
            raise Invalid(f"Two lines have the id {line.id}; give each its own.", field="lines")
        try:
            texts[line.id] = require_speakable(line.text)
        except Invalid as error:
            raise Invalid(f"Line {line.id}: {error.message}", field="lines") from error
    return texts
