"""What was put into each audio file to say that it is synthetic, and by whom it was made."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from voiceassets.core.models import TenantOwned


class Manifest(TenantOwned):
    """The marks of one labelled file, as they were read back from it. Rows are never changed.

    `pcm_sha256` is of the 16-bit samples before any mark: the receipt of what the engine said.
    `marked_sha256` is of the samples with the watermark, as a file without loss gives them back.
    """

    PREFIX = "mft"

    object = models.OneToOneField(
        "storage.StoredObject", on_delete=models.PROTECT, related_name="+"
    )
    file_sha256 = models.CharField(max_length=64)
    pcm_sha256 = models.CharField(max_length=64)
    marked_sha256 = models.CharField(max_length=64, blank=True)
    produce_id = models.CharField(max_length=64, unique=True)
    labels = models.JSONField()
    produced_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    file_sha256__regex="^[0-9a-f]{64}$", pcm_sha256__regex="^[0-9a-f]{64}$"
                ),
                name="provenance_hashes_are_sha256",
            ),
            models.CheckConstraint(
                condition=models.Q(labels__has_key="implicit"), name="provenance_implicit_label"
            ),
        ]


class Fingerprint(TenantOwned):
    """What a file's sound is recognised by after it was coded again; see `fingerprint.py`."""

    PREFIX = "fpr"

    manifest = models.OneToOneField(Manifest, on_delete=models.CASCADE, related_name="fingerprint")
    codes = models.BinaryField()
    loud = models.BinaryField()

    class Meta(TenantOwned.Meta):
        abstract = False


class FingerprintKey(TenantOwned):
    """One code that a fingerprint is filed under."""

    PREFIX = "fpk"

    fingerprint = models.ForeignKey(Fingerprint, on_delete=models.CASCADE, related_name="keys")
    key = models.IntegerField()

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["tenant", "key"], name="provenance_found_by_key")]
