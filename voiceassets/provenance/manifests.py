"""Records what a labelled file says of itself, in the transaction that releases it."""

from __future__ import annotations

from django.db import transaction

from voiceassets.core.errors import Conflict
from voiceassets.provenance import recognition
from voiceassets.provenance.models import Manifest
from voiceassets.provenance.produce import Produced
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject


@transaction.atomic
def keep(
    produced: Produced, *, stored: StoredObject, written: Written, pcm_sha256: str
) -> Manifest:
    """The manifest of a file that the caller's transaction releases; that decision is recorded.

    `pcm_sha256` is the engine's receipt of what it said.

    Raises:
        Conflict: the file was not made from the samples of that receipt.
    """
    if produced.pcm_sha256 != pcm_sha256:
        raise Conflict(
            "This file was not made from the samples the engine vouched for; speak again.",
            code="receipt_differs",
        )
    manifest = Manifest.objects.create(
        tenant_id=stored.tenant_id,
        object=stored,
        file_sha256=written.sha256,
        pcm_sha256=pcm_sha256,
        marked_sha256=produced.marked_sha256,
        produce_id=produced.label.produce_id,
        labels=produced.marks(),
        produced_at=produced.produced_at,
    )
    recognition.file(manifest, produced.fingerprint)
    return manifest
