"""The invitation whose link a browser has followed: kept in its session, without the secret."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from voiceassets.core.errors import NotFound
from voiceassets.tenants import invitations
from voiceassets.tenants.models import Invitation

KEY = "invitation"


def keep_invitation(request: HttpRequest, invitation: Invitation) -> None:
    request.session[KEY] = str(invitation.pk)


def pending_invitation(request: HttpRequest) -> Invitation | None:
    """The invitation, as long as it is open; one that is not is forgotten."""
    kept = request.session.get(KEY)
    if kept is None:
        return None
    try:
        return invitations.get(UUID(kept))
    except NotFound:
        forget_invitation(request)
        return None


def forget_invitation(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
