"""Questions to the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from voiceassets.audit import checkpoint, growth, tree
from voiceassets.audit.chain import (
    SealHeader,
    Step,
    climb,
    inclusion_path,
    leaf_hash,
    timestamp,
)
from voiceassets.audit.models import Event, Leaf, Seal
from voiceassets.audit.signing import Signed
from voiceassets.core import ids
from voiceassets.core.errors import Conflict, Invalid

LEAF_FIELDS = (
    "seq",
    "id",
    "tenant_id",
    "action",
    "actor_kind",
    "actor_id",
    "object_type",
    "object_id",
    "data",
    "request_id",
    "occurred_at",
    "trace_id",
)


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where in the sealed log an event stands."""

    id: str
    action: str
    seal: int
    position: int


@dataclass(frozen=True, kw_only=True)
class Proof:
    """An event's leaf, the path to its seal's root, the seal, and the path to a checkpoint's root.

    Without a checkpoint that knows the seal the last two are empty. Of an event that retention has
    emptied there is no leaf, and the hash it was sealed with stands for it.
    """

    leaf: dict[str, Any] | None
    leaf_hash: bytes
    position: int
    path: tuple[Step, ...]
    seal: SealHeader
    seal_path: tuple[bytes, ...]
    checkpoint: Signed | None

    def holds(self) -> bool:
        """Whether leaf, path and root agree; the seal itself is proved by chain and checkpoint."""
        digest = self.leaf_hash if self.leaf is None else leaf_hash(self.leaf)
        return climb(digest, self.path) == self.seal.root


def events(
    *, action: str = "", object_id: str = "", actor_id: str = "", trace_id: str = ""
) -> QuerySet[Event]:
    """The tenant's events, newest first."""
    wanted = {
        "action": action,
        "object_id": object_id,
        "actor_id": actor_id,
        "trace_id": trace_id,
    }
    return Event.objects.filter(**{k: v for k, v in wanted.items() if v}).order_by("-seq")


def position_of(object_id: str) -> Position | None:
    """The place of the newest event about a thing, or None while it waits to be sealed."""
    event = Event.objects.filter(object_id=object_id).order_by("-seq").first()
    place = Leaf.objects.filter(event_seq=event.seq).first() if event else None
    if event is None or place is None:
        return None
    return Position(
        id=event.public_id, action=event.action, seal=place.seal_id, position=place.position
    )


def leaves_of(seqs: Iterable[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each event as the mapping whose hash is its leaf, in order of `seq`."""
    rows = Event.objects.filter(seq__in=list(seqs)).order_by("seq").values_list(*LEAF_FIELDS)
    for row in rows.iterator(chunk_size=2000):
        yield row[0], as_leaf(row)


def as_leaf(row: tuple[Any, ...]) -> dict[str, Any]:
    """An event outside any trace has no `trace_id`, as all had before traces were kept."""
    event = dict(zip(LEAF_FIELDS, row, strict=True))
    if not event["trace_id"]:
        del event["trace_id"]
    event["id"] = ids.encode(Event.PREFIX, event["id"])
    event["tenant_id"] = str(event["tenant_id"])
    event["occurred_at"] = timestamp(event["occurred_at"])
    return event


def header(seal: Seal) -> SealHeader:
    return SealHeader(
        number=seal.number,
        previous=bytes(seal.previous),
        root=bytes(seal.root),
        count=seal.count,
        total=seal.total,
        sealed_at=seal.sealed_at,
    )


def proof(event_id: UUID) -> Proof | None:
    """The proof of one of the tenant's events, or None while it waits to be sealed."""
    *row, retired_at = Event.objects.values_list(*LEAF_FIELDS, "retired_at").get(pk=event_id)
    place = Leaf.objects.select_related("seal").filter(event_seq=row[0]).first()
    if place is None:
        return None
    known = _checkpoint_of(place.seal_id)
    hashes = [
        bytes(h)
        for h in Leaf.objects.filter(seal=place.seal)
        .order_by("position")
        .values_list("hash", flat=True)
    ]
    return Proof(
        leaf=None if retired_at else as_leaf(tuple(row)),
        leaf_hash=bytes(place.hash),
        position=place.position,
        path=inclusion_path(hashes, place.position),
        seal=header(place.seal),
        seal_path=tuple(tree.inclusion(place.seal_id - 1, known.body["seal"], growth.node))
        if known
        else (),
        checkpoint=known,
    )


@dataclass(frozen=True, kw_only=True)
class Growth:
    """The newest checkpoint, and what shows that the log of an older one begins its log."""

    checkpoint: Signed
    consistency: tuple[bytes, ...]


def growth_since(seals: int) -> Growth:
    """The proof for whoever kept the checkpoint of so many seals.

    Raises:
        Conflict: `no_checkpoint`, or `log_behind_checkpoint`.
    """
    newest = checkpoint.latest()
    if newest is None:
        raise Conflict("No checkpoint was signed yet; ask again in a minute.", code="no_checkpoint")
    size = newest.body["seal"]
    if size > growth.size():
        raise Conflict(
            "A checkpoint vouches for more than the log holds: its end is missing. Run "
            "`manage.py verify_audit`.",
            code="log_behind_checkpoint",
        )
    if seals > size:
        raise Invalid(f"The newest checkpoint is of {size} seals.", field="since")
    return Growth(checkpoint=newest, consistency=tuple(tree.consistency(seals, size, growth.node)))


def _checkpoint_of(seal: int) -> Signed | None:
    """The newest checkpoint, if it knows this seal and the log still holds all it vouches for."""
    newest = checkpoint.latest()
    known = newest is not None and seal <= newest.body["seal"] <= growth.size()
    return newest if known else None
