"""Listens to spoken consents: are these the words, and is it the voice of the recordings?"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from training.prepare.agreement import doubt_of_text
from training.prepare.ears import Ears
from training.prepare.hearing import RATE_HZ
from training.prepare.ingest import IngestError, ingest
from training.prepare.speakers import FAR, VoicePrint
from voiceassets.consent import evidence
from voiceassets.consent.evidence import Check
from voiceassets.consent.models import ConsentRecord
from voiceassets.consent.statements import TEXTS, likeness_percent
from voiceassets.core.context import tenant_scope
from voiceassets.corpus.models import Segment
from voiceassets.jobs import leases
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage
from voiceassets.storage.models import ObjectState, StoredObject
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import system_actor
from voiceassets.voiceprints import thresholds
from voiceassets.voiceprints.services import mean_direction
from voiceassets.workers import listening, preparation
from voiceassets.workers.work import Failed, Work

ACTOR = system_actor("evidence")
# So much of each recording voice is compared, in slices; more tells little more.
MOST_SEGMENTS = 12
# What a recogniser takes at once.
MOST_S = 30

Wave = NDArray[np.float32]


def listen_in(tenant: Tenant, ears: Ears, *, again: bool = False) -> list[ConsentRecord]:
    """Listen to every spoken consent of a tenant that was not heard yet; returns them, checked."""
    with tenant_scope(tenant.pk):
        waiting = list(evidence.to_listen_to(again=again))
    return [_listen(consent, ears) for consent in waiting]


def perform(work: Work) -> None:
    """Listen to one consent that has just got its evidence."""
    with tenant_scope(work.lease.tenant_id):
        consent = evidence.to_listen_to(again=True).filter(pk=work.lease.subject_id).first()
    if consent is None:
        raise Failed("nothing_to_hear", "The consent ended, or its evidence was erased.")
    try:
        check = _heard(consent, preparation.ears_of_this_machine(), work.scratch)
    except IngestError as error:
        raise Failed(str(error.code), error.message) from error
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        kept = evidence.keep_check(work.lease.actor, consent=consent, check=check)
        leases.succeed(work.lease, result={"consent": kept.public_id, "doubted": check.is_doubted})


def _listen(consent: ConsentRecord, ears: Ears) -> ConsentRecord:
    with tempfile.TemporaryDirectory(prefix="voiceassets-evidence-") as folder:
        check = _heard(consent, ears, Path(folder))
    with tenant_scope(consent.tenant_id):
        return evidence.keep_check(ACTOR, consent=consent, check=check)


def _heard(consent: ConsentRecord, ears: Ears, folder: Path) -> Check:
    with tenant_scope(consent.tenant_id):
        segments = _segments(consent.speaker)
    assert consent.evidence is not None, "chosen for its evidence"
    said_s = _wave(consent.evidence, folder)
    recorded = [_wave(stored, folder) for stored in segments]
    return Check(**_words(consent, said_s, ears), **_voice(said_s, recorded, ears))


def _words(consent: ConsentRecord, said_s: Wave, ears: Ears) -> dict[str, Any]:
    """By a transcript where there is a transcriber, else by alignment where there is another."""
    language = consent.wording_version.partition("-")[0]
    known = language if language in TEXTS else None
    if ears.transcriber is not None:
        parts = [
            said_s[start : start + MOST_S * RATE_HZ]
            for start in range(0, len(said_s), MOST_S * RATE_HZ)
        ]
        heard = " ".join(ears.transcriber.transcribe(part, known).text for part in parts)
        percent = likeness_percent(consent.wording, heard)
        return {"words_by": ears.transcriber.name, "heard": heard, "words_percent": percent}
    if ears.recognizer is not None and known is not None:
        doubt = doubt_of_text(said_s, RATE_HZ, consent.wording, known, ears.recognizer)
        return {
            "words_by": "alignment with the phone recogniser of the base",
            "words_doubt": doubt.message if doubt else "",
        }
    return {}


def _voice(said_s: Wave, recorded: Sequence[Wave], ears: Ears) -> dict[str, Any]:
    """By the base's encoder where that was calibrated, else by how the voices themselves vary."""
    if not recorded:
        return {}
    return _by_limit(said_s, recorded) or _by_spread(said_s, recorded, ears)


def _by_limit(said_s: Wave, recorded: Sequence[Wave]) -> dict[str, Any]:
    """Cosine distances in hundredths; nothing without limits, or where too little is said."""
    listener = listening.listener()
    limits = thresholds.of(listener.encoder) if listener else None
    if listener is None or limits is None:
        return {}
    said = listener.voice_of(said_s)
    voices = [voice for wave_s in recorded if (voice := listener.voice_of(wave_s)) is not None]
    if said is None or not voices:
        return {}
    return {
        "voice_by": f"speaker encoder {listener.encoder[:12]}, calibrated",
        "voice_percent": round(100 * (1 - float(said @ mean_direction(voices)))),
        "voice_most_percent": round(100 * (1 - limits.same)),
    }


def _by_spread(said_s: Wave, recorded: Sequence[Wave], ears: Ears) -> dict[str, Any]:
    said = VoicePrint.take(ears.speakers, said_s)
    prints = [VoicePrint.take(ears.speakers, wave_s) for wave_s in recorded]
    centre = np.mean([voice.whole for voice in prints], axis=0)
    spread = float(np.median([voice.spread for voice in (said, *prints)]))
    distance = float(np.linalg.norm(said.whole - centre)) / max(spread, 1e-9)
    return {
        "voice_by": ears.speakers.name,
        "voice_percent": round(100 * distance),
        "voice_most_percent": round(100 * FAR),
    }


def _segments(speaker: Speaker) -> list[StoredObject]:
    rows = Segment.objects.filter(
        recording__speaker=speaker,
        recording__state="accepted",
        included=True,
        object__state=ObjectState.LIVE,
    ).select_related("object")
    return [row.object for row in rows.order_by("recording_id", "position")[:MOST_SEGMENTS]]


def _wave(stored: StoredObject, folder: Path) -> Wave:
    """A stored sound at the rate of the ears, decoded in a limited process."""
    source = storage.fetch_to(stored, folder / stored.public_id)
    decoded = folder / f"{stored.public_id}.wav"
    ingest(source, decoded)
    wave_s, rate_hz = soundfile.read(decoded, dtype="float32")
    return np.asarray(soxr.resample(wave_s, rate_hz, RATE_HZ), np.float32)
