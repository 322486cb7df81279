"""/v1/invitations: asking people to join, by mail."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import PageQuery, Shape
from voiceassets.api.v1.roles import RoleField, role_named
from voiceassets.tenants import invitations
from voiceassets.tenants.models import Invitation
from voiceassets.tenants.permissions import Permission

DAY_S = 86_400


class NewInvitation(Shape):
    email = serializers.EmailField(max_length=254)
    role = RoleField()
    valid_for_s = serializers.IntegerField(min_value=3600, max_value=30 * DAY_S, default=7 * DAY_S)


class InvitationList(PageQuery):
    email = serializers.EmailField(max_length=254, required=False)


class InvitationOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    email = serializers.CharField()
    role = serializers.CharField(source="role_name")
    state = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)

    def get_state(self, invitation: Invitation) -> str:
        return invitation.state_at(timezone.now())


class Invitations(Endpoint):
    @operation(
        "invitations.list",
        Permission.MEMBERS_READ,
        query=InvitationList,
        answer=InvitationOut,
        paged=True,
    )
    def get(self, call: Call) -> Page:
        """Who was asked to join, and what came of it."""
        rows = Invitation.objects.select_related("custom_role")
        return page(filtered(rows, call.query, email="email__iexact"), call.query)

    @operation(
        "invitations.create",
        Permission.MEMBERS_WRITE,
        body=NewInvitation,
        answer=InvitationOut,
        status=201,
    )
    def post(self, call: Call) -> Invitation:
        """Ask somebody to join: a mail with a link that works once. An earlier one ends."""
        invitation, secret = invitations.invite(
            call.actor,
            email=call.body["email"],
            role=role_named(call.body["role"]),
            valid_for=timedelta(seconds=call.body["valid_for_s"]),
        )
        invitation.refresh_from_db()
        transaction.on_commit(partial(invitations.send, invitation, secret))
        return invitation


class InvitationRevoke(Endpoint):
    @operation("invitations.revoke", Permission.MEMBERS_WRITE, answer=InvitationOut)
    def post(self, call: Call, invitation_id: str) -> Invitation:
        """From now on the link opens nothing."""
        invitation = one(Invitation.objects.all(), invitation_id)
        return invitations.revoke(call.actor, invitation=invitation)
