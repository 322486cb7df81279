"""Closing a person's account: nothing of theirs opens any more."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.db import transaction

from voiceassets.accounts.models import User


@transaction.atomic
def close(user: User) -> bool:
    """End the account and its sessions; its keys are refused from now on. False if it was closed.

    The caller puts it on record, in the log of the companies that are concerned.
    """
    closed = User.objects.filter(pk=user.pk, is_active=True).update(is_active=False)
    for session in UserSession.objects.filter(user=user):
        session.end()
    return bool(closed)
