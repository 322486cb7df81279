"""Questions about uploads; stored files are reached through the rows that own them."""

from __future__ import annotations

from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import NotFound
from voiceassets.storage.models import Upload


def get_upload(actor: Actor, public_id: str) -> Upload:
    """The tenant's upload with this id, or NotFound."""
    key = ids.decode(Upload.PREFIX, public_id)
    row = Upload.objects.select_related("object").filter(pk=key).first()
    if row is None:
        raise NotFound("There is no upload with this id.")
    return row
