"""/v1/audit: what was decided, by whom, and the proof that the record is unchanged."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import PageQuery, Shape
from voiceassets.audit import selectors
from voiceassets.audit.actions import Action
from voiceassets.tenants.permissions import Permission


class EventList(PageQuery):
    action = serializers.ChoiceField(choices=[a.value for a in Action], required=False)
    object_id = serializers.CharField(max_length=64, required=False)
    actor_id = serializers.CharField(max_length=64, required=False)
    trace_id = serializers.RegexField(
        r"^[0-9a-f]{32}$", required=False, help_text="The second part of a `traceparent`."
    )


class EventOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    seq = serializers.IntegerField()
    action = serializers.CharField()
    actor_kind = serializers.CharField()
    actor_id = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    request_id = serializers.CharField()
    trace_id = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(
        allow_null=True, help_text="When retention took away who, what and the details."
    )


class HexField(serializers.CharField):
    """Bytes, written as hexadecimal digits."""

    def to_representation(self, value: Any) -> str:
        return bytes(value).hex()


class StepOut(serializers.Serializer[Any]):
    side = serializers.CharField()
    hash = HexField()


class SignedOut(serializers.Serializer[Any]):
    """Signed with Ed25519 over the canonical JSON of `body`."""

    body = serializers.DictField()
    key = serializers.CharField()
    signature = serializers.CharField()


class GrowthOut(serializers.Serializer[Any]):
    checkpoint = SignedOut()
    consistency = serializers.ListField(child=HexField())


class Since(Shape):
    since = serializers.IntegerField(
        min_value=1, help_text="The number of seals in the checkpoint that you have kept."
    )


class ProofOut(serializers.Serializer[Any]):
    """Everything an offline verifier needs to climb from the event to its seal (RFC 6962)."""

    leaf = serializers.DictField(
        allow_null=True, help_text="Null once the event is retired; `leaf_hash` stands for it."
    )
    leaf_hash = HexField()
    position = serializers.IntegerField()
    path = StepOut(many=True)
    seal = serializers.DictField(source="seal.as_dict")
    seal_hash = HexField(source="seal.hash")
    seal_path = serializers.ListField(child=HexField())
    checkpoint = SignedOut(
        allow_null=True, help_text="The newest that knows the seal; one is signed every minute."
    )


class ProvenEventOut(serializers.Serializer[Any]):
    event = EventOut()
    proof = ProofOut(allow_null=True, help_text="Null until the event is sealed, in a moment.")


class Events(Endpoint):
    @operation("audit.list", Permission.AUDIT_READ, query=EventList, answer=EventOut, paged=True)
    def get(self, call: Call) -> Page:
        """The tenant's events, newest first."""
        filters = ("action", "object_id", "actor_id", "trace_id")
        wanted = {name: call.query.get(name, "") for name in filters}
        return page(selectors.events(**wanted), call.query, key="seq")


class Consistency(Endpoint):
    @operation("audit.consistency", Permission.AUDIT_READ, query=Since, answer=GrowthOut)
    def get(self, call: Call) -> selectors.Growth:
        """The newest checkpoint, with the proof that the log only grew since an older one."""
        return selectors.growth_since(call.query["since"])


class EventDetail(Endpoint):
    @operation("audit.get", Permission.AUDIT_READ, answer=ProvenEventOut)
    def get(self, call: Call, event_id: str) -> dict[str, Any]:
        """One event with its proof."""
        event = one(selectors.events(), event_id)
        return {"event": event, "proof": selectors.proof(event.pk)}
