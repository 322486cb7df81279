"""/v1/speakers: the voices of a tenant, and who may do what with each."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.shapes import Change, Id, PageQuery, Shape, Words
from voiceassets.api.v1 import members
from voiceassets.speakers import selectors, services
from voiceassets.speakers.access import CODENAME
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.speakers.personal import name_index
from voiceassets.tenants.models import Membership
from voiceassets.tenants.permissions import Permission

VERBS = {codename: verb for verb, codename in CODENAME.items()}


class VoiceList(PageQuery):
    name = serializers.CharField(max_length=120, required=False)


class SpeakerList(VoiceList):
    state = serializers.ChoiceField(choices=SpeakerState.values, required=False)


class SpeakerFilter(PageQuery):
    """For lists of what belongs to voices: of one voice only."""

    speaker = Id("spk", required=False)


class GrantList(PageQuery):
    user = Id("usr", required=False, help_text="Only what this member was granted.")


class NewSpeaker(Shape):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, allow_blank=True, default="")
    languages = Words(default=list)


class SpeakerChange(Change):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    languages = Words(required=False)


class NewGrant(Shape):
    user = Id("usr")
    verbs = Words(choices=list(CODENAME))


class SpeakerOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())
    state = serializers.CharField()
    created_at = serializers.DateTimeField()


class GrantOut(serializers.Serializer[Any]):
    user = serializers.CharField(source="user.public_id")
    verbs = serializers.SerializerMethodField()

    def get_verbs(self, row: Any) -> list[str]:
        return sorted(VERBS[codename] for codename in row.codenames)


class Speakers(Endpoint):
    @operation(
        "speakers.list", Permission.SPEAKERS_READ, query=SpeakerList, answer=SpeakerOut, paged=True
    )
    def get(self, call: Call) -> Page:
        """The voices you may know of, newest first."""
        rows = selectors.speakers(call.actor, state=call.query.get("state", ""))
        return page(named(call, rows), call.query)

    @operation(
        "speakers.create",
        Permission.SPEAKERS_WRITE,
        body=NewSpeaker,
        answer=SpeakerOut,
        status=201,
        location="/v1/speakers/{id}",
    )
    def post(self, call: Call) -> Speaker:
        """A new voice."""
        return services.create_speaker(call.actor, **call.body)


class SpeakerDetail(Endpoint):
    @operation("speakers.get", Permission.SPEAKERS_READ, answer=SpeakerOut)
    def get(self, call: Call, speaker_id: str) -> Speaker:
        """One voice."""
        return selectors.get_speaker(call.actor, speaker_id)

    @operation("speakers.update", Permission.SPEAKERS_WRITE, body=SpeakerChange, answer=SpeakerOut)
    def patch(self, call: Call, speaker_id: str) -> Speaker:
        """Change a voice's name, description or languages."""
        speaker = selectors.get_speaker(call.actor, speaker_id)
        return services.update_speaker(call.actor, speaker=speaker, **call.body)


class SpeakerArchive(Endpoint):
    @operation("speakers.archive", Permission.SPEAKERS_WRITE, answer=SpeakerOut)
    def post(self, call: Call, speaker_id: str) -> Speaker:
        """Keep the voice on record, and let it take nothing new."""
        speaker = selectors.get_speaker(call.actor, speaker_id)
        return services.archive_speaker(call.actor, speaker=speaker)


class SpeakerGrants(Endpoint):
    @operation(
        "speakers.grants.list",
        Permission.SPEAKERS_READ,
        query=GrantList,
        answer=GrantOut,
        paged=True,
    )
    def get(self, call: Call, speaker_id: str) -> Page:
        """Who was granted what on this voice, member by member, the newest member first."""
        rows = selectors.grants(call.actor, selectors.get_speaker(call.actor, speaker_id))
        if "user" in call.query:
            rows = rows.filter(pk=members.get_member(call.query["user"]).pk)
        return page(rows, call.query)

    @operation(
        "speakers.grants.add",
        Permission.SPEAKERS_GRANT,
        body=NewGrant,
        answer=GrantOut,
        status=201,
    )
    def post(self, call: Call, speaker_id: str) -> Membership:
        """Let a member see, use or manage this voice, with what that implies; all that it may."""
        speaker = selectors.get_speaker(call.actor, speaker_id)
        member = members.get_member(call.body["user"])
        services.grant(call.actor, speaker=speaker, to=member.user, verbs=call.body["verbs"])
        return selectors.grants(call.actor, speaker).get(pk=member.pk)


class SpeakerGrant(Endpoint):
    @operation("speakers.grants.withdraw", Permission.SPEAKERS_GRANT, status=204)
    def delete(self, call: Call, speaker_id: str, user_id: str) -> None:
        """Take back everything a person was granted on this voice."""
        speaker = selectors.get_speaker(call.actor, speaker_id)
        member = members.get_member(user_id)
        services.withdraw(call.actor, speaker=speaker, from_=member.user)


def wanted_speaker(call: Call) -> Speaker | None:
    """The voice that a list's query, a `SpeakerFilter`, asks for."""
    public_id = call.query.get("speaker")
    return selectors.get_speaker(call.actor, public_id) if public_id else None


def named(call: Call, rows: QuerySet[Speaker]) -> QuerySet[Speaker]:
    """The voices of the name that a list's query, a `VoiceList`, asks for."""
    name = call.query.get("name")
    return rows.filter(name_index=name_index(call.tenant_id, name)) if name else rows
