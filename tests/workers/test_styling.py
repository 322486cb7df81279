"""A voice gets another style from its speaker's clips: another bundle, whole or not there."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings
from torch.nn.functional import cosine_similarity

from synthesis import audio
from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.styles import Clip, heard
from tests.architecture.material import make_recording
from tests.factories import Cast, make_live_file, make_request
from tests.synthesis.conftest import RATE_HZ, TRANSCRIPT, Workshop, furnish, hum
from tests.workers.things import asset_of, code_of, expire, make_version, reread
from voiceassets.assets import rederivation
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.core.context import platform_scope
from voiceassets.corpus.models import Segment
from voiceassets.jobs.models import Job
from voiceassets.registry import services as registry
from voiceassets.registry.models import ModelVersion
from voiceassets.storage.models import ObjectState, Purpose, StoredObject
from voiceassets.workers import engine_host, faults, running, tidying

pytestmark = pytest.mark.django_db(transaction=True)

SENTENCE = "你好。"
BRIGHT = hum(4.0, pitch_hz=420.0)


class Killed(BaseException):
    """What stands for SIGKILL: nothing catches it."""


@pytest.fixture
def workshop(tmp_path: Path, settings: LazySettings) -> Workshop:
    settings.WORK_DIR, settings.BASE_MODEL_DIR = tmp_path / "work", tmp_path / "base"
    return furnish(tmp_path / "base")


@pytest.fixture
def version(cast: Cast, workshop: Workshop, tmp_path: Path) -> ModelVersion:
    return make_version(cast, workshop.write(tmp_path / "voice"))


@pytest.fixture
def clip(cast: Cast, version: ModelVersion, tmp_path: Path) -> Segment:
    """Four seconds of the speaker, higher than the clip that the voice was made with."""
    path = tmp_path / "bright.wav"
    audio.write_wav(path, BRIGHT, RATE_HZ)
    stored = make_live_file(cast.alice.tenant, path.read_bytes(), purpose=Purpose.SEGMENT)
    recording = make_recording(cast.alice, version.voice_model.speaker, state="accepted")
    with cast.alice.scope():
        (segment,) = Segment.objects.filter(recording=recording).select_related("recording")
        segment.object, segment.sha256, segment.text = stored, stored.sha256, TRANSCRIPT
        segment.save()
        return segment


def ask(cast: Cast, version: ModelVersion, clip: Segment, name: str = "bright") -> Job:
    with cast.alice.scope() as alice:
        change = registry.request_style(alice, version=version, name=name, clips=[clip])
        assert change.job is not None
        return change.job


def run(job: Job) -> Job:
    running.run(job.pk, draining=lambda: False)
    return reread(job)


def made_by(cast: Cast, job: Job) -> ModelVersion:
    with cast.alice.scope():
        rows = ModelVersion.objects.select_related("bundle", "voice_model__speaker")
        return rows.get(style_change__job=job)


def bundle_of(version: ModelVersion, folder: Path) -> VoiceBundle:
    with platform_scope():
        return engine_host.open_bundle(version, aside=folder / version.public_id)


def say(cast: Cast, version: ModelVersion, *, style: str) -> Job:
    request = make_request(cast.alice, version.voice_model.speaker, text=SENTENCE, style=style)
    assert request.job is not None
    run(request.job)
    return request.job


def test_a_voice_speaks_like_another_clip_and_again_the_same(
    cast: Cast, workshop: Workshop, version: ModelVersion, clip: Segment, tmp_path: Path
) -> None:
    ended = run(ask(cast, version, clip))
    assert ended.state == "succeeded", ended.error
    made = made_by(cast, ended)
    assert ended.result == {"version": made.public_id}
    assert made.styles == [
        {"name": "default", "clips": 1, "timbre_clips": 1, "duration_ms": 3500},
        {"name": "bright", "clips": 1, "timbre_clips": 1, "duration_ms": 4000},
    ]
    bundle = bundle_of(made, tmp_path)
    assert (bundle.sha256, bundle.card.styles["bright"][0].transcript) == (
        made.bundle_hash,
        TRANSCRIPT,
    )
    path = tmp_path / "bright.wav"
    sound = Clip(path=path, transcript="", language="zh")
    asked = heard(sound, bundle=bundle, base=workshop.base).style
    alike = {
        name: float(cosine_similarity(bundle.references(name)[0].style, asked, dim=0))
        for name in ("default", "bright")
    }
    assert alike["bright"] == pytest.approx(1.0, abs=1e-4)
    assert alike["default"] < 0.999

    with cast.dora.scope() as dora:
        registry.approve(dora, version=made, reason="Brighter.", override="I listened.")
    plain, bright = (asset_of(cast, say(cast, made, style=name)) for name in ("default", "bright"))
    assert {plain.state, bright.state} == {"released"}
    assert plain.pcm_sha256 != bright.pcm_sha256
    with cast.carol.scope() as carol:
        job = rederivation.request_rederivation(carol, asset=bright)
    assert (run(job).result or {})["equal"]

    with cast.alice.scope() as alice:
        change = registry.request_removal(alice, version=made, name="bright")
        assert change.job is not None
    without = made_by(cast, run(change.job))
    assert [style["name"] for style in without.styles or ()] == ["default"]
    assert len(list((bundle_of(without, tmp_path).sealed.folder / "references").iterdir())) == 2


def test_wherever_its_worker_dies_there_is_one_whole_version(
    cast: Cast,
    version: ModelVersion,
    clip: Segment,
    tmp_path: Path,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, deadly = list[str](), set[str]()

    def dies_at(point: str, job_id: UUID) -> None:
        reached.append(point)
        if point in deadly:
            deadly.remove(point)
            raise Killed

    monkeypatch.setattr(faults, "reach", dies_at)
    for point in faults.POINTS:
        deadly.add(point)
        job = ask(cast, version, clip, name=point)
        with pytest.raises(Killed):
            run(job)
        assert reached[-1] == point
        assert reread(job).state == ("succeeded" if point == "committed" else "running")
        expire(job)
        assert run(job).state == "succeeded"
        bundle_of(made_by(cast, job), tmp_path)
    tidying.tidy()
    assert list((Path(settings.WORK_DIR) / "jobs").iterdir()) == []
    with cast.alice.scope():
        assert ModelVersion.objects.count() == 1 + len(faults.POINTS)
        assert not StoredObject.objects.filter(state=ObjectState.PENDING).exists()
        bundles = StoredObject.objects.filter(purpose=Purpose.BUNDLE, state=ObjectState.LIVE)
        assert bundles.count() == 1 + len(faults.POINTS)


def test_a_consent_taken_back_while_it_is_made_leaves_nothing(
    cast: Cast, version: ModelVersion, clip: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_back(point: str, job_id: UUID) -> None:
        if point == "written":
            with cast.alice.scope() as alice:
                consents.revoke(alice, consent=version.consent, reason="She left.")

    job = ask(cast, version, clip)
    monkeypatch.setattr(faults, "reach", take_back)
    assert run(job).state == "failed"
    assert code_of(job) == "consent_revoked"
    with cast.alice.scope():
        assert ModelVersion.objects.count() == 1
        assert StoredObject.objects.get(job_id=job.pk).state == ObjectState.ERASED
        assert Event.objects.filter(action="style.refused").count() == 1


def test_a_clip_that_cannot_be_used_is_said_so(
    cast: Cast, version: ModelVersion, clip: Segment, tmp_path: Path
) -> None:
    path = tmp_path / "silence.wav"
    audio.write_wav(path, BRIGHT * 0, RATE_HZ)
    silence = make_live_file(cast.alice.tenant, path.read_bytes(), purpose=Purpose.SEGMENT)
    with cast.alice.scope():
        Segment.objects.filter(pk=clip.pk).update(object=silence)
    job = ask(cast, version, clip)
    assert run(job).state == "failed"
    assert code_of(job) == "bad_reference"
    with cast.alice.scope():
        assert ModelVersion.objects.count() == 1
