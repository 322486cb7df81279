"""/v1/members and /v1/me: who belongs to the tenant, and who is asking."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.accounts.models import User
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.shapes import PageQuery
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import NotFound
from voiceassets.tenants.models import Membership, Tenant
from voiceassets.tenants.permissions import Permission


class MemberOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    user = serializers.CharField(source="user.public_id")
    name = serializers.CharField(source="user.name")
    email = serializers.CharField(source="user.email")
    role = serializers.CharField()


class MeOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    user = serializers.CharField()
    member = serializers.CharField()
    role = serializers.CharField()
    tenant = serializers.CharField()
    tenant_slug = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    all_voices = serializers.BooleanField()


class Members(Endpoint):
    @operation("members.list", Permission.KEYS_READ, query=PageQuery, answer=MemberOut, paged=True)
    def get(self, call: Call) -> Page:
        """The tenant's people, service accounts included, and their roles."""
        return page(Membership.objects.select_related("user"), call.query)


class Me(Endpoint):
    @operation("me.get", None, answer=MeOut)
    def get(self, call: Call) -> dict[str, Any]:
        """What your key stands for."""
        member = own_membership(call.actor)
        tenant = Tenant.objects.get(pk=call.tenant_id)
        return {
            "key": call.actor.id,
            "user": member.user.public_id,
            "member": member.public_id,
            "role": member.role,
            "tenant": tenant.public_id,
            "tenant_slug": tenant.slug,
            "permissions": sorted(call.actor.permissions),
            "all_voices": call.actor.all_voices,
        }


def get_member(user_id: str) -> Membership:
    """The tenant's member who is this user, or NotFound."""
    members = Membership.objects.select_related("user")
    member = members.filter(user_id=ids.decode(User.PREFIX, user_id)).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def own_membership(actor: Actor) -> Membership:
    return Membership.objects.select_related("user").get(user=actor.user_id)
