"""/v1/keys: the secrets programs show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import Id, PageQuery, Shape, Words
from voiceassets.api.v1 import members
from voiceassets.core import ids
from voiceassets.speakers import selectors as speakers
from voiceassets.speakers.models import Speaker
from voiceassets.tenants import keys
from voiceassets.tenants.models import ApiKey, Membership
from voiceassets.tenants.permissions import Permission

MOST_VOICES = 200
OPTIONAL = ("characters_per_month", "concurrent_requests", "expires_at")


class KeyList(PageQuery):
    name = serializers.CharField(max_length=120, required=False)
    user = Id("usr", required=False, help_text="Only this member's keys.")
    state = serializers.ChoiceField(choices=keys.STATES, required=False)


class NewKey(Shape):
    name = serializers.CharField(max_length=120)
    member = Id("mbr", required=False, help_text="Whose key it is; yours when left out.")
    scopes = Words(
        choices=[p.value for p in Permission],
        default=list,
        help_text="What it may do at most; everything its member may when empty.",
    )
    voices = serializers.ListField(
        child=Id("spk"),
        max_length=MOST_VOICES,
        default=list,
        help_text="The only voices it may know of; all of its member's when empty.",
    )
    networks = Words(default=list, help_text="Where it may be used from, such as 203.0.113.0/24.")
    characters_per_month = serializers.IntegerField(
        min_value=0, max_value=2**53, required=False, allow_null=True
    )
    concurrent_requests = serializers.IntegerField(
        min_value=1, max_value=10_000, required=False, allow_null=True
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class Rotation(Shape):
    overlap_s = serializers.IntegerField(
        min_value=0,
        max_value=30 * 86_400,
        default=86_400,
        help_text="How long the old key still works.",
    )


class KeyOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    user = serializers.CharField(source="user.public_id")
    hint = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    voices = serializers.SerializerMethodField()
    networks = serializers.ListField(child=serializers.CharField())
    characters_per_month = serializers.IntegerField(allow_null=True)
    concurrent_requests = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)

    def get_voices(self, key: ApiKey) -> list[str]:
        return [ids.encode(Speaker.PREFIX, UUID(voice)) for voice in key.voices]


class IssuedKeyOut(serializers.Serializer[Any]):
    key = KeyOut()
    secret = serializers.CharField(help_text="Shown this once; only a hash of it is kept.")


class Keys(Endpoint):
    @operation("keys.list", Permission.KEYS_READ, query=KeyList, answer=KeyOut, paged=True)
    def get(self, call: Call) -> Page:
        """The tenant's keys, without their secrets."""
        rows = filtered(ApiKey.objects.select_related("user"), call.query, "name")
        if "user" in call.query:
            rows = rows.filter(user=members.get_member(call.query["user"]).user_id)
        if "state" in call.query:
            rows = keys.in_state(rows, call.query["state"])
        return page(rows, call.query)

    @operation(
        "keys.issue",
        Permission.KEYS_WRITE,
        body=NewKey,
        answer=IssuedKeyOut,
        status=201,
        secret=True,
    )
    def post(self, call: Call) -> dict[str, Any]:
        """A new key; keep its `secret`, nobody can show it again."""
        wanted = call.body
        voices = [speakers.get_speaker(call.actor, voice).pk for voice in wanted["voices"]]
        key, secret = keys.issue(
            call.actor,
            member=_member(call),
            name=wanted["name"],
            bounds=keys.Bounds(
                scopes=frozenset(Permission(scope) for scope in wanted["scopes"]),
                voices=frozenset(voices),
                networks=tuple(wanted["networks"]),
                **{name: wanted[name] for name in OPTIONAL if name in wanted},
            ),
        )
        return {"key": key, "secret": secret}


class KeyRotate(Endpoint):
    @operation(
        "keys.rotate",
        Permission.KEYS_WRITE,
        body=Rotation,
        answer=IssuedKeyOut,
        status=201,
        secret=True,
    )
    def post(self, call: Call, key_id: str) -> dict[str, Any]:
        """A successor with the same rights; the old key works on for a while, so none is missed."""
        old = one(ApiKey.objects.select_related("user"), key_id)
        overlap = timedelta(seconds=call.body["overlap_s"])
        key, secret = keys.rotate(call.actor, key=old, overlap=overlap)
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
    rows = Membership.objects.select_related("user", "custom_role")
    return one(rows, call.body["member"])
