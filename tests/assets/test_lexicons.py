"""Lexicons: who may change them, which words a request takes along, and that it keeps them."""

from __future__ import annotations

import pytest

from tests.factories import Cast, make_request, make_voice
from voiceassets.assets import lexicons
from voiceassets.assets.lexicons import Word
from voiceassets.assets.models import SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.core.errors import Invalid, NotAllowed

pytestmark = pytest.mark.django_db
OURS = Word(word="青禾", alphabet="pinyin", value="qing1 he2")
VOICES = Word(word="青禾", alphabet="pinyin", value="qing1 he4")
UNUSED = Word(word="Acme", alphabet="alias", value="Ack me")


def test_a_request_keeps_the_words_that_its_text_needs_the_voices_first(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.alice.scope() as alice:
        lexicons.replace_lexicon(alice, speaker=None, words=[OURS, UNUSED])
        lexicons.replace_lexicon(alice, speaker=speaker, words=[VOICES])
    request = make_request(cast.alice, speaker, text="欢迎来到青禾。")
    with cast.alice.scope() as alice:
        lexicons.replace_lexicon(alice, speaker=speaker, words=[])
        kept = SynthesisRequest.objects.get(pk=request.pk)
        assert [entry["value"] for entry in kept.lexicon] == ["qing1 he4", "qing1 he2"]
        assert [entry["word"] for entry in lexicons.words_for(speaker, "to acme")] == ["Acme"]


def test_a_writer_may_read_and_not_change_them(cast: Cast) -> None:
    with cast.bob.scope() as bob:
        assert lexicons.get_lexicon(bob, speaker=None).entries == []
        with pytest.raises(NotAllowed):
            lexicons.replace_lexicon(bob, speaker=None, words=[OURS])


def test_a_change_replaces_all_and_its_record_holds_no_words(cast: Cast) -> None:
    with cast.alice.scope() as alice:
        lexicons.replace_lexicon(alice, speaker=None, words=[OURS, UNUSED])
        lexicon = lexicons.replace_lexicon(alice, speaker=None, words=[VOICES])
        [entry] = lexicons.get_lexicon(alice, speaker=None).entries
        assert entry["value"] == "qing1 he4"
        events = Event.objects.filter(object_id=lexicon.public_id).order_by("pk")
        assert [event.data["words"] for event in events] == [2, 1]
        assert "青禾" not in str([event.data for event in events])


@pytest.mark.parametrize("word", ["", " ", "a|b", "[x]", "a\0b", "长" * 101])
def test_a_word_that_would_be_markup_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        Word(word=word, alphabet="alias", value="x")


def test_an_unknown_alphabet_is_refused() -> None:
    with pytest.raises(Invalid, match="pinyin"):
        Word(word="x", alphabet="ipa", value="x")
