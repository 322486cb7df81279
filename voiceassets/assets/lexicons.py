"""How words are read: a tenant's lexicon, a voice's over it, and what of them a text needs.

Whether a reading can be followed is asked of the engine (`pronunciation`) before words are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from voiceassets.assets.models import Lexicon
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, current_tenant
from voiceassets.core.errors import Invalid
from voiceassets.core.statements import found
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

MOST_WORDS = 5000
LONGEST_WORD = 100
LONGEST_READING = 200
ALPHABETS = ("pinyin", "arpabet", "kana", "phones", "alias")
OF_VOICE = """
SELECT * FROM assets_lexicon
 WHERE tenant_id = %s AND (speaker_id = %s OR speaker_id IS NULL)
 ORDER BY speaker_id IS NULL
"""
# They would end the markup that a reading may become.
FORBIDDEN = frozenset("|[]\0")


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word and its reading in one of `ALPHABETS`; of phones it is `language:symbols`."""

    word: str
    alphabet: str
    value: str
    case_sensitive: bool = False
    whole_word: bool = True

    def __post_init__(self) -> None:
        for name, text, most in (
            ("word", self.word, LONGEST_WORD),
            ("value", self.value, LONGEST_READING),
        ):
            if not text.strip() or len(text) > most or FORBIDDEN & set(text):
                raise Invalid(
                    f"A lexicon's {name} has 1 to {most} characters, none of them | [ ] or NUL.",
                    field=name,
                )
        if self.alphabet not in ALPHABETS:
            raise Invalid(f"alphabet must be one of {', '.join(ALPHABETS)}.", field="alphabet")


@transaction.atomic
def replace_lexicon(actor: Actor, *, speaker: Speaker | None, words: Sequence[Word]) -> Lexicon:
    """Make these the words of a voice, or of the tenant. What was asked for before keeps its own.

    `words` have been through `pronunciation.examine`, which takes too long for a transaction.

    The audit log keeps how many there are and their digest, not the words.
    """
    authorize(actor, Permission.SPEAKERS_WRITE)
    if speaker is not None:
        access.require(actor, speaker, "manage")
    if len(words) > MOST_WORDS:
        raise Invalid(f"A lexicon holds at most {MOST_WORDS} words.", field="entries")
    entries = [asdict(word) for word in words]
    lexicon, _ = Lexicon.objects.update_or_create(
        tenant_id=current_tenant(),
        speaker=speaker,
        defaults={"entries": entries, "changed_at": Now()},
    )
    lexicon.refresh_from_db()
    written = json.dumps(entries, sort_keys=True, ensure_ascii=False).encode()
    record(
        actor,
        Action.LEXICON_REPLACED,
        lexicon,
        speaker=speaker.public_id if speaker else "",
        words=len(entries),
        sha256=hashlib.sha256(written).hexdigest(),
    )
    return lexicon


def get_lexicon(actor: Actor, *, speaker: Speaker | None) -> Lexicon:
    """The words of a voice the actor may see, or of the tenant; unsaved where there are none."""
    if speaker is not None:
        access.require(actor, speaker, "see")
    kept = Lexicon.objects.filter(speaker=speaker).first()
    return kept or Lexicon(tenant_id=current_tenant(), speaker=speaker)


def words_for(speaker: Speaker, text: str) -> list[dict[str, Any]]:
    """The entries whose words occur in a text: the voice's first, which wins, then the tenant's."""
    return words_in(lexicons_for(speaker), text)


def lexicons_for(speaker: Speaker) -> list[Lexicon]:
    """The voice's own lexicon, then the tenant's."""
    return found(Lexicon, OF_VOICE, [current_tenant(), speaker.pk])


def words_in(ordered: Sequence[Lexicon], text: str) -> list[dict[str, Any]]:
    """The entries of some lexicons whose words occur in a text, in their order."""
    lowered = text.casefold()
    return [
        entry for row in ordered for entry in row.entries if entry["word"].casefold() in lowered
    ]
