"""/v1/keys: the secrets programs show."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import Id, PageQuery, Shape, Words
from voiceassets.api.v1 import members
from voiceassets.tenants import keys
from voiceassets.tenants.models import ApiKey, Membership
from voiceassets.tenants.permissions import Permission


class NewKey(Shape):
    name = serializers.CharField(max_length=120)
    member = Id("mbr", required=False, help_text="Whose key it is; yours when left out.")
    scopes = Words(
        choices=[p.value for p in Permission],
        default=list,
        help_text="What it may do at most; everything its member may when empty.",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class KeyOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    user = serializers.CharField(source="user.public_id")
    hint = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class IssuedKeyOut(serializers.Serializer[Any]):
    key = KeyOut()
    secret = serializers.CharField(help_text="Shown this once; only a hash of it is kept.")


class Keys(Endpoint):
    @operation("keys.list", Permission.KEYS_READ, query=PageQuery, answer=KeyOut, paged=True)
    def get(self, call: Call) -> Page:
        """The tenant's keys, without their secrets."""
        return page(ApiKey.objects.select_related("user"), call.query)

    @operation("keys.issue", Permission.KEYS_WRITE, body=NewKey, answer=IssuedKeyOut, status=201)
    def post(self, call: Call) -> dict[str, Any]:
        """A new key; keep its `secret`, nobody can show it again."""
        wanted = call.body
        key, secret = keys.issue(
            call.actor,
            member=_member(call),
            name=wanted["name"],
            scopes=frozenset(Permission(scope) for scope in wanted["scopes"]),
            expires_at=wanted.get("expires_at"),
        )
        return {"key": key, "secret": secret}


class KeyRevoke(Endpoint):
    @operation("keys.revoke", Permission.KEYS_WRITE, answer=KeyOut)
    def post(self, call: Call, key_id: str) -> ApiKey:
        """From now on this key opens nothing."""
        key = one(ApiKey.objects.select_related("user"), key_id)
        return keys.revoke(call.actor, key=key)


def _member(call: Call) -> Membership:
    if "member" not in call.body:
        return members.own_membership(call.actor)
    return one(Membership.objects.select_related("user"), call.body["member"])
