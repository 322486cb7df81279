"""Direct uploads: a ticket for one large file, its bytes, and their use by another room.

upload = open_upload(...)          a ticket; presign.upload_request(upload) is where to PUT
receive(upload, stream)            the PUT, when the store is a folder and the API takes it in
written = fetch_upload(upload, p)  a local copy to inspect and to store under a key of its own
use_upload(actor, upload=upload)   in the transaction that records what became of it
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.core.context import Actor, ActorKind, platform_scope, tenant_scope
from voiceassets.core.errors import Conflict, DomainError, Invalid, Unavailable
from voiceassets.core.states import require_transition
from voiceassets.storage.backends import KeyTaken, Written, backend
from voiceassets.storage.models import Purpose, Upload, UploadState
from voiceassets.storage.services import add_pending, copy_to, discard, erase
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.tenants.services import system_actor

USE_WITHIN = timedelta(hours=24)
SWEEP_BATCH = 500

PERMISSION_FOR: dict[Purpose, Permission] = {
    Purpose.RECORDING: Permission.RECORDINGS_WRITE,
    Purpose.EVIDENCE: Permission.CONSENTS_WRITE,
}


class TooLarge(DomainError):
    code = "too_large"
    status = 413


class SizeMismatch(Invalid):
    code = "size_mismatch"


@transaction.atomic
def open_upload(actor: Actor, *, purpose: Purpose, size_bytes: int, content_type: str) -> Upload:
    """A ticket to send exactly `size_bytes` bytes until it expires.

    Raises:
        TooLarge: more than UPLOAD_MAX_BYTES.
        Invalid: an empty file, or a purpose for which no direct upload is offered.
    """
    if purpose not in PERMISSION_FOR:
        offered = ", ".join(sorted(PERMISSION_FOR))
        raise Invalid(f"Direct uploads are for {offered}; send other files with their request.")
    authorize(actor, PERMISSION_FOR[purpose])
    if actor.tenant_id is None:
        raise Invalid("An upload belongs to a tenant; act as a member of one.")
    if size_bytes < 1:
        raise Invalid("size_bytes must be the size of the file you are going to send.")
    require_size(size_bytes)
    upload = Upload.objects.create(
        tenant_id=actor.tenant_id,
        object=add_pending(actor.tenant_id, purpose=purpose, created_by=actor.id),
        declared_bytes=size_bytes,
        content_type=content_type,
        expires_at=Now() + timedelta(seconds=settings.UPLOAD_URL_TTL_S),
        opened_by=actor.id,
        opened_by_kind=actor.kind,
    )
    upload.refresh_from_db(fields=["expires_at"])
    record(actor, Action.UPLOAD_OPENED, upload, purpose=purpose.value, size_bytes=size_bytes)
    return upload


def require_size(size_bytes: int) -> None:
    """Raise `TooLarge` for a file bigger than the platform takes."""
    if size_bytes > settings.UPLOAD_MAX_BYTES:
        raise TooLarge(
            f"The file is larger than {settings.UPLOAD_MAX_BYTES // 1024**2} MB; "
            "cut it into parts or send compressed audio.",
            max_bytes=settings.UPLOAD_MAX_BYTES,
        )


def receive(upload: Upload, stream: BinaryIO) -> Upload:
    """Take in the bytes of an open upload, exactly as many as declared; outside any scope.

    Raises:
        Conflict: the ticket has expired, or its bytes have arrived already.
        SizeMismatch: more or fewer bytes; nothing is kept, and the ticket stays open.
    """
    current = _current(upload)
    if current.state != UploadState.OPEN or current.expires_at <= timezone.now():
        raise Conflict(
            "This upload is used or has expired; open another one.", code="upload_closed"
        )
    exact = cast(BinaryIO, _ExactReader(stream, current.declared_bytes))
    try:
        backend().put(current.object.key, exact, content_type=current.content_type)
    except KeyTaken as error:
        raise Conflict(
            "The bytes of this upload have arrived already; use it.", code="upload_taken"
        ) from error
    sender = Actor(
        kind=ActorKind(upload.opened_by_kind), id=upload.opened_by, tenant_id=upload.tenant_id
    )
    with tenant_scope(upload.tenant_id):
        received = transition(
            sender,
            upload,
            to=UploadState.RECEIVED,
            action=Action.OBJECT_UPLOADED,
            expires_at=Now() + USE_WITHIN,
        )
        received.refresh_from_db(fields=["expires_at"])
    return received


def fetch_upload(upload: Upload, path: Path) -> Written:
    """Copy what was sent to `path`, measured here; outside any scope.

    Raises:
        Conflict: nothing has been sent, or the upload is used or has expired.
        SizeMismatch: the store took another size than declared.
    """
    current = _current(upload)
    if current.state not in {UploadState.OPEN, UploadState.RECEIVED}:
        raise Conflict(f"This upload is {current.state}; open another one.", code="upload_closed")
    try:
        written = copy_to(current.object, path, at_most_bytes=current.declared_bytes)
    except Unavailable as error:
        raise Conflict(
            "No bytes have arrived for this upload; PUT the file to its URL first.",
            code="upload_missing",
        ) from error
    if written.size_bytes != upload.declared_bytes:
        path.unlink()
        raise _mismatch(upload.declared_bytes)
    return written


@transaction.atomic
def use_upload(actor: Actor, *, upload: Upload) -> Upload:
    """Close the ticket and erase what was sent, in the transaction that kept a copy of it.

    The caller authorizes and records; a second use is refused.
    """
    locked = Upload.objects.select_for_update().select_related("object").get(pk=upload.pk)
    require_transition(
        locked.TRANSITIONS, noun="upload", before=locked.state, after=UploadState.USED
    )
    locked.state = UploadState.USED
    locked.save(update_fields=["state"])
    erase(actor, locked.object)
    return locked


def expire_uploads() -> int:
    """Close the tickets whose time is over and give up what was sent; returns how many."""
    with platform_scope():
        due = list(
            Upload.objects.select_related("object")
            .filter(state__in=[UploadState.OPEN, UploadState.RECEIVED], expires_at__lt=Now())
            .order_by("expires_at")[:SWEEP_BATCH]
        )
    for upload in due:
        with tenant_scope(upload.tenant_id):
            transition(
                system_actor("sweep"), upload, to=UploadState.EXPIRED, action=Action.UPLOAD_EXPIRED
            )
            discard(upload.object)
    return len(due)


def _current(upload: Upload) -> Upload:
    """The row as it is now, with its object at hand outside the scope."""
    with tenant_scope(upload.tenant_id):
        return Upload.objects.select_related("object").get(pk=upload.pk)


def _mismatch(declared_bytes: int) -> SizeMismatch:
    return SizeMismatch(
        f"The upload was opened for exactly {declared_bytes} bytes; send the whole file and "
        "nothing more, or open another upload with the right size.",
        declared_bytes=declared_bytes,
    )


class _ExactReader:
    """Hands on a stream of exactly `size_bytes` bytes and raises `SizeMismatch` for any other."""

    def __init__(self, stream: BinaryIO, size_bytes: int) -> None:
        self._stream, self._size_bytes, self._left = stream, size_bytes, size_bytes

    def seekable(self) -> bool:
        return False

    def read(self, size: int) -> bytes:
        chunk = self._stream.read(min(size, self._left + 1))
        if len(chunk) > self._left or (not chunk and self._left):
            raise _mismatch(self._size_bytes)
        self._left -= len(chunk)
        return chunk
