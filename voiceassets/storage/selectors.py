"""Questions about stored files."""

from __future__ import annotations

from uuid import UUID

from voiceassets.core import ids
from voiceassets.core.context import Actor, platform_scope
from voiceassets.core.errors import NotFound
from voiceassets.storage.models import ObjectState, StoredObject, Upload


def get_object(actor: Actor, public_id: str) -> StoredObject:
    """The tenant's live object with this id, or NotFound."""
    key = ids.decode(StoredObject.PREFIX, public_id)
    row = StoredObject.objects.filter(pk=key, state=ObjectState.LIVE).first()
    if row is None:
        raise NotFound("There is no stored object with this id.")
    return row


def get_upload(actor: Actor, public_id: str) -> Upload:
    """The tenant's upload with this id, or NotFound."""
    key = ids.decode(Upload.PREFIX, public_id)
    row = Upload.objects.select_related("object").filter(pk=key).first()
    if row is None:
        raise NotFound("There is no upload with this id.")
    return row


def jobs_with_pending_objects() -> set[UUID]:
    """The jobs, of any tenant, that have begun files which no transaction has claimed."""
    with platform_scope():
        rows = StoredObject.objects.filter(state=ObjectState.PENDING, job_id__isnull=False)
        found = rows.values_list("job_id", flat=True).distinct()
        return {job_id for job_id in found if job_id is not None}
