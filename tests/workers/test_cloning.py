"""A clip that was sent along is heard before anything is said like it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.engine import Engine
from tests.factories import Cast, make_file
from tests.synthesis.conftest import RATE_HZ, Workshop, furnish, hum
from tests.voiceprints.test_no_go import ENCODER, LIMITS
from tests.workers.test_voice_guard import ByBrightness
from tests.workers.things import make_version
from voiceassets.assets import services as assets
from voiceassets.assets.cloning import SentClip
from voiceassets.assets.models import SynthesisRequest
from voiceassets.registry import services as registry
from voiceassets.storage.models import ObjectState, Purpose
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints import thresholds
from voiceassets.workers import engine_host, listening, running, work
from voiceassets.workers.listening import Listener

pytestmark = pytest.mark.django_db(transaction=True)

OWN, OTHERS = hum(4.0), hum(4.0, pitch_hz=2600.0)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return furnish(tmp_path / "base")


@pytest.fixture(autouse=True)
def _machine(
    workshop: Workshop, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose base tells voices apart by how bright they are."""
    settings.WORK_DIR, settings.BASE_MODEL_DIR = tmp_path / "work", tmp_path / "base"
    settings.VOICEPRINT_THRESHOLDS = tmp_path / "thresholds.json"
    settings.JOB_LEASE_S = 2400
    thresholds.keep(ENCODER, LIMITS)
    engine, listener = Engine(), Listener(encoder=ENCODER, vectors=ByBrightness())
    monkeypatch.setattr(work, "LONGEST_BEAT_S", 600)
    monkeypatch.setattr(engine_host, "_engine", lambda: engine)
    monkeypatch.setattr(engine_host, "installed_base", lambda: BaseModel.open(tmp_path / "base"))
    monkeypatch.setattr(listening, "listener", lambda: listener)


def ask(cast: Cast, workshop: Workshop, folder: Path, sound: np.ndarray) -> SynthesisRequest:
    """Alice asks the voice of `OWN` to speak like this sound."""
    version = make_version(cast, workshop.write(folder / "voice"))
    path = folder / "clip.wav"
    audio.write_wav(path, sound, RATE_HZ)
    stored, written = make_file(cast.alice.tenant, path.read_bytes(), purpose=Purpose.OTHER)
    with cast.dora.scope() as dora:
        registry.approve(dora, version=version, reason="Good.", override="Nothing compared.")
    with cast.alice.scope() as alice:
        speaker = version.voice_model.speaker
        own = listening.listener()
        assert own is not None
        heard = own.voice_of(listening.at_listening_rate(OWN, RATE_HZ))
        assert heard is not None
        voiceprints.keep(holder=speaker, source=speaker, encoder=ENCODER, vector=heard)
        return assets.request_synthesis(
            alice,
            speaker=speaker,
            text="你好。",
            language="zh",
            clip=SentClip(stored=stored, written=written, transcript="我说。", language="zh"),
        )


def spoken(cast: Cast, request: SynthesisRequest) -> SynthesisRequest:
    assert request.job is not None
    running.run(request.job.pk, draining=lambda: False)
    with cast.alice.scope():
        return SynthesisRequest.objects.select_related("asset", "clip", "job").get(pk=request.pk)


def test_the_speakers_own_clip_is_spoken_like_and_erased(
    cast: Cast, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    references = []
    real = Engine.speak

    def speak(*args: object, **how: object) -> object:
        references.append(how["reference"])
        return real(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "speak", speak)
    monkeypatch.setattr(Listener, "voice_of_bundle", lambda *_: None)  # a random voice is no voice
    done = spoken(cast, ask(cast, workshop, tmp_path, OWN))
    assert done.job is not None
    assert done.asset.state == "released", done.job.error
    assert references != [None]
    assert done.clip is not None
    assert (done.clip.state, done.clip_text) == (ObjectState.ERASED, "")


def test_a_clip_of_another_voice_is_refused_and_erased(
    cast: Cast, workshop: Workshop, tmp_path: Path
) -> None:
    done = spoken(cast, ask(cast, workshop, tmp_path, OTHERS))
    assert (done.asset.state, done.asset.reason) == ("refused", "clip_of_another_voice")
    assert done.clip is not None
    assert (done.clip.state, done.clip_text) == (ObjectState.ERASED, "")


def test_a_clip_of_a_no_go_voice_is_refused(cast: Cast, workshop: Workshop, tmp_path: Path) -> None:
    request = ask(cast, workshop, tmp_path, OWN)
    clip, written = make_file(cast.alice.tenant, b"clip", purpose=Purpose.OTHER)
    with cast.alice.scope() as alice:
        listener = listening.listener()
        assert listener is not None
        vector = listener.voice_of(listening.at_listening_rate(OWN, RATE_HZ))
        assert vector is not None
        entry = voiceprints.add(alice, name="She", reason="No.", clip=clip, written=written)
        voiceprints.activate(alice, entry=entry, encoder=ENCODER, vector=vector)
    done = spoken(cast, request)
    assert (done.asset.state, done.asset.reason) == ("refused", "no_go_voice")
