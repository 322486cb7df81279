"""What will lapse: the consents that end soon, and what depends on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Least, Now

from voiceassets.assets.models import AssetState
from voiceassets.consent.models import ConsentRecord, ConsentState
from voiceassets.core.context import Actor
from voiceassets.speakers import access
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@dataclass(frozen=True, kw_only=True)
class Lapse:
    """A consent that ends soon, whether another follows, and what depends on it."""

    consent: ConsentRecord
    ends_at: datetime
    renewed: bool
    live_assets: int


def lapsing(actor: Actor, *, days: int) -> list[Lapse]:
    """The consents that end within so many days, the first one first."""
    authorize(actor, Permission.CONSENTS_READ)
    follows = ConsentRecord.objects.filter(
        speaker=OuterRef("speaker"),
        state=ConsentState.ACTIVE,
        valid_from__gt=OuterRef("valid_from"),
        valid_from__lte=OuterRef("end"),
    )
    rows = (
        ConsentRecord.objects.filter(access.known(actor), state=ConsentState.ACTIVE)
        .annotate(end=Least("valid_until", "ends_at"))
        .filter(end__lte=Now() + timedelta(days=days))
        .annotate(
            renewed=Exists(follows),
            live=Count(
                "speaker__synthesis_requests__asset",
                filter=Q(speaker__synthesis_requests__asset__state=AssetState.RELEASED),
            ),
        )
        .select_related("speaker")
        .order_by("end", "pk")
    )
    return [
        Lapse(consent=row, ends_at=row.end, renewed=row.renewed, live_assets=row.live)
        for row in rows
    ]
