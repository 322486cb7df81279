"""Answers kept under an Idempotency-Key, so that a request sent twice is carried out once.

The row is written in the transaction of what it answers: either both exist or neither. An
advisory lock of that transaction tells a second request that the first is still running.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from voiceassets.core.context import Actor, current_tenant, platform_scope
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.core.statements import found, insert
from voiceassets.tenants.models import KeptAnswer

KEPT_FOR = timedelta(hours=48)
# Two statements in one message: only the second, which begins after the lock was taken, is sure to
# see what an earlier holder of it has kept.
CLAIM = """
SELECT set_config(
    'app.first', pg_try_advisory_xact_lock(hashtextextended(%s, 0))::text, true
);
SELECT kept.*, current_setting('app.first')::boolean AS first
  FROM (VALUES (1)) AS one
  LEFT JOIN tenants_keptanswer AS kept
    ON kept.tenant_id = %s AND kept.principal = %s AND kept.key = %s
"""


def claim(actor: Actor, *, key: str, fingerprint: str) -> KeptAnswer | None:
    """The answer kept under the key, or None when the caller is the first to carry it out.

    Raises:
        Conflict: `idempotency_key_in_use`, another request with the key is running.
        Invalid: `idempotency_key_reused`, the key came with another request before.
    """
    tenant, principal = current_tenant(), _principal(actor)
    wanted = [f"{tenant} {principal} {key}", tenant, principal, key]
    kept: Any = found(KeptAnswer, CLAIM, wanted)[0]
    if not kept.first:
        raise Conflict(
            "A request with this Idempotency-Key is still running; send it again in a moment.",
            code="idempotency_key_in_use",
        )
    if kept.pk is None:
        return None
    if kept.fingerprint != fingerprint:
        raise Invalid(
            "This Idempotency-Key was sent with another request; use a new key for a new request.",
            code="idempotency_key_reused",
        )
    earlier: KeptAnswer = kept
    return earlier


def keep(actor: Actor, *, key: str, fingerprint: str, **answer: Any) -> KeptAnswer:
    """Keep the answer to a claimed request, in the transaction that claimed it."""
    kept = KeptAnswer(
        tenant_id=current_tenant(),
        principal=_principal(actor),
        key=key,
        fingerprint=fingerprint,
        expires_at=Now() + KEPT_FOR,
        **answer,
    )
    insert(kept)
    return kept


def forget_old() -> int:
    """Delete what nobody needs to repeat any more; returns how many answers."""
    with platform_scope():
        forgotten, _ = KeptAnswer.objects.filter(expires_at__lt=Now()).delete()
    return forgotten


def forget_about(names: Sequence[str]) -> int:
    """Forget the text of answers that name one of these ids; the requests stay carried out.

    A request sent again is told so, as for an answer that held a secret.
    """
    naming = Q()
    for name in names:
        naming |= Q(body__contains=name) | Q(headers__icontains=name)
    return KeptAnswer.objects.filter(naming).update(body="", headers={}, status=Conflict.status)


def _principal(actor: Actor) -> str:
    """The person or service account: its keys may be rotated between two tries."""
    return str(actor.user_id or actor.id)
