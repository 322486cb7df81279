"""/v1/lexicon and /v1/speakers/{id}/lexicon: how words are to be read."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Shape
from voiceassets.assets import lexicons
from voiceassets.assets.models import Lexicon
from voiceassets.speakers import selectors as speakers
from voiceassets.tenants.permissions import Permission


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
    entries = WordShape(many=True)


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
        return lexicons.replace_lexicon(call.actor, speaker=None, words=_words(call))


class SpeakerLexicon(Endpoint):
    @operation("speakers.lexicon.get", Permission.SPEAKERS_READ, answer=LexiconOut)
    def get(self, call: Call, speaker_id: str) -> Lexicon:
        """The words that one voice reads so, whatever the tenant's lexicon says."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        return lexicons.get_lexicon(call.actor, speaker=speaker)

    @operation(
        "speakers.lexicon.replace", Permission.SPEAKERS_WRITE, body=NewLexicon, answer=LexiconOut
    )
    def put(self, call: Call, speaker_id: str) -> Lexicon:
        """Replace them; requests that were made before keep the readings they were made with."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        return lexicons.replace_lexicon(call.actor, speaker=speaker, words=_words(call))


def _words(call: Call) -> list[lexicons.Word]:
    return [lexicons.Word(**entry) for entry in call.body["entries"]]
