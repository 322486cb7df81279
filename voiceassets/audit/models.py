"""The log of decisions, and the seals that prove nobody changed it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Now

from voiceassets.core.models import TenantOwned


class Event(TenantOwned):
    """One decision: who did what to which thing, in which request and trace. Rows never change
    but once: what they say goes when its retention is over (`retired_at`), and their seal stays.

    `data` holds ids and before/after values only: no audio, text, secrets or personal data,
    and no floats, whose spelling a database may change and so break the hash.
    """

    PREFIX = "evt"

    seq = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("audit_event_seq"), function="nextval")
    )
    action = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=32, blank=True, db_default="")
    occurred_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-seq"], name="audit_event_newest"),
            models.Index(fields=["tenant", "object_id", "-seq"], name="audit_event_of_object"),
            models.Index(
                fields=["tenant", "trace_id", "-seq"],
                condition=~models.Q(trace_id=""),
                name="audit_event_of_trace",
            ),
        ]


class Seal(models.Model):
    """A batch of events under one Merkle root, chained to the seal before it."""

    number = models.BigIntegerField(primary_key=True)
    previous = models.BinaryField(max_length=32)
    root = models.BinaryField(max_length=32)
    count = models.IntegerField()
    total = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)


class TreeNode(models.Model):
    """A node of the Merkle tree over all seals, kept once everything below it exists."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["level", "index"], name="audit_treenode_place")
        ]


class Leaf(models.Model):
    """The place of one event in its seal, with the hash it had when it was sealed.

    The database checks no foreign key here, which cost more than all else of a leaf; verification
    does.
    """

    event_seq = models.BigIntegerField(primary_key=True)
    seal = models.ForeignKey(
        Seal,
        on_delete=models.PROTECT,
        related_name="leaves",
        db_constraint=False,
        db_index=False,  # the unique constraint begins with it
    )
    position = models.IntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seal", "position"], name="audit_leaf_position")
        ]


class Pending(models.Model):
    """An event not yet sealed; a trigger adds the row, so no event can miss the sealer."""

    event_seq = models.BigIntegerField(primary_key=True)


class Cursor(models.Model):
    """How far one subscriber has read the sealed log."""

    name = models.CharField(primary_key=True, max_length=64)
    seal = models.BigIntegerField(default=0)
    position = models.IntegerField(default=-1)


class SavedSearch(TenantOwned):
    """A filter of the log under a name; an empty field asks for nothing."""

    PREFIX = "sch"

    name = models.CharField(max_length=64)
    action = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    actor_id = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=32, blank=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "saved search"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="audit_one_search_of_a_name")
        ]
