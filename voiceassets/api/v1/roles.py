"""/v1/roles: what companies let their members do, beside the built-in roles."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import Change, Id, PageQuery, Shape, Words
from voiceassets.core.errors import NotFound
from voiceassets.tenants import roles
from voiceassets.tenants.models import CustomRole
from voiceassets.tenants.permissions import Permission, Role

PERMISSIONS = [p.value for p in Permission]


class RoleField(Id):
    """A built-in role by its word, or one of the company's by its id."""

    def __init__(self) -> None:
        words = ", ".join(Role)
        super().__init__(CustomRole.PREFIX, help_text=f"{words}, or the id of a role of yours.")


class RoleList(PageQuery):
    name = serializers.CharField(max_length=64, required=False)


class NewRole(Shape):
    name = serializers.CharField(max_length=64)
    permissions = Words(choices=PERMISSIONS)
    all_voices = serializers.BooleanField(
        default=False, help_text="With every voice, or only with those granted to the member."
    )


class RoleChange(Change):
    name = serializers.CharField(max_length=64, required=False)
    permissions = Words(choices=PERMISSIONS, required=False)
    all_voices = serializers.BooleanField(required=False)


class RoleOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    all_voices = serializers.BooleanField()


class Roles(Endpoint):
    @operation("roles.list", Permission.MEMBERS_READ, query=RoleList, answer=RoleOut, paged=True)
    def get(self, call: Call) -> Page:
        """The company's own roles; the built-in ones are always there."""
        return page(filtered(CustomRole.objects.all(), call.query, "name"), call.query)

    @operation(
        "roles.create",
        Permission.MEMBERS_WRITE,
        body=NewRole,
        answer=RoleOut,
        status=201,
        location="/v1/roles/{id}",
    )
    def post(self, call: Call) -> CustomRole:
        """A new role; it grants nothing that you do not have."""
        return roles.create_role(call.actor, **_spelt(call.body))


class RoleDetail(Endpoint):
    @operation("roles.get", Permission.MEMBERS_READ, answer=RoleOut)
    def get(self, call: Call, role_id: str) -> CustomRole:
        """One of the company's own roles."""
        return one(CustomRole.objects.all(), role_id)

    @operation("roles.update", Permission.MEMBERS_WRITE, body=RoleChange, answer=RoleOut)
    def patch(self, call: Call, role_id: str) -> CustomRole:
        """Change it, at once for every member who holds it."""
        role = one(CustomRole.objects.all(), role_id)
        return roles.update_role(call.actor, role=role, **_spelt(call.body))

    @operation("roles.delete", Permission.MEMBERS_WRITE, status=204)
    def delete(self, call: Call, role_id: str) -> None:
        """Remove a role that nobody holds."""
        roles.delete_role(call.actor, role=one(CustomRole.objects.all(), role_id))


def role_named(name: str) -> Role | CustomRole:
    """The role a request names.

    Raises:
        NotFound: there is no such role in this company.
    """
    if name in set(Role):
        return Role(name)
    if not name.startswith(f"{CustomRole.PREFIX}_"):
        raise NotFound("There is no such role.")
    return one(CustomRole.objects.all(), name)


def _spelt(body: dict[str, Any]) -> dict[str, Any]:
    if "permissions" in body:
        return body | {"permissions": [Permission(word) for word in body["permissions"]]}
    return body
