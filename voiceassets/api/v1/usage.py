"""/v1/usage: what was charged, to whom and for which voice."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.accounts.models import User
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Shape
from voiceassets.core import ids
from voiceassets.speakers.models import Speaker
from voiceassets.tenants import metering
from voiceassets.tenants.metering import Group
from voiceassets.tenants.permissions import Permission

PREFIX_OF = {Group.USER: User.PREFIX, Group.SPEAKER: Speaker.PREFIX}


class UsageQuery(Shape):
    group = serializers.ChoiceField(choices=[g.value for g in Group], default=Group.DAY.value)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class CostOut(serializers.Serializer[Any]):
    group = serializers.CharField(allow_null=True, help_text="An id, or a day in UTC.")
    requests = serializers.IntegerField()
    characters = serializers.IntegerField()
    audio_seconds = serializers.FloatField()
    gpu_seconds = serializers.FloatField()
    cpu_seconds = serializers.FloatField()


class CostsOut(serializers.Serializer[Any]):
    data = CostOut(many=True)  # type: ignore[assignment]


class Usage(Endpoint):
    @operation("usage.get", Permission.USAGE_READ, query=UsageQuery, answer=CostsOut)
    def get(self, call: Call) -> dict[str, Any]:
        """What released audio cost in a time, by key, person, voice or day, the largest first."""
        group = Group(call.query["group"])
        times = {name: call.query.get(name) for name in ("since", "until")}
        rows = metering.usage(call.actor, group=group, **times)
        return {"data": [_shown(row, group) for row in rows]}


def _shown(row: dict[str, Any], group: Group) -> dict[str, Any]:
    named = row["group"]
    if group in PREFIX_OF and named is not None:
        named = ids.encode(PREFIX_OF[group], named)
    return {
        "group": named,
        "requests": row["requests"],
        "characters": row["characters"],
        "audio_seconds": row["audio_ms"] / 1000,
        "gpu_seconds": row["gpu_ms"] / 1000,
        "cpu_seconds": row["cpu_ms"] / 1000,
    }
