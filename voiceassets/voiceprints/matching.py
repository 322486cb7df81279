"""Compares voices: with those nobody may take in, with other speakers, and with the one asked for.

Shapes: d dimensions of a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceassets.core.errors import Refused
from voiceassets.speakers.models import Speaker
from voiceassets.voiceprints import keeping, thresholds, vault
from voiceassets.voiceprints.models import Appeal, AppealState, NoGoState, NoGoVoice
from voiceassets.voiceprints.vault import Vector

# Another voice must be this much nearer before it explains a sound better.
MARGIN = 0.05


class NoGo(Refused):
    """This voice is on the tenant's no-go list."""

    code = "no_go_voice"


class ClipRefused(Refused):
    """A clip that is not surely in the voice of the speaker it was sent for."""

    code = "clip_of_another_voice"


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """A speaker who sounds like another one, and how much (a cosine)."""

    speaker: Speaker
    score: float


def barred(
    vector: Vector,
    *,
    encoder: str,
    speaker: Speaker | None = None,
    repitched: Sequence[Vector] = (),
) -> NoGoVoice | None:
    """The no-go voice that this is, unless an appeal was granted for this speaker.

    `repitched` are the same clip raised and lowered, against whoever did that before.
    """
    limits = thresholds.of(encoder)
    entries = NoGoVoice.objects.filter(state=NoGoState.ACTIVE)
    if speaker is not None:
        entries = entries.exclude(
            pk__in=Appeal.objects.filter(speaker=speaker, state=AppealState.GRANTED).values("voice")
        )
    by_name = {vault.pseudonym(entry): entry for entry in entries}
    if limits is None or not by_name:
        return None
    known = keeping.read(encoder=encoder, holders=list(by_name))
    excess = {name: score(vector, other) - limits.no_go for name, other in known.items()}
    if limits.repitched is not None:
        for name, other in known.items():
            nearest_copy = max((score(copy, other) for copy in repitched), default=-1.0)
            excess[name] = max(excess[name], nearest_copy - limits.repitched)
    nearest = max(excess, key=excess.__getitem__, default=None)
    if nearest is None or excess[nearest] < 0:
        return None
    return by_name[nearest]


def require_allowed(speaker: Speaker) -> None:
    """Refuse a speaker whose kept voiceprints are a no-go voice's.

    Raises:
        NoGo: naming the entry, so that it can be appealed.
    """
    own = vault.pseudonym(speaker)
    for encoder in keeping.encoders_of(own):
        vector = keeping.read(encoder=encoder, holders=[own])[own]
        entry = barred(vector, encoder=encoder, speaker=speaker)
        if entry is not None:
            raise NoGo(
                f"This voice is on the no-go list ({entry.public_id}). If that is wrong, appeal; "
                "two people have to sign.",
                no_go=entry.public_id,
            )


def require_own_voice(vector: Vector, *, encoder: str, speaker: Speaker) -> None:
    """Refuse a sound unless it is known to be in the voice of this speaker, and no no-go voice.

    Raises:
        NoGo: it is a voice of the no-go list.
        ClipRefused: it is another's voice (`clip_of_another_voice`), or nothing tells whose it is
            (`clip_not_comparable`).
    """
    entry = barred(vector, encoder=encoder, speaker=speaker)
    if entry is not None:
        raise NoGo(f"This voice is on the no-go list ({entry.public_id}).", no_go=entry.public_id)
    limits = thresholds.of(encoder)
    own = vault.pseudonym(speaker)
    known = keeping.read(encoder=encoder, holders=[own])
    if limits is None or own not in known:
        raise ClipRefused(
            "Nothing is known that this clip could be compared with: upload a recording of the "
            "speaker, on an installation whose encoder was calibrated.",
            code="clip_not_comparable",
        )
    if score(vector, known[own]) < limits.same:
        raise ClipRefused("This clip is not in the voice of the speaker that it was sent for.")


def likenesses(vector: Vector, *, encoder: str, speaker: Speaker) -> list[Likeness]:
    """Other speakers of the tenant who have this voice, the nearest first."""
    limits = thresholds.of(encoder)
    if limits is None:
        return []
    known = keeping.read(encoder=encoder)
    others = Speaker.objects.exclude(pk=speaker.pk)
    found = [
        Likeness(speaker=other, score=score(vector, known[name]))
        for other in others
        if (name := vault.pseudonym(other)) in known
    ]
    alike = [likeness for likeness in found if likeness.score >= limits.same]
    return sorted(alike, key=lambda likeness: -likeness.score)


def likenesses_of(speaker: Speaker) -> list[Likeness]:
    """Other speakers who have the voice of this one, by what is kept of both."""
    own = vault.pseudonym(speaker)
    nearest: dict[object, Likeness] = {}
    for encoder in keeping.encoders_of(own):
        vector = keeping.read(encoder=encoder, holders=[own])[own]
        for found in likenesses(vector, encoder=encoder, speaker=speaker):
            kept = nearest.get(found.speaker.pk)
            if kept is None or kept.score < found.score:
                nearest[found.speaker.pk] = found
    return sorted(nearest.values(), key=lambda likeness: -likeness.score)


def is_calibrated(encoder: str) -> bool:
    """Whether this encoder's scores mean anything here."""
    return thresholds.of(encoder) is not None


def is_wrong_voice(heard: Vector, *, wanted: Vector, encoder: str, speaker: Speaker) -> bool:
    """Whether speech surely is not in the voice that was asked for.

    It is when the two are less alike than most pairs of strangers, or when they are not one voice
    and another voice of the tenant is nearer. Speech that merely resembles its model badly passes:
    that is for the evaluation of the version to say.
    """
    limits = thresholds.of(encoder)
    if limits is None:
        return False
    own_score = score(heard, wanted)
    if own_score < limits.stranger:
        return True
    if own_score >= limits.same:
        return False
    own = vault.pseudonym(speaker)
    others = [other for name, other in keeping.read(encoder=encoder).items() if name != own]
    return any(score(heard, other) > own_score + MARGIN for other in others)


def score(one: Vector, other: Vector) -> float:
    """The cosine of two unit vectors [d]."""
    return float(one @ other)
