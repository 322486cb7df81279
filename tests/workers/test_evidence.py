"""A spoken consent is held against its wording and against the voice of the recordings."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from django.conf import LazySettings
from django.core.management import call_command
from numpy.typing import NDArray

from tests.architecture.material import make_recording
from tests.factories import EVERYTHING, Cast, make_live_file, make_speaker
from training.prepare.ears import Ears
from training.prepare.hearing import Heard
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.models import ConsentRecord
from voiceassets.consent.statements import statement
from voiceassets.consent.terms import Terms
from voiceassets.corpus.models import Segment
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.voiceprints import thresholds
from voiceassets.workers import evidence, listening, preparation, running

pytestmark = pytest.mark.django_db

SOUND, RATE_HZ = soundfile.read(
    Path(__file__).parent.parent / "data" / "speaker_60s.flac", dtype="float32"
)
SAID = statement("en", person="Xiaoyan Li", company="Acme").text


@dataclass
class Writes:
    """A transcriber that always hears the same."""

    text: str
    name: str = "tests"

    def transcribe(self, wave_s: NDArray[np.float32], language: str | None) -> Heard:
        return Heard(text=self.text, language=language or "")


def wav(first_s: float, *, seconds: float = 4, faster: float = 1.0) -> bytes:
    """A piece of the speaker; played faster it is another voice."""
    start = round(first_s * RATE_HZ)
    piece = SOUND[start : start + round(seconds * RATE_HZ)]
    content = io.BytesIO()
    soundfile.write(content, soxr.resample(piece, faster, 1), RATE_HZ, format="WAV")
    return content.getvalue()


def spoken(cast: Cast, speaker: Speaker, sound: bytes) -> ConsentRecord:
    tenant = cast.alice.tenant
    stored = storage.begin(tenant.pk, purpose=Purpose.EVIDENCE, created_by="tests")
    written = storage.write(stored, io.BytesIO(sound), content_type="audio/wav")
    with cast.alice.scope() as alice:
        return consents.record_consent(
            alice,
            speaker=speaker,
            person_name="Xiaoyan Li",
            terms=Terms(purposes=EVERYTHING),
            wording=SAID,
            wording_version="en-1",
            evidence=stored,
            written=written,
        )


def recorded(cast: Cast, speaker: Speaker) -> None:
    recording = make_recording(cast.alice, speaker, state="accepted")
    pieces = [
        make_live_file(cast.alice.tenant, wav(first_s), purpose=Purpose.SEGMENT)
        for first_s in (10, 20, 30, 40)
    ]
    with cast.alice.scope():
        for position, piece in enumerate(pieces):
            Segment.objects.update_or_create(
                recording=recording,
                position=position,
                defaults={
                    "tenant": cast.alice.tenant,
                    "start_ms": 0,
                    "end_ms": 4000,
                    "object": piece,
                    "sha256": piece.sha256,
                    "text": "x",
                    "language": "zh",
                    "report": {},
                    "verdict": {"outcome": "accepted"},
                    "included": True,
                },
            )


def heard(cast: Cast, ears: Ears, **options: Any) -> dict[str, Any]:
    (consent,) = evidence.listen_in(cast.alice.tenant, ears, **options)
    found: dict[str, Any] = consent.evidence_check
    return found


def test_the_right_words_in_the_voice_of_the_recordings_are_believed(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    recorded(cast, speaker)
    consent = spoken(cast, speaker, wav(0))
    check = heard(cast, Ears(transcriber=Writes(SAID.lower())))
    assert (check["words_percent"], check["doubted"]) == (100, False)
    assert check["voice_percent"] <= check["voice_most_percent"]
    with cast.alice.scope():
        (event,) = Event.objects.filter(action="consent.evidence_checked")
        assert event.object_id == consent.public_id
        assert event.data["words_percent"] == 100
        assert "Xiaoyan" not in str(event.data)
    assert evidence.listen_in(cast.alice.tenant, Ears()) == [], "it was heard already"


def test_other_words_or_another_voice_are_doubted(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    recorded(cast, speaker)
    spoken(cast, speaker, wav(0, seconds=6, faster=1.6))
    check = heard(cast, Ears(transcriber=Writes("I never agreed to anything at all.")))
    assert check["words_percent"] < 80
    assert check["voice_percent"] > check["voice_most_percent"]
    assert check["doubted"]


def test_a_calibrated_encoder_judges_the_voice_by_its_limit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path
) -> None:
    settings.VOICEPRINT_THRESHOLDS = tmp_path / "limits.json"
    listener = listening.Listener(encoder="e" * 64, vectors=Ears().speakers)
    monkeypatch.setattr(listening, "listener", lambda: listener)
    limits: dict[str, Any] = {
        "no_go": 0.5,
        "stranger": 0.0,
        "equal_error_rate": 0.01,
        "voices": 20,
        "clips": 20,
    }
    thresholds.keep(listener.encoder, thresholds.Thresholds(same=0.9, **limits))
    speaker = make_speaker(cast.alice)
    recorded(cast, speaker)
    spoken(cast, speaker, wav(0))
    near = heard(cast, Ears())
    assert "eeeeeeeeeeee, calibrated" in near["voice_by"]
    assert near["voice_most_percent"] == 10
    assert near["doubted"] == (near["voice_percent"] > 10)
    thresholds.keep(listener.encoder, thresholds.Thresholds(same=1.1, **limits))
    far = heard(cast, Ears(), again=True)
    assert (far["voice_percent"], far["doubted"]) == (near["voice_percent"], True)


def test_what_nothing_can_hear_is_left_open_and_heard_later(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    spoken(cast, speaker, wav(0))
    check = heard(cast, Ears())
    assert (check["words_percent"], check["voice_percent"], check["doubted"]) == (None, None, False)
    recorded(cast, speaker)
    assert heard(cast, Ears(), again=True)["voice_percent"] is not None


def test_the_command_names_what_a_person_should_listen_to(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    consent = spoken(cast, make_speaker(cast.alice), wav(0, seconds=1))
    ears = Ears(transcriber=Writes("Something else entirely."))
    monkeypatch.setattr(preparation, "ears_of_this_machine", lambda: ears)
    call_command("check_evidence")
    said = capsys.readouterr().out
    assert consent.public_id in said
    assert "voice not compared" in said
    assert "a person should listen" in said


@pytest.mark.django_db(transaction=True)
def test_spoken_evidence_is_listened_to_in_a_job_of_its_own(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path
    ears = Ears(transcriber=Writes(SAID))
    monkeypatch.setattr(preparation, "ears_of_this_machine", lambda: ears)
    consent = spoken(cast, make_speaker(cast.alice), wav(0, seconds=1))
    assert consent.evidence_check is None, "the request did not wait for it"
    with cast.alice.scope():
        job = Job.objects.get(kind="listen", subject_id=consent.pk)
    running.run(job.pk, draining=lambda: False)
    with cast.alice.scope():
        job.refresh_from_db()
        assert (job.state, job.result["doubted"]) == ("succeeded", False)
        check = ConsentRecord.objects.get(pk=consent.pk).evidence_check
    assert check is not None
    assert check["words_percent"] == 100
