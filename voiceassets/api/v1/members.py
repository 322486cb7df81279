"""/v1/members and /v1/me: who belongs to the tenant, and who is asking."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from voiceassets.accounts.models import User
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import PageQuery, Shape
from voiceassets.api.v1.roles import RoleField, role_named
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import NotFound
from voiceassets.speakers import access
from voiceassets.tenants import members
from voiceassets.tenants.models import Membership, Tenant
from voiceassets.tenants.permissions import Permission


class MemberList(PageQuery):
    name = serializers.CharField(max_length=120, required=False)
    service = serializers.BooleanField(required=False, help_text="Programs only, or people only.")


class NewServiceAccount(Shape):
    name = serializers.CharField(max_length=120)
    role = RoleField()


class MemberChange(Shape):
    role = RoleField()


class MemberOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    user = serializers.CharField(source="user.public_id")
    name = serializers.CharField(source="user.name")
    email = serializers.CharField(source="user.email")
    role = serializers.CharField(source="role_name")
    service = serializers.BooleanField(source="user.is_service")


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
    @operation(
        "members.list", Permission.MEMBERS_READ, query=MemberList, answer=MemberOut, paged=True
    )
    def get(self, call: Call) -> Page:
        """The tenant's people, service accounts included, and their roles."""
        rows = filtered(_members(), call.query, name="user__name", service="user__is_service")
        return page(rows, call.query)


class ServiceAccounts(Endpoint):
    @operation(
        "service_accounts.create",
        Permission.MEMBERS_WRITE,
        body=NewServiceAccount,
        answer=MemberOut,
        status=201,
        location="/v1/members/{id}",
    )
    def post(self, call: Call) -> Membership:
        """A member that is a program: it never signs in; issue a key for it."""
        role = role_named(call.body["role"])
        return members.create_service_account(call.actor, name=call.body["name"], role=role)


class MemberDetail(Endpoint):
    @operation("members.get", Permission.MEMBERS_READ, answer=MemberOut)
    def get(self, call: Call, member_id: str) -> Membership:
        """One member."""
        return one(_members(), member_id)

    @operation("members.update", Permission.MEMBERS_WRITE, body=MemberChange, answer=MemberOut)
    def patch(self, call: Call, member_id: str) -> Membership:
        """Give a member another role; their keys and sessions follow at once."""
        member = one(_members(), member_id)
        return members.change_role(call.actor, member=member, role=role_named(call.body["role"]))

    @operation("members.remove", Permission.MEMBERS_WRITE, status=204)
    def delete(self, call: Call, member_id: str) -> None:
        """End a membership: its keys open nothing, and its voices are withdrawn."""
        user = members.remove(call.actor, member=one(_members(), member_id))
        access.forget(user)


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
            "role": member.role_name,
            "tenant": tenant.public_id,
            "tenant_slug": tenant.slug,
            "permissions": sorted(call.actor.permissions),
            "all_voices": call.actor.all_voices,
        }


def get_member(user_id: str) -> Membership:
    """The tenant's member who is this user, or NotFound."""
    member = _members().filter(user_id=ids.decode(User.PREFIX, user_id)).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def own_membership(actor: Actor) -> Membership:
    return _members().get(user=actor.user_id)


def _members() -> QuerySet[Membership]:
    return Membership.objects.select_related("user", "custom_role")
