"""Keeps voiceprints and forgets them, in the caller's transaction and decision.

Shapes: d dimensions of a vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voiceassets.core.models import TenantOwned
from voiceassets.speakers.models import Speaker
from voiceassets.voiceprints import vault
from voiceassets.voiceprints.models import Appeal, Voiceprint
from voiceassets.voiceprints.vault import Vector

ERASED = "erased"


def keep(*, holder: TenantOwned, source: TenantOwned, encoder: str, vector: Vector) -> None:
    """Keep what `source` says of the voice of `holder`, instead of what it said before."""
    whose, whence = vault.pseudonym(holder), vault.pseudonym(source)
    Voiceprint.objects.update_or_create(
        tenant_id=holder.tenant_id,
        source=whence,
        encoder=encoder,
        defaults={
            "holder": whose,
            "sealed": vault.seal(vector, bound_to=_place(whose, whence, encoder)),
        },
    )


def read(*, encoder: str, holders: Sequence[str] | None = None) -> dict[str, Vector]:
    """The mean direction [d] of each holder's vectors, by the holder's pseudonym."""
    rows = Voiceprint.objects.filter(encoder=encoder)
    if holders is not None:
        rows = rows.filter(holder__in=holders)
    found: dict[str, list[Vector]] = {}
    for row in rows:
        place = _place(row.holder, row.source, row.encoder)
        found.setdefault(row.holder, []).append(vault.unseal(bytes(row.sealed), bound_to=place))
    return {holder: mean_direction(vectors) for holder, vectors in found.items()}


def encoders_of(holder: str) -> list[str]:
    """Whose vectors are kept of a holder, by the holder's pseudonym."""
    rows = Voiceprint.objects.filter(holder=holder).order_by("encoder")
    return list(rows.values_list("encoder", flat=True).distinct())


def mean_direction(vectors: Sequence[Vector]) -> Vector:
    """The unit vector [d] between unit vectors."""
    total = np.sum(vectors, axis=0)
    unit: Vector = (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)
    return unit


def forget(speaker: Speaker) -> int:
    """Delete every voiceprint of a speaker, and what appeals say about the person.

    The caller has authorized it and puts the decision on record. Returns how many voiceprints
    there were.
    """
    Appeal.objects.filter(speaker=speaker).update(reason=ERASED)
    return _delete(holder=vault.pseudonym(speaker))


def forget_source(row: TenantOwned) -> int:
    """Delete what was measured from one recording; the caller's decision as well."""
    return _delete(source=vault.pseudonym(row))


def _delete(**which: str) -> int:
    deleted, _ = Voiceprint.objects.filter(**which).delete()
    return deleted


def _place(holder: str, source: str, encoder: str) -> str:
    return f"{holder}:{source}:{encoder}"
