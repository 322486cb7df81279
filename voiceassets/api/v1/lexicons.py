"""/v1/lexicon and /v1/speakers/{id}/lexicon: how words are to be read, as JSON or as PLS."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Shape
from voiceassets.assets import lexicons, pronunciation
from voiceassets.assets.lexicons import Word
from voiceassets.assets.models import Lexicon
from voiceassets.speakers import selectors as speakers
from voiceassets.tenants.permissions import Permission

PLS_TYPE = "application/pls+xml"


class WordShape(Shape):
    word = serializers.CharField(max_length=lexicons.LONGEST_WORD, trim_whitespace=False)
    alphabet = serializers.ChoiceField(choices=lexicons.ALPHABETS)
    value = serializers.CharField(
        max_length=lexicons.LONGEST_READING,
        help_text="Such as `qing1 he2`, `AE1 K M IY0`, `くるま`, `zh:z i04`, or other words.",
    )
    case_sensitive = serializers.BooleanField(default=False)
    whole_word = serializers.BooleanField(default=True)


class NewLexicon(Shape):
    """Either `entries` or `pls`; becomes entries whose readings the engine can follow."""

    entries = WordShape(many=True, required=False)
    pls = serializers.CharField(
        required=False, help_text="A Pronunciation Lexicon Specification 1.0 document."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either entries or pls.")
        if "pls" in attrs:
            return {"words": pronunciation.from_pls(attrs["pls"])}
        return {"words": pronunciation.examine([Word(**entry) for entry in attrs["entries"]])}


class LexiconOut(serializers.Serializer[Any]):
    entries = WordShape(many=True)
    changed_at = serializers.DateTimeField(allow_null=True)


class TenantLexicon(Endpoint):
    @operation("lexicon.get", Permission.SPEAKERS_READ, answer=LexiconOut)
    def get(self, call: Call) -> Lexicon:
        """The words that every voice of the tenant reads so."""
        return lexicons.get_lexicon(call.actor, speaker=None)

    @operation("lexicon.replace", Permission.SPEAKERS_WRITE, body=NewLexicon, answer=LexiconOut)
    def put(self, call: Call) -> Lexicon:
        """Replace them; requests that were made before keep the readings they were made with."""
        return lexicons.replace_lexicon(call.actor, speaker=None, words=call.body["words"])


class SpeakerLexicon(Endpoint):
    @operation("speakers.lexicon.get", Permission.SPEAKERS_READ, answer=LexiconOut)
    def get(self, call: Call, speaker_id: str) -> Lexicon:
        """The words that one voice reads so, whatever the tenant's lexicon says."""
        return _of_speaker(call, speaker_id)

    @operation(
        "speakers.lexicon.replace", Permission.SPEAKERS_WRITE, body=NewLexicon, answer=LexiconOut
    )
    def put(self, call: Call, speaker_id: str) -> Lexicon:
        """Replace them; requests that were made before keep the readings they were made with."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        return lexicons.replace_lexicon(call.actor, speaker=speaker, words=call.body["words"])


class TenantLexiconDocument(Endpoint):
    @operation("lexicon.pls", Permission.SPEAKERS_READ, media=(PLS_TYPE,), scoped=False)
    def get(self, call: Call) -> HttpResponseBase:
        """The tenant's words as a document of the Pronunciation Lexicon Specification 1.0."""
        with call.scope():
            lexicon = lexicons.get_lexicon(call.actor, speaker=None)
        return _document(lexicon)


class SpeakerLexiconDocument(Endpoint):
    @operation("speakers.lexicon.pls", Permission.SPEAKERS_READ, media=(PLS_TYPE,), scoped=False)
    def get(self, call: Call, speaker_id: str) -> HttpResponseBase:
        """A voice's words as a document of the Pronunciation Lexicon Specification 1.0."""
        with call.scope():
            lexicon = _of_speaker(call, speaker_id)
        return _document(lexicon)


def _of_speaker(call: Call, speaker_id: str) -> Lexicon:
    speaker = speakers.get_speaker(call.actor, speaker_id)
    return lexicons.get_lexicon(call.actor, speaker=speaker)


def _document(lexicon: Lexicon) -> HttpResponseBase:
    """Written outside the transaction, since another process does it."""
    return HttpResponse(pronunciation.to_pls(lexicon.entries), content_type=PLS_TYPE)
