"""The key of each speaker: made with the voice, kept wrapped, destroyed on request.

Destroying it makes every sealed column about that person unreadable at once, also in copies of the
rows that nobody can reach. Unwrapped keys are remembered by the process for a minute at most.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from typing import ClassVar
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.functions import Now

from voiceassets.core import envelope
from voiceassets.core.errors import Conflict
from voiceassets.core.models import TenantOwned

REMEMBER_S = 60.0
REMEMBER_AT_MOST = 10_000
TOGETHER = 100

_remembered: dict[UUID, tuple[bytes, float]] = {}


class PersonErased(Conflict):
    """The key was destroyed: nothing about this person can be written any more."""

    code = "person_erased"


class SubjectKey(TenantOwned):
    """A speaker's key, wrapped with the master key of that name; its id is the speaker's.

    The row of a destroyed key stays: it says that there is nothing left to read.
    """

    PREFIX = "sky"

    master = models.CharField(max_length=32, blank=True)
    wrapped = models.BinaryField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(master="", wrapped=b""),
                name="speakers_destroyed_key_is_empty",
            )
        ]


def to_seal(subject_id: UUID, tenant_id: UUID) -> bytes:
    """The speaker's key, made on first use.

    Raises:
        PersonErased: it was destroyed.
    """
    known = _known(subject_id)
    if known is not None:
        return known
    row = SubjectKey.objects.filter(pk=subject_id).first()
    if row is None:  # not remembered yet: this transaction may still fail
        fresh = secrets.token_bytes(envelope.KEY_BYTES)
        master, wrapped = envelope.wrap(fresh, about=subject_id.bytes)
        SubjectKey.objects.create(
            pk=subject_id, tenant_id=tenant_id, master=master, wrapped=wrapped
        )
        return fresh
    if row.destroyed_at is not None:
        raise PersonErased("This person was erased; nothing may be recorded about them.")
    _remember([row])
    return _unwrapped(row)


def to_open(subject_id: UUID) -> bytes | None:
    """The speaker's key, or None when it was destroyed.

    A key that is not remembered is read with those of the voices before it, because lists are.
    """
    known = _known(subject_id)
    if known is not None:
        return known
    rows = list(SubjectKey.objects.filter(pk__lte=subject_id).order_by("-pk")[:TOGETHER])
    if not rows or rows[0].pk != subject_id:
        raise envelope.Unsealable("The key of this person is missing; restore it from the backup.")
    _remember(rows)
    return _known(subject_id)


@transaction.atomic
def destroy(subject_id: UUID) -> None:
    """Overwrite a speaker's key; the caller has authorized it and puts it on record."""
    SubjectKey.objects.filter(pk=subject_id).update(wrapped=b"", master="", destroyed_at=Now())
    _remembered.pop(subject_id, None)
    transaction.on_commit(lambda: _remembered.pop(subject_id, None))


def is_destroyed(subject_id: UUID) -> bool:
    return SubjectKey.objects.filter(pk=subject_id, destroyed_at__isnull=False).exists()


def forget_remembered() -> None:
    """Let this process read every key anew."""
    _remembered.clear()


def rewrap() -> Iterator[UUID]:
    """Wrap every key of the tenant in scope with the newest master key; yields whose."""
    newest = next(iter(envelope.master_keys()))
    with connection.cursor() as cursor:  # whoever is just making a key is waited for
        cursor.execute("LOCK TABLE speakers_subjectkey IN SHARE ROW EXCLUSIVE MODE")
    old = SubjectKey.objects.filter(destroyed_at=None).exclude(master=newest)
    for row in old.select_for_update():
        row.master, row.wrapped = envelope.wrap(_unwrapped(row), about=row.pk.bytes)
        row.save(update_fields=["master", "wrapped"])
        yield row.pk


def _known(subject_id: UUID) -> bytes | None:
    key, until = _remembered.get(subject_id, (None, 0.0))
    return key if until > time.monotonic() else None


def _remember(rows: Iterable[SubjectKey]) -> None:
    if len(_remembered) >= REMEMBER_AT_MOST:
        _remembered.clear()
    until = time.monotonic() + REMEMBER_S
    for row in rows:
        if row.destroyed_at is None:
            _remembered[row.pk] = _unwrapped(row), until
        else:
            _remembered.pop(row.pk, None)


def _unwrapped(row: SubjectKey) -> bytes:
    return envelope.unwrap(row.master, bytes(row.wrapped), about=row.pk.bytes)
