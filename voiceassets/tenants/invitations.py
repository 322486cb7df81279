"""Invitations: a link sent by mail, which makes whoever owns that mailbox a member, once."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, current_tenant, platform_scope, tenant_scope
from voiceassets.core.errors import Conflict, NotAllowed, NotFound
from voiceassets.tenants.members import actor_of
from voiceassets.tenants.models import CustomRole, Invitation, Membership, Tenant
from voiceassets.tenants.permissions import Permission, Role
from voiceassets.tenants.policy import authorize, require_whole
from voiceassets.tenants.roles import fields_of, name_of, require_givable

VALID_FOR = timedelta(days=7)
GONE = "This invitation was used, taken back, or is too old; ask for a new one."

log = logging.getLogger(__name__)


@transaction.atomic
def invite(
    actor: Actor, *, email: str, role: Role | CustomRole, valid_for: timedelta = VALID_FOR
) -> tuple[Invitation, str]:
    """Offer a role to whoever reads this mailbox; the secret of the link is known only now.

    An open invitation to the same address is replaced.

    Raises:
        NotAllowed: the role grants what the actor does not have.
        Conflict: the address is a member's already.
    """
    require_givable(actor, role)
    email = User.objects.normalize_email(email)
    if Membership.objects.filter(user__email__iexact=email).exists():
        raise Conflict("Somebody with this address is a member already.", code="member_already")
    Tenant.objects.select_for_update(no_key=True).get(pk=current_tenant())
    now = timezone.now()
    replaced = list(_open().filter(email__iexact=email).values_list("pk", flat=True))
    Invitation.objects.filter(pk__in=replaced).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        tenant_id=current_tenant(),
        email=email,
        invited_by_id=actor.user_id,
        secret_hash=_hash(secret),
        expires_at=now + valid_for,
        **fields_of(role),
    )
    record(
        actor,
        Action.MEMBER_INVITED,
        invitation,
        offered=name_of(role),
        replaces=len(replaced),
    )
    return invitation, secret


@transaction.atomic
def revoke(actor: Actor, *, invitation: Invitation) -> Invitation:
    """From now on the link opens nothing.

    Raises:
        Conflict: it was accepted, or taken back before.
    """
    authorize(actor, Permission.MEMBERS_WRITE)
    require_whole(actor)
    locked = _open().select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if locked is None:
        raise Conflict("This invitation is not open any more.", code="invitation_closed")
    locked.revoked_at = timezone.now()
    locked.save(update_fields=["revoked_at"])
    record(actor, Action.INVITATION_REVOKED, locked)
    return locked


def find(secret: str) -> Invitation:
    """The open invitation that this link is of, whichever company's.

    Raises:
        NotFound: one message, whatever the reason.
    """
    with platform_scope():
        return _pending(Invitation.objects.filter(secret_hash=_hash(secret)))


def get(invitation_id: UUID) -> Invitation:
    """The same for a link that was followed before, in this browser."""
    with platform_scope():
        return _pending(Invitation.objects.filter(pk=invitation_id))


def accept(invitation: Invitation, *, user: User) -> Membership:
    """Make `user`, who has shown that the mailbox is theirs, a member.

    Raises:
        NotFound: the invitation is not open any more.
        NotAllowed: it was sent to somebody else.
    """
    with tenant_scope(invitation.tenant_id):
        rows = Invitation.objects.select_for_update(of=("self",)).filter(pk=invitation.pk)
        locked = _pending(rows)
        if locked.email.casefold() != user.email.casefold() or user.is_service:
            raise NotAllowed("This invitation was sent to another address; sign in with that one.")
        locked.accepted_at = timezone.now()
        locked.save(update_fields=["accepted_at"])
        if Membership.objects.filter(user=user).exists():
            raise NotFound(GONE)
        member = Membership.objects.create(
            tenant_id=locked.tenant_id, user=user, role=locked.role, custom_role=locked.custom_role
        )
        record(
            actor_of(member),
            Action.MEMBER_ADDED,
            member,
            user=user.public_id,
            role=member.role_name,
            invitation=locked.public_id,
        )
    return member


def send(invitation: Invitation, secret: str) -> None:
    """Mail the link, outside of any transaction; a mail server that fails is logged.

    Whoever invited sees no mail arrive and invites again.
    """
    path = reverse("invitation", kwargs={"secret": secret})
    about = {
        "company": invitation.tenant.name,
        "link": settings.PUBLIC_URL.rstrip("/") + path,
        "expires_at": invitation.expires_at,
    }
    try:
        send_mail(
            subject=" ".join(f"Invitation to {invitation.tenant.name}".split()),
            message=render_to_string("tenants/invitation.txt", about),
            from_email=None,
            recipient_list=[invitation.email],
        )
    except (SMTPException, OSError) as error:
        log.warning(
            "an invitation could not be mailed",
            extra={"invitation": invitation.public_id, "reason": type(error).__name__},
        )


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True)


def _pending(rows: QuerySet[Invitation]) -> Invitation:
    found = rows.select_related("tenant", "custom_role").first()
    if found is None or found.state_at(timezone.now()) != "pending":
        raise NotFound(GONE)
    return found


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
