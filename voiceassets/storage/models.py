"""Files the platform keeps: a row each, so that no byte lies anywhere without one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions


class Purpose(models.TextChoices):
    RECORDING = "recording"
    SEGMENT = "segment"
    DATASET = "dataset"
    BUNDLE = "bundle"
    AUDIO = "audio"
    EVIDENCE = "evidence"
    TRANSCRIPT = "transcript"
    OTHER = "other"


class ObjectState(models.TextChoices):
    PENDING = "pending"
    LIVE = "live"
    ERASED = "erased"


class UploadState(models.TextChoices):
    OPEN = "open"
    RECEIVED = "received"
    USED = "used"
    EXPIRED = "expired"


OBJECT_TRANSITIONS: Transitions = {
    ObjectState.PENDING: frozenset({ObjectState.LIVE, ObjectState.ERASED}),
    ObjectState.LIVE: frozenset({ObjectState.ERASED}),
    ObjectState.ERASED: frozenset(),
}

# Bytes that went straight to a bucket are noticed only when they are used: open → used.
UPLOAD_TRANSITIONS: Transitions = {
    UploadState.OPEN: frozenset({UploadState.RECEIVED, UploadState.USED, UploadState.EXPIRED}),
    UploadState.RECEIVED: frozenset({UploadState.USED, UploadState.EXPIRED}),
    UploadState.USED: frozenset(),
    UploadState.EXPIRED: frozenset(),
}


class StoredObject(TenantOwned):
    """One immutable file. Its row is committed as `pending` before the first byte is written.

    `withheld` bytes are kept and given to nobody: no link opens them any more.
    `purge_after` is when the sweep deletes the bytes of an erased object once more: a worker that
    was cut off while writing may have finished the file after the first deletion.
    """

    PREFIX = "obj"
    TRANSITIONS: ClassVar[Transitions] = OBJECT_TRANSITIONS

    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    state = models.CharField(
        max_length=16, choices=ObjectState.choices, default=ObjectState.PENDING.value
    )
    key = models.CharField(max_length=128, unique=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    hold = models.BooleanField(default=False)
    withheld = models.BooleanField(default=False)
    created_by = models.CharField(max_length=64)
    job_id = models.UUIDField(null=True)
    erased_at = models.DateTimeField(null=True)
    erased_by = models.CharField(max_length=64, blank=True)
    purge_after = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "stored object"
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state="pending"),
                name="storage_object_pending",
            ),
            models.Index(
                fields=["purge_after"],
                condition=models.Q(purge_after__isnull=False),
                name="storage_object_to_purge",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="pending", sha256="", size_bytes__isnull=True)
                | models.Q(state="live", sha256__regex="^[0-9a-f]{64}$", size_bytes__isnull=False)
                | models.Q(state="erased"),
                name="storage_live_iff_measured",
            ),
            models.CheckConstraint(
                condition=models.Q(hold=False) | models.Q(state="live"),
                name="storage_only_live_on_hold",
            ),
            models.CheckConstraint(
                condition=models.Q(state="erased", erased_at__isnull=False)
                | (~models.Q(state="erased") & models.Q(erased_at__isnull=True)),
                name="storage_erased_at_iff_erased",
            ),
        ]


class Upload(TenantOwned):
    """A ticket to send one file of a declared size straight to the store, within a time.

    What arrives is untrusted: it stays in its own pending object, and whoever uses the upload
    reads, inspects and stores it again under a key that no ticket can write to.
    """

    PREFIX = "upl"
    TRANSITIONS: ClassVar[Transitions] = UPLOAD_TRANSITIONS

    object = models.ForeignKey(StoredObject, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=16, choices=UploadState.choices, default=UploadState.OPEN.value
    )
    declared_bytes = models.BigIntegerField()
    content_type = models.CharField(max_length=100)
    expires_at = models.DateTimeField()
    opened_by = models.CharField(max_length=64)
    opened_by_kind = models.CharField(max_length=16)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state__in=["open", "received"]),
                name="storage_upload_to_expire",
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(declared_bytes__gt=0), name="storage_upload_not_empty"
            )
        ]
