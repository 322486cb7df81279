"""What went into what: from a recording to the audio that was released, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import connection

from voiceassets.registry.models import LineageEdge


class Role(StrEnum):
    PART_OF = "part_of"
    TRAINED_ON = "trained_on"
    PERMITTED_BY = "permitted_by"
    STARTED_FROM = "started_from"
    CONTINUED_FROM = "continued_from"
    STYLED_AFTER = "styled_after"
    DENOISED_FROM = "denoised_from"
    ASKED_FOR_BY = "asked_for_by"
    SPOKEN_BY = "spoken_by"


class Direction(StrEnum):
    """`up` asks what a thing was made from, `down` what was made from it."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Node:
    """One end of an edge: the kind of thing and its public id."""

    type: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Edge:
    """`source` went into `target`; `depth` counts the steps from where the walk began."""

    source: Node
    target: Node
    role: str
    depth: int


MAX_DEPTH = 16

# Row security confines both halves to the tenant in scope; UNION and the depth end a cycle.
WALK = """
WITH RECURSIVE walk AS (
    SELECT from_type, from_id, to_type, to_id, role, 1 AS depth
      FROM registry_lineageedge WHERE {here} = %(start)s
    UNION
    SELECT e.from_type, e.from_id, e.to_type, e.to_id, e.role, w.depth + 1
      FROM registry_lineageedge e JOIN walk w ON e.{here} = w.{there}
     WHERE w.depth < %(max)s
)
SELECT from_type, from_id, to_type, to_id, role, min(depth) FROM walk
 GROUP BY from_type, from_id, to_type, to_id, role ORDER BY min(depth), from_id, to_id, role
"""
UP = WALK.format(here="to_id", there="from_id")
DOWN = WALK.format(here="from_id", there="to_id")


def node(row: object) -> Node:
    """The node of a model's row."""
    return Node(type=row._meta.model_name, id=row.public_id)  # type: ignore[attr-defined]


def link(tenant_id: UUID, *, role: Role, sources: Iterable[Node], target: Node) -> None:
    """Note that each of `sources` went into `target`; an edge that stands already stays one."""
    LineageEdge.objects.bulk_create(
        [
            LineageEdge(
                tenant_id=tenant_id,
                from_type=source.type,
                from_id=source.id,
                to_type=target.type,
                to_id=target.id,
                role=role.value,
            )
            for source in sources
        ],
        ignore_conflicts=True,
    )


def walk(public_id: str, direction: Direction) -> list[Edge]:
    """Every edge above or below a thing of the tenant in scope, nearest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            UP if direction is Direction.UP else DOWN, {"start": public_id, "max": MAX_DEPTH}
        )
        return [
            Edge(
                source=Node(type=from_type, id=from_id),
                target=Node(type=to_type, id=to_id),
                role=role,
                depth=depth,
            )
            for from_type, from_id, to_type, to_id, role, depth in cursor.fetchall()
        ]
