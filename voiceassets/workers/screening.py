"""Whose voice an uploaded recording is in, against the no-go list and the tenant's other voices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from training.prepare.pipeline import PreparedSegment as Slice
from voiceassets.corpus.models import Recording
from voiceassets.corpus.prepared import Doubt, PreparedRecording
from voiceassets.provenance.decode import decode
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints.vault import Vector
from voiceassets.workers import listening
from voiceassets.workers.listening import RATE_HZ, REPITCHED_WAVES


@dataclass(frozen=True, kw_only=True)
class Voice:
    """The voice [d] of a recording, and of its copies that were raised and lowered."""

    vector: Vector
    repitched: tuple[Vector, ...]


def voice_of(slices: Sequence[Slice]) -> Voice | None:
    """The voice of a recording's slices, where this machine can tell voices apart."""
    listener = listening.listener()
    if listener is None:
        return None
    waves = (decode(piece.wav_path, sample_rate_hz=RATE_HZ) for piece in slices)
    first = list(islice(waves, REPITCHED_WAVES))
    vector = listener.mean(chain(first, waves))
    if vector is None:
        return None
    return Voice(vector=vector, repitched=tuple(listener.repitched(first)))


def screened(
    prepared: PreparedRecording, *, recording: Recording, voice: Voice | None
) -> PreparedRecording:
    """`prepared` with what is to be said of its voice, which is kept as the speaker's own.

    Runs in the scope and transaction that decide on the recording.
    """
    listener = listening.listener()
    if voice is None or listener is None:
        return prepared
    speaker, encoder = recording.speaker, listener.encoder
    entry = voiceprints.barred(
        voice.vector, encoder=encoder, speaker=speaker, repitched=voice.repitched
    )
    if entry is not None:
        voiceprints.forget_source(recording)
        refusal = Doubt(
            code=voiceprints.NoGo.code,
            message=f"This is a voice of the no-go list ({entry.public_id}).",
            fix="Do not use this voice. If it is another's, appeal; two people have to sign.",
            is_unfit=True,
            is_barred=True,
        )
        return replace(prepared, doubts=(*prepared.doubts, refusal))
    alike = voiceprints.likenesses(voice.vector, encoder=encoder, speaker=speaker)
    voiceprints.keep(holder=speaker, source=recording, encoder=encoder, vector=voice.vector)
    doubts = [
        Doubt(
            code="voice_of_another_speaker",
            message=f"This sounds like {other.speaker.public_id}, whom you keep already.",
            fix="Upload it to that speaker, or accept it if these are two people.",
            is_unfit=False,
        )
        for other in alike[:1]
    ]
    return replace(prepared, doubts=(*prepared.doubts, *doubts))
