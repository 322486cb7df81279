"""Records what a labelled file says of itself, in the transaction that releases it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from voiceassets.core.context import Actor
from voiceassets.core.errors import Invalid
from voiceassets.provenance.label import Label
from voiceassets.provenance.models import Manifest
from voiceassets.storage.backends import Written
from voiceassets.storage.models import ObjectState, StoredObject


@transaction.atomic
def record_manifest(
    actor: Actor,
    *,
    object: StoredObject,  # noqa: A002  (the room's word for a stored file)
    written: Written,
    label: Label,
    audible_cue: bool,
    pcm_sha256: str,
    produced_at: datetime,
) -> Manifest:
    """The manifest of a live, labelled file; `label` is what `labels.label` has read back.

    The caller has authorized `actor` and records the release that this is part of.

    Raises:
        Invalid: the object is not live with exactly the bytes that were labelled.
    """
    if object.state != ObjectState.LIVE or object.sha256 != written.sha256:
        raise Invalid("A manifest is for the live object that holds exactly the labelled bytes.")
    return Manifest.objects.create(
        tenant_id=object.tenant_id,
        object=object,
        file_sha256=written.sha256,
        pcm_sha256=pcm_sha256,
        produce_id=label.produce_id,
        labels={"implicit": label.as_dict(), "audible": "rhythm" if audible_cue else "none"},
        produced_at=produced_at,
    )
