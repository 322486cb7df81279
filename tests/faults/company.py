"""A company with a voice that really speaks, and the jobs its people ask for."""

from __future__ import annotations

import io
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import soundfile

from tests.factories import (
    Cast,
    Person,
    make_cast,
    make_consent,
    make_file,
    make_finetune,
    make_live_file,
    make_speaker,
    worker_of,
)
from voiceassets.assets import services as assets
from voiceassets.assets.delivery import Delivery
from voiceassets.assets.models import Asset
from voiceassets.core import ids
from voiceassets.corpus import services as corpus
from voiceassets.corpus.inspection import inspect
from voiceassets.corpus.models import Dataset, Recording, RecordingState, Segment
from voiceassets.corpus.transcripts import TranscriptFormat
from voiceassets.jobs import services as jobs
from voiceassets.jobs.models import Job
from voiceassets.registry import selectors
from voiceassets.registry import services as registry
from voiceassets.registry.models import ModelVersion
from voiceassets.speakers.models import Speaker
from voiceassets.storage.backends import Written
from voiceassets.storage.models import Purpose, StoredObject

DATA = Path(__file__).resolve().parent.parent / "data"
SENTENCE = "好。"


@dataclass(frozen=True, kw_only=True)
class Company:
    """Acme: Alice asks, and a voice of hers is approved."""

    cast: Cast
    speaker: Speaker

    @property
    def alice(self) -> Person:
        return self.cast.alice

    def speak(self, text: str = SENTENCE, *, batch: bool = False) -> Job:
        with self.alice.scope() as actor:
            request = assets.request_synthesis(
                actor,
                speaker=self.speaker,
                text=text,
                language="zh",
                delivery=Delivery(seed=7),
                batch=batch,
            )
            assert request.job is not None
            return request.job

    def restyle(self) -> Job:
        """Ask for another style of the approved voice, spoken like a clip of its own."""
        from tests.synthesis.conftest import RATE_HZ, TRANSCRIPT, hum  # slow: torch

        wave = io.BytesIO()
        soundfile.write(wave, hum(4.0, pitch_hz=420.0), RATE_HZ, subtype="PCM_16", format="WAV")
        sound = make_live_file(self.alice.tenant, wave.getvalue(), purpose=Purpose.SEGMENT)
        with self.alice.scope() as actor:
            judged = {"outcome": "accepted", "reasons": []}
            recording = Recording.objects.create(
                tenant=self.alice.tenant,
                speaker=self.speaker,
                object=sound,
                original_name="bright.wav",
                language="zh",
                state=RecordingState.ACCEPTED,
                report={},
                verdict=judged,
                uploaded_by="tests",
            )
            clip = Segment.objects.create(
                tenant=self.alice.tenant,
                recording=recording,
                position=0,
                start_ms=0,
                end_ms=4000,
                object=sound,
                sha256=sound.sha256,
                text=TRANSCRIPT,
                language="zh",
                report={},
                verdict=judged,
                included=True,
            )
            version = selectors.production_version(self.speaker)
            assert version is not None
            asked = registry.request_style(actor, version=version, name="bright", clips=[clip])
            assert asked.job is not None
            return asked.job

    def prepare(self, name: str = "short_video.mp4", transcript: str = "short_video.srt") -> Job:
        facts = inspect(DATA / name, name=name)
        sound, written = self._store(DATA / name, Purpose.RECORDING)
        text, text_written = self._store(DATA / transcript, Purpose.TRANSCRIPT)
        with self.alice.scope() as actor:
            recording = corpus.upload_recording(
                actor,
                speaker=self.speaker,
                object=sound,
                written=written,
                facts=facts,
                original_name=name,
                language="zh",
                transcript=corpus.TranscriptUpload(
                    object=text, written=text_written, format=TranscriptFormat.SRT
                ),
            )
            assert recording.job is not None
            return recording.job

    def freeze(self, recording: Recording) -> tuple[Dataset, Job]:
        with self.alice.scope() as actor:
            draft = corpus.create_dataset(
                actor, speaker=self.speaker, name="one take", recordings=[recording]
            )
            dataset = corpus.freeze(actor, dataset=draft)
            return dataset, Job.objects.get(subject_id=dataset.pk)

    def finetune(self, dataset: Dataset) -> Job:
        with self.alice.scope() as actor:
            asked = registry.request_finetune(
                actor,
                speaker=self.speaker,
                dataset=Dataset.objects.get(pk=dataset.pk),
                settings=registry.TrainingSettings(preset="demo"),
            )
            assert asked.job is not None
            return asked.job

    def job_called(self, public_id: str) -> Job:
        with self.alice.scope():
            return Job.objects.get(pk=ids.decode(Job.PREFIX, public_id))

    def job(self, job: Job) -> Job:
        """As it stands now."""
        with self.alice.scope():
            return Job.objects.get(pk=job.pk)

    def asset(self, job: Job) -> Asset:
        with self.alice.scope():
            return Asset.objects.select_related("object", "request").get(request_id=job.subject_id)

    def recording(self, job: Job) -> Recording:
        with self.alice.scope():
            return Recording.objects.get(pk=job.subject_id)

    def _store(self, path: Path, purpose: Purpose) -> tuple[StoredObject, Written]:
        return make_file(self.alice.tenant, path.read_bytes(), purpose=purpose)


def make_company() -> Company:
    cast = make_cast()
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    _approve_a_real_bundle(cast, speaker)
    return Company(cast=cast, speaker=speaker)


def _approve_a_real_bundle(cast: Cast, speaker: Speaker) -> ModelVersion:
    from synthesis.bundles.bundle import VoiceBundle  # slow: torch
    from tests.synthesis.conftest import furnish

    finetune = make_finetune(cast.alice, speaker)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        voice: VoiceBundle = furnish(folder / "base").write(folder / "voice")
        with tarfile.open(folder / "bundle.tar", "w") as tar:
            for path in sorted((folder / "voice").iterdir()):
                tar.add(path, arcname=path.name)
        content = (folder / "bundle.tar").read_bytes()
    bundle, written = make_file(cast.alice.tenant, content, purpose=Purpose.BUNDLE)
    with cast.alice.scope() as actor:
        assert finetune.job is not None
        jobs.cancel(actor, job=finetune.job)  # its result is here already
        version = registry.complete_finetune(
            worker_of(cast.alice.tenant),
            finetune=finetune,
            bundle=bundle,
            written=written,
            trained=registry.Trained(
                bundle_hash=voice.sha256,
                base_name="tiny",
                base_hash="0" * 64,
                code_version="test",
            ),
        )
    with cast.dora.scope() as actor:
        return registry.approve(actor, version=version, reason="It answers.")
