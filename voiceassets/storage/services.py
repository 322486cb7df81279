"""Keeping files: a row before the first byte, a hash while writing, one decision to keep or erase.

    stored = begin(...)            a pending row, committed
    written = write(stored, file)  the bytes, in no transaction
    make_live(stored, written)     in the transaction that records what they are

A process that dies in between leaves a pending row, and the sweep removes what belongs to it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from voiceassets.core.context import Actor, NoScope, current_scope, platform_scope, tenant_scope
from voiceassets.core.errors import Conflict, DomainError, Unavailable
from voiceassets.core.states import require_transition
from voiceassets.storage.backends import CHUNK_BYTES, Missing, Written, backend
from voiceassets.storage.models import ObjectState, Purpose, StoredObject, Upload, UploadState

PURGE_AGAIN = timedelta(hours=1)
PENDING_AT_MOST = timedelta(hours=24)
SWEEP_BATCH = 500


class ObjectDamaged(DomainError):
    """The bytes are not the ones that were stored."""

    code = "object_damaged"
    status = 500


class OnHold(Conflict):
    code = "object_on_hold"


def begin(
    tenant_id: uuid.UUID, *, purpose: Purpose, created_by: str, job_id: uuid.UUID | None = None
) -> StoredObject:
    """A pending row, committed before this returns; call it outside any scope."""
    _require_no_scope("begin")
    with tenant_scope(tenant_id):
        return add_pending(tenant_id, purpose=purpose, created_by=created_by, job_id=job_id)


def add_pending(
    tenant_id: uuid.UUID, *, purpose: Purpose, created_by: str, job_id: uuid.UUID | None = None
) -> StoredObject:
    """A pending row in the caller's transaction: nothing may be written before that commits."""
    name = uuid.uuid4().hex
    return StoredObject.objects.create(
        tenant_id=tenant_id,
        purpose=Purpose(purpose).value,
        key=f"{tenant_id}/{name[:2]}/{name}",
        created_by=created_by,
        job_id=job_id,
    )


def write(stored: StoredObject, source: Path | BinaryIO, *, content_type: str) -> Written:
    """Store the bytes of a pending object and return their measure; outside any scope.

    Raises:
        KeyTaken: this object was written before.
        Conflict: it was discarded meanwhile, so what was written is gone again.
    """
    _require_no_scope("write")
    if isinstance(source, Path):
        with source.open("rb") as file:
            written = backend().put(stored.key, file, content_type=content_type)
    else:
        written = backend().put(stored.key, source, content_type=content_type)
    with tenant_scope(stored.tenant_id):
        wanted = StoredObject.objects.filter(pk=stored.pk, state=ObjectState.PENDING).exists()
    if not wanted:
        backend().delete(stored.key)
        raise Conflict("This file was discarded while it was being written; start again.")
    return written


def store_file(
    tenant_id: uuid.UUID,
    path: Path,
    *,
    purpose: Purpose,
    content_type: str,
    created_by: str,
    job_id: uuid.UUID | None = None,
) -> tuple[StoredObject, Written]:
    """`begin` and `write`; when writing fails nothing is left."""
    stored = begin(tenant_id, purpose=purpose, created_by=created_by, job_id=job_id)
    try:
        return stored, write(stored, path, content_type=content_type)
    except BaseException:
        discard(stored)
        raise


@transaction.atomic
def make_live(stored: StoredObject, written: Written) -> StoredObject:
    """Keep the object: part of the transaction, and of the one event, that says what it is.

    Raises:
        IllegalTransition: it was discarded or is live already.
    """
    return _move(
        _lock(stored),
        to=ObjectState.LIVE,
        sha256=written.sha256,
        size_bytes=written.size_bytes,
        content_type=written.content_type,
    )


def discard(stored: StoredObject) -> None:
    """Give up a pending object and its bytes; harmless for one that is live or gone."""
    with tenant_scope(stored.tenant_id):
        locked = _lock(stored)
        if locked.state == ObjectState.PENDING:
            _remove(locked, by=locked.created_by)


def discard_of_job(job_id: uuid.UUID) -> int:
    """Give up what an earlier attempt at this job left pending; returns how many objects."""
    with platform_scope():
        rows = StoredObject.objects.select_for_update().filter(
            job_id=job_id, state=ObjectState.PENDING
        )
        for row in rows:
            _remove(row, by="sweep")
        return len(rows)


@transaction.atomic
def erase(actor: Actor, stored: StoredObject) -> StoredObject:
    """Erase an object for good: its row says so at once, its bytes go when the caller commits.

    The caller has authorized the actor and records the decision that this is part of.

    Raises:
        OnHold: somebody is obliged to keep it.
        IllegalTransition: it is erased already.
    """
    locked = _lock(stored)
    if locked.hold:
        raise OnHold(
            "This file is on hold and must be kept; lift the hold before erasing it.",
            object=locked.public_id,
        )
    return _remove(locked, by=actor.id)


@transaction.atomic
def set_hold(stored: StoredObject, *, on: bool) -> StoredObject:
    """Forbid, or allow again, that a live object is erased; the caller records why."""
    locked = _lock(stored)
    if locked.state != ObjectState.LIVE:
        raise Conflict(f"Only a live file can be held; this one is {locked.state}.")
    locked.hold = on
    locked.save(update_fields=["hold"])
    return locked


@transaction.atomic
def withhold(stored: StoredObject) -> StoredObject:
    """Keep the bytes and give them to nobody; the caller records why."""
    locked = _lock(stored)
    locked.withheld = True
    locked.save(update_fields=["withheld"])
    return locked


def open_object(stored: StoredObject) -> BinaryIO:
    """The stored bytes as they are, to be closed by the caller; `fetch_to` also checks them.

    Raises:
        Unavailable: the store does not have them.
    """
    try:
        return backend().open(stored.key)
    except Missing as error:
        raise Unavailable(
            "The file is not in the object store; restore it from the backup.",
            code="object_missing",
            object=stored.public_id,
        ) from error


def fetch_to(stored: StoredObject, path: Path) -> Path:
    """Copy a live object to `path`, proving that it is what was stored.

    Raises:
        ObjectDamaged: it is not; nothing is left at `path`.
        Unavailable: the store does not have it, or the connection broke; likewise.
    """
    try:
        copied = copy_to(stored, path)
    except Unavailable:
        path.unlink(missing_ok=True)
        raise
    if copied.sha256 != stored.sha256:
        path.unlink()
        raise ObjectDamaged(
            "The stored file is not the one that was kept; restore it from the backup.",
            object=stored.public_id,
        )
    return path


def copy_to(stored: StoredObject, path: Path, *, at_most_bytes: int | None = None) -> Written:
    """Copy bytes nobody has vouched for, measuring them; stops after one byte too many."""
    digest, size_bytes = hashlib.sha256(), 0
    with closing(open_object(stored)) as source, path.open("wb") as target:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
            size_bytes += len(chunk)
            if at_most_bytes is not None and size_bytes > at_most_bytes:
                break
    return Written(
        sha256=digest.hexdigest(), size_bytes=size_bytes, content_type=stored.content_type
    )


def require_gone(erased: Iterable[StoredObject]) -> None:
    """Delete the bytes of erased objects now, and return when the store has answered for each.

    Raises:
        OSError, Unavailable: the store cannot be reached; try again.
        Conflict: one of the objects is not erased.
    """
    for stored in erased:
        if stored.state != ObjectState.ERASED:
            raise Conflict(f"The file {stored.public_id} is {stored.state}, not erased.")
        backend().delete(stored.key)


def sweep_pending(older_than: timedelta = PENDING_AT_MOST) -> int:
    """Give up objects that stayed pending too long, whoever began them; returns how many.

    A job's objects are given up earlier, by `discard_of_job`; an upload's wait for its ticket.
    """
    with platform_scope():
        ticket = Upload.objects.filter(
            object=OuterRef("pk"), state__in=[UploadState.OPEN, UploadState.RECEIVED]
        )
        rows = StoredObject.objects.select_for_update(skip_locked=True).filter(
            ~Exists(ticket), state=ObjectState.PENDING, created_at__lt=Now() - older_than
        )[:SWEEP_BATCH]
        for row in rows:
            _remove(row, by="sweep")
        return len(rows)


def purge_erased() -> int:
    """Delete the bytes of erased objects whose time has come; returns how many objects.

    The row forgets the appointment only after the store has answered.
    """
    with platform_scope():
        due = list(
            StoredObject.objects.filter(purge_after__lt=Now()).order_by("purge_after")[:SWEEP_BATCH]
        )
    for row in due:
        backend().delete(row.key)
    with platform_scope():
        StoredObject.objects.filter(pk__in=[row.pk for row in due]).update(purge_after=None)
    return len(due)


def _remove(locked: StoredObject, *, by: str) -> StoredObject:
    """Erase a locked row; the bytes go after the commit, and once more by the sweep."""
    key = locked.key
    transaction.on_commit(lambda: backend().delete(key), robust=True)
    _move(
        locked,
        to=ObjectState.ERASED,
        erased_at=Now(),
        erased_by=by,
        purge_after=Now() + PURGE_AGAIN,
    )
    locked.refresh_from_db()
    return locked


def _move(locked: StoredObject, *, to: ObjectState, **changes: Any) -> StoredObject:
    """A state change without an event of its own: the caller's decision is what is recorded."""
    require_transition(locked.TRANSITIONS, noun="stored object", before=locked.state, after=to)
    locked.state = to
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save(update_fields=["state", *changes])
    return locked


def _lock(stored: StoredObject) -> StoredObject:
    return StoredObject.objects.select_for_update().get(pk=stored.pk)


def _require_no_scope(what: str) -> None:
    """Inside a scope the row would commit late, and bytes would be written under a transaction."""
    try:
        current_scope()
    except NoScope:
        return
    raise RuntimeError(f"storage.{what}() belongs outside tenant_scope: it commits by itself.")
