"""Who could use a voice between two dates, and who did: from consents, grants and the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.consent import rights
from voiceassets.consent.models import ConsentRecord, Purpose
from voiceassets.core import ids
from voiceassets.core.context import Actor, ActorKind
from voiceassets.core.errors import Invalid
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.models import ApiKey
from voiceassets.tenants.permissions import Granted, Permission, Role, granted_by
from voiceassets.tenants.policy import authorize

USES = (
    Action.SYNTHESIS_REQUESTED,
    Action.ASSET_RELEASED,
    Action.ASSET_DOWNLOADED,
    Action.FINETUNE_REQUESTED,
)
ROLE_DEFINED = (Action.ROLE_CREATED, Action.ROLE_UPDATED)


@dataclass(frozen=True, kw_only=True)
class Span:
    """From when until when; None is never."""

    start: datetime
    end: datetime | None

    def meet(self, other: Span) -> Span | None:
        """The time that both cover."""
        start = max(self.start, other.start)
        end = min((e for e in (self.end, other.end) if e is not None), default=None)
        return Span(start=start, end=end) if end is None or start < end else None


@dataclass(frozen=True, kw_only=True)
class Could:
    """Somebody who was able to let the voice speak, and since when, by which right."""

    who: str
    by: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, kw_only=True)
class Did:
    """What somebody did with the voice, how often, first and last."""

    who: str
    actor: str
    action: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A voice between two dates."""

    start: datetime
    end: datetime
    consents: tuple[ConsentRecord, ...]
    could: tuple[Could, ...]
    did: tuple[Did, ...]


def usage(actor: Actor, *, speaker: Speaker, start: datetime, end: datetime) -> Usage:
    """Who could use this voice between two moments, and who did."""
    authorize(actor, Permission.AUDIT_READ)
    access.require(actor, speaker, "see")
    if end <= start:
        raise Invalid("`until` must lie after `from`.", field="until")
    asked = Span(start=start, end=end)
    consents = _consents(speaker, asked)
    return Usage(
        start=start,
        end=end,
        consents=tuple(consent for consent, _ in consents),
        could=tuple(_could(speaker, [span for _, span in consents])),
        did=tuple(_did(speaker, asked)),
    )


def _consents(speaker: Speaker, asked: Span) -> list[tuple[ConsentRecord, Span]]:
    """The consents to speak that stood at some time of the span, with that time."""
    found = []
    rows = ConsentRecord.objects.filter(
        speaker=speaker, activated_at__isnull=False, purposes__contains=[Purpose.SYNTHESIZE]
    )
    for consent in rows.order_by("valid_from"):
        assert consent.activated_at is not None, "filtered"
        begun = max(consent.valid_from, consent.activated_at)
        stood = asked.meet(Span(start=begun, end=rights.ends(consent)))
        if stood is not None:
            found.append((consent, stood))
    return found


def _could(speaker: Speaker, stood: list[Span]) -> Iterator[Could]:
    """Members whose role let them speak, with all voices or with a grant of this one."""
    granted = dict(_grants(speaker))
    for user, role, may, membership in _memberships():
        if Permission.SYNTHESIS_CREATE not in may.permissions:
            continue
        held = {role: [membership]} if may.all_voices else {"grant": granted.get(user, [])}
        for by, spans in held.items():
            for span in spans:
                for window in stood:
                    met = window.meet(span)
                    both = met.meet(membership) if met else None
                    if both is not None:
                        yield Could(who=user, by=by, start=both.start, end=both.end)


def _memberships() -> Iterator[tuple[str, str, Granted, Span]]:
    """Every member's roles, one after another, and what they granted, as the log tells them."""
    holding: dict[str, tuple[str, datetime]] = {}
    granted = {role.value: granted_by(role) for role in Role}

    def held(user: str, until: datetime | None) -> tuple[str, str, Granted, Span]:
        role, since = holding[user]
        return user, role, granted[role], Span(start=since, end=until)

    about = Q(action__startswith="member.") | Q(action__in=ROLE_DEFINED)
    for event in Event.objects.filter(about).order_by("seq"):
        user, role, now = event.data.get("user"), event.data.get("role"), event.occurred_at
        if event.action in ROLE_DEFINED:
            for holder in [u for u, (name, _) in holding.items() if name == event.object_id]:
                yield held(holder, now)
                holding[holder] = event.object_id, now
            granted[event.object_id] = granted_by("", **event.data)
        elif user is not None:
            if user in holding:
                yield held(user, now)
                del holding[user]
            if role is not None:
                holding[user] = role, now
    yield from (held(user, None) for user in holding)


def _grants(speaker: Speaker) -> Iterator[tuple[str, list[Span]]]:
    """When each person or group held the right to use this voice."""
    open_since: dict[str, datetime] = {}
    closed: dict[str, list[Span]] = {}
    for event in Event.objects.filter(object_id=speaker.public_id).order_by("seq"):
        to, of = event.data.get("to"), event.data.get("of")
        if "use" not in event.data.get("verbs", ()):
            continue
        if to is not None:
            open_since.setdefault(to, event.occurred_at)
        elif of in open_since:
            span = Span(start=open_since.pop(of), end=event.occurred_at)
            closed.setdefault(of, []).append(span)
    for holder in open_since.keys() | closed.keys():
        still = [Span(start=open_since[holder], end=None)] if holder in open_since else []
        yield holder, closed.get(holder, []) + still


def _did(speaker: Speaker, asked: Span) -> Iterator[Did]:
    rows = (
        Event.objects.filter(
            action__in=USES,
            data__speaker=speaker.public_id,
            occurred_at__gte=asked.start,
            occurred_at__lt=asked.end,
        )
        .values("actor_kind", "actor_id", "action")
        .annotate(count=Count("pk"), first_at=Min("occurred_at"), last_at=Max("occurred_at"))
        .order_by("first_at")
    )
    owners = _owners({row["actor_id"] for row in rows if row["actor_kind"] == ActorKind.API_KEY})
    for row in rows:
        yield Did(
            who=owners.get(row["actor_id"], row["actor_id"]),
            actor=row["actor_id"],
            action=row["action"],
            count=row["count"],
            first_at=row["first_at"],
            last_at=row["last_at"],
        )


def _owners(key_ids: set[str]) -> dict[str, str]:
    """The person behind each key."""
    keys = ApiKey.objects.filter(pk__in=[ids.decode(ApiKey.PREFIX, key_id) for key_id in key_ids])
    return {key.public_id: key.user.public_id for key in keys.select_related("user")}
