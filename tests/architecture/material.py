"""What the world is made from: recordings, files, and a consent that was taken back."""

from __future__ import annotations

import io
import wave
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.corpus.things import FACTS
from tests.factories import Person, make_consent, make_file, make_live_file, make_speaker
from voiceassets.consent import receipts
from voiceassets.consent import services as consents
from voiceassets.consent.models import ConsentRecord, ReceiptKind
from voiceassets.consent.receipts import Item
from voiceassets.corpus.models import Recording, Segment
from voiceassets.corpus.services import upload_recording
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import Purpose


def make_recording(owner: Person, speaker: Speaker, *, state: str) -> Recording:
    """A recording as preparation leaves it, with one segment; no sound was measured."""
    stored, written = make_file(owner.tenant, b"sound", purpose=Purpose.RECORDING)
    piece = make_live_file(owner.tenant, b"piece", purpose=Purpose.SEGMENT)
    with owner.scope() as actor:
        recording = upload_recording(
            actor,
            speaker=speaker,
            object=stored,
            written=written,
            facts=FACTS,
            original_name="take.wav",
            language="zh",
        )
        judged: dict[str, Any] = {"outcome": "accepted", "reasons": []}
        recording.state, recording.report, recording.verdict = state, {}, judged
        recording.save(update_fields=["state", "report", "verdict"])
        Segment.objects.create(
            tenant=owner.tenant,
            recording=recording,
            position=0,
            start_ms=0,
            end_ms=4000,
            object=piece,
            sha256=piece.sha256,
            text="你好。",
            language="zh",
            report={},
            verdict=judged,
            included=True,
        )
        recording.refresh_from_db()
    return recording


def make_revoked(owner: Person) -> ConsentRecord:
    """A consent that was taken back, with its receipt; nothing was made under it."""
    consent = make_consent(owner, make_speaker(owner, name="Gone"))
    with owner.scope() as actor:
        revoked = consents.revoke(actor, consent=consent, reason="asked")
        items: list[Item] = []
        receipts.issue(
            actor,
            kind=ReceiptKind.REVOCATION,
            speaker=revoked.speaker,
            consent=revoked,
            about={},
            items=items,
        )
    return revoked


def wav_file(name: str = "take.wav", *, seconds: float = 1.5) -> SimpleUploadedFile:
    """A quiet square wave, which is a recording as far as the probe is concerned."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        period = b"\x00\x08" * 40 + b"\x00\xf8" * 40
        file.writeframes(period * int(seconds * 200))
    return SimpleUploadedFile(name, sound.getvalue(), content_type="audio/wav")


def evidence_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("form.pdf", b"%PDF-1.4 signed", content_type="application/pdf")
