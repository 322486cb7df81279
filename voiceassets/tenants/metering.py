"""What speech costs whom: reserved when it is asked for, charged once when it is released.

One row per request carries it from `reserved` to `charged` or `returned`. A limit counts what is
charged and what is reserved; the row that holds the limit is locked while that is done, so that
no two requests take the same last character.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Now, TruncDate, TruncMonth

from voiceassets.core import ids
from voiceassets.core.context import Actor, ActorKind, current_tenant
from voiceassets.core.errors import DomainError
from voiceassets.tenants.models import ApiKey, Tenant, UsageEntry, UsageState
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

MOST_GROUPS = 1000


class QuotaExceeded(DomainError):
    """A limit of the key or the company is reached; nothing was done."""

    code = "quota_exceeded"
    status = 429


class Group(StrEnum):
    """By what usage is added up."""

    KEY = "key"
    USER = "user"
    SPEAKER = "speaker"
    DAY = "day"


def reserved(
    actor: Actor, *, speaker_id: UUID, characters: Mapping[UUID, int], batch: bool = False
) -> list[UsageEntry]:
    """The entries that set the characters of some requests aside, to insert with the requests.

    `batch` work waits its turn, and does not count as running at once.

    Raises:
        QuotaExceeded: the key or the company has no characters left this month, or as many
            requests running as it may have.
    """
    for limited, entries, whose in _limits(actor):
        if not batch:
            _require_place(limited, entries, whose=whose)
        _require_characters(limited, entries, whose=whose, wanted=sum(characters.values()))
    return [
        UsageEntry(
            tenant_id=current_tenant(),
            subject_id=subject_id,
            speaker_id=speaker_id,
            key_id=actor.id if actor.kind is ActorKind.API_KEY else "",
            user_id=actor.user_id,
            characters=count,
            batch=batch,
        )
        for subject_id, count in characters.items()
    ]


def charge(subject_id: UUID, *, audio_ms: int, compute_ms: int, device: str) -> None:
    """The request's audio is released: its reservation becomes its cost, in that transaction."""
    _reserved(subject_id).update(
        state=UsageState.CHARGED,
        audio_ms=audio_ms,
        compute_ms=compute_ms,
        device=device,
        settled_at=Now(),
    )


def give_back(subject_id: UUID) -> None:
    """The request ended without audio and costs nothing."""
    _reserved(subject_id).update(state=UsageState.RETURNED, settled_at=Now())


def usage(
    actor: Actor, *, group: Group, since: datetime | None = None, until: datetime | None = None
) -> list[dict[str, Any]]:
    """What was charged, added up by `group`, the largest first; at most `MOST_GROUPS` of them."""
    authorize(actor, Permission.USAGE_READ)
    by = {
        Group.KEY: F("key_id"),
        Group.USER: F("user_id"),
        Group.SPEAKER: F("speaker_id"),
        Group.DAY: TruncDate("settled_at"),
    }[group]
    times = {"settled_at__gte": since, "settled_at__lt": until}
    charged = UsageEntry.objects.filter(
        state=UsageState.CHARGED, **{name: at for name, at in times.items() if at is not None}
    )
    rows = (
        charged.values(group=by)
        .annotate(
            requests=Count("pk"),
            characters=Sum("characters"),
            audio_ms=Sum("audio_ms"),
            gpu_ms=Coalesce(Sum("compute_ms", filter=~Q(device="cpu")), 0),
            cpu_ms=Coalesce(Sum("compute_ms", filter=Q(device="cpu")), 0),
        )
        .order_by("-characters", "group")[:MOST_GROUPS]
    )
    return [dict(row) for row in rows]


def _reserved(subject_id: UUID) -> QuerySet[UsageEntry]:
    return UsageEntry.objects.filter(subject_id=subject_id, state=UsageState.RESERVED)


def _limits(actor: Actor) -> Iterator[tuple[Tenant | ApiKey, QuerySet[UsageEntry], str]]:
    """Every limit that binds the actor, its row locked: the company's before the key's."""
    if actor.unlimited:
        return
    limited = Q(characters_per_month__isnull=False) | Q(concurrent_requests__isnull=False)
    tenants = Tenant.objects.select_for_update(no_key=True)
    for tenant in tenants.filter(limited, pk=current_tenant()):
        yield tenant, UsageEntry.objects.all(), "The company"
    if actor.kind is ActorKind.API_KEY:
        key_id = ids.decode(ApiKey.PREFIX, actor.id)
        for key in ApiKey.objects.select_for_update(no_key=True).filter(limited, pk=key_id):
            yield key, UsageEntry.objects.filter(key_id=actor.id), "This key"


def _require_place(limited: Tenant | ApiKey, entries: QuerySet[UsageEntry], *, whose: str) -> None:
    at_once = limited.concurrent_requests
    if at_once is None:
        return
    if entries.filter(state=UsageState.RESERVED, batch=False).count() >= at_once:
        raise QuotaExceeded(
            f"{whose} may have {at_once} requests running at once; wait for one to end.",
            code="too_many_at_once",
            limit=at_once,
        )


def _require_characters(
    limited: Tenant | ApiKey, entries: QuerySet[UsageEntry], *, whose: str, wanted: int
) -> None:
    quota = limited.characters_per_month
    if quota is None:
        return
    this_month = entries.exclude(state=UsageState.RETURNED).filter(
        created_at__gte=TruncMonth(Now())
    )
    used = this_month.aggregate(sum=Coalesce(Sum("characters"), 0))["sum"]
    if used + wanted > quota:
        raise QuotaExceeded(
            f"{whose} has {max(0, quota - used)} of {quota} characters left this month, and this "
            f"text has {wanted}.",
            limit=quota,
            used=used,
        )
