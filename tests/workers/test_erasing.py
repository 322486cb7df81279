"""A person who is erased is gone from everything, and the log that names them is whole."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import LazySettings
from django.test import Client

from tests.architecture.material import FACTS
from tests.factories import (
    CAPTIONS,
    Cast,
    make_asset,
    make_consent,
    make_file,
    make_live_file,
    make_request,
    make_speaker,
    make_voice,
)
from tests.workers import residue
from tests.workers.things import deliver
from training.tracking import MlflowTracker
from voiceassets.assets import lexicons
from voiceassets.assets.live_audio import AudioFeed
from voiceassets.assets.models import Asset
from voiceassets.audit import sealer, verify
from voiceassets.audit.models import Event
from voiceassets.audit.signing import signing_key
from voiceassets.audit.verification import verify as verify_log
from voiceassets.consent import holds, receipts
from voiceassets.corpus.models import Dataset, Recording, Segment
from voiceassets.corpus.services import upload_recording
from voiceassets.registry.models import ModelVersion
from voiceassets.runtime.testing import PrivateServers
from voiceassets.speakers import services as speakers
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import Purpose
from voiceassets.voiceprints import services as voiceprints
from voiceassets.workers import erasing, unpacked

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # SQLAlchemy deprecates what MLflow's own tables use.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy"),
]
JSON = "application/json"

NAME = "Zhuóhan Quillfeather 卓涵"
RANDOM = np.random.default_rng(20)
SOUND, WEIGHTS = RANDOM.bytes(48), RANDOM.bytes(48)
PRINT = RANDOM.standard_normal(16).astype(np.float32)
PERSON = residue.forms_of_text(NAME)
BIOMETRIC = {
    form for what in (SOUND, WEIGHTS, PRINT.tobytes()) for form in residue.forms_of_bytes(what)
}


@pytest.fixture
def var(tmp_path: Path, settings: LazySettings) -> Path:
    folder = tmp_path / "var"
    settings.OBJECT_STORE = f"file://{folder / 'objects'}"
    settings.WORK_DIR = folder / "work"
    settings.MLFLOW_TRACKING_URI = f"sqlite:///{folder / 'mlflow' / 'mlflow.db'}"
    settings.AUDIT_CHECKPOINT_DIR = folder / "audit"
    return folder


def ask(cast: Cast, speaker: Speaker, *, by: str = "alice") -> Any:
    return Client(headers=getattr(cast, by).headers).post(
        f"/v1/speakers/{speaker.public_id}/erase",
        {"ground": "consent_withdrawn"},
        content_type=JSON,
    )


def carry_out() -> None:
    """What the housekeeping loop does in a few seconds."""
    deliver()
    erasing.carry_out()
    sealer.seal_pending()
    erasing.carry_out()


def plant(cast: Cast, var: Path) -> Speaker:
    """A person whose name, sound, weights and voiceprint are wherever they can be."""
    alice = cast.alice
    speaker, _ = make_voice(cast, name=NAME)
    answered = Client(headers=alice.headers | {"Idempotency-Key": "once"}).patch(
        f"/v1/speakers/{speaker.public_id}",
        {"description": f"{NAME} is shy."},
        content_type=JSON,
    )
    assert answered.status_code == 200
    files = {
        purpose: make_live_file(alice.tenant, content, purpose=purpose)
        for purpose, content in {
            Purpose.TRANSCRIPT: NAME.encode(),
            Purpose.SEGMENT: SOUND,
            Purpose.BUNDLE: WEIGHTS,
            Purpose.AUDIO: SOUND,
        }.items()
    }
    stored, written = make_file(alice.tenant, SOUND, purpose=Purpose.RECORDING)
    with alice.scope() as actor:
        recording = upload_recording(
            actor,
            speaker=speaker,
            object=stored,
            written=written,
            facts=FACTS,
            original_name=f"{NAME}.wav",
            language="zh",
        )
        recording.state, recording.report, recording.verdict = "accepted", {}, {"reason": NAME}
        recording.transcript, recording.transcript_format = files[Purpose.TRANSCRIPT], "text"
        recording.save()
        Segment.objects.create(
            tenant=alice.tenant,
            recording=recording,
            position=0,
            start_ms=0,
            end_ms=4000,
            object=files[Purpose.SEGMENT],
            sha256=files[Purpose.SEGMENT].sha256,
            text=f"I am {NAME}.",
            language="zh",
            report={},
            verdict={"heard": NAME},
            included=True,
        )
        version = ModelVersion.objects.get(voice_model__speaker=speaker)
        version.bundle = files[Purpose.BUNDLE]
        version.save()
        voiceprints.keep(holder=speaker, source=recording, encoder="tests", vector=PRINT)
        word = lexicons.Word(word=NAME, alphabet="pinyin", value="zhuo1 han2")
        lexicons.replace_lexicon(actor, speaker=speaker, words=[word])
        hold = holds.place(actor, speaker=speaker, reason=f"{NAME} has sued us.")
        holds.lift(actor, hold=hold)
    asset = make_asset(alice, speaker, text=f"我是{NAME}。")
    with alice.scope():
        asset = Asset.objects.get(pk=asset.pk)
        asset.captions = CAPTIONS | {"srt": NAME}
        asset.object = files[Purpose.AUDIO]
        asset.save()
    AudioFeed(asset.request.public_id).send(SOUND)
    folder = unpacked.folder_of(version.bundle_hash)
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    track(var, speaker, cast)
    return speaker


def track(var: Path, speaker: Speaker, cast: Cast) -> None:
    """A run as training leaves it: a clip and the card of the voice."""
    with cast.alice.scope():
        dataset = Dataset.objects.get(speaker=speaker)
    tracker = MlflowTracker(f"sqlite:///{var / 'mlflow' / 'mlflow.db'}", experiment="finetune")
    tracker.begin(name="run", facts={}, tags={"dataset": dataset.content_hash}, run_id=None)
    for name, content in {"first.wav": SOUND, "voice.json": NAME.encode()}.items():
        (var / name).write_bytes(content)
        tracker.artifact(var / name, "kept")
        (var / name).unlink()
    tracker.finish("FINISHED")
    assert tracker.failure is None


def test_nothing_of_an_erased_person_is_left_anywhere(
    cast: Cast, private_servers: PrivateServers, var: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="voiceassets")
    speaker = plant(cast, var)
    bystander = make_speaker(cast.alice, name="Bystander")

    def left(forms: set[bytes]) -> set[str]:
        return residue.found(forms, private_servers, var, logs=caplog.text)

    before = left(BIOMETRIC)
    kinds = {"objects", "work", "mlflow", "redis va"}
    assert {kind for kind in kinds if any(kind in place for place in before)} == kinds
    assert "table tenants_keptanswer" in left(PERSON), "the search finds what is not sealed"
    assert not any("speakers_" in place or "corpus_" in place for place in left(PERSON))

    assert ask(cast, speaker).status_code == 202
    carry_out()
    assert left(BIOMETRIC) == set()
    assert left(PERSON) == set()

    with cast.alice.scope():
        erased = Speaker.objects.get(pk=speaker.pk)
        assert (erased.state, erased.name, erased.description) == ("erased", "", "")
        assert Recording.objects.get(speaker=speaker).state == "deleted"
        assert Speaker.objects.get(pk=bystander.pk).name == "Bystander"
    public = signing_key().public_key()
    log = verify_log(checkpoint_dir=var / "audit", public_key=public)
    assert log.problems == ()
    assert_the_receipt_tells_it(cast, speaker)


def assert_the_receipt_tells_it(cast: Cast, speaker: Speaker) -> None:
    path = f"/v1/speakers/{speaker.public_id}/erasure"
    client = Client(headers=cast.carol.headers)
    receipt = client.get(path).json()
    key = load_pem_public_key(receipt["key"].encode())
    assert "of a erasure" in verify.verify(receipt, key, folder=Path())  # type: ignore[arg-type]
    body = receipt["body"]
    assert body["ground"] == "consent_withdrawn"
    deleted = {item["type"] for item in body["items"] if item["outcome"] == "deleted"}
    assert deleted >= {
        *("key", "voiceprints", "training runs", "evidence", "recording", "transcript"),
        *("segment", "dataset manifest", "weights", "audio"),
    }
    kept = [item for item in body["items"] if item["outcome"] == "kept"]
    assert {item["type"] for item in kept} >= {"consent", "dataset", "version"}
    assert all("unreadable" in item["why"] for item in kept)
    assert "Receipt of an erasure" in client.get(f"{path}.html").content.decode()


def test_a_legal_hold_blocks_erasure_and_says_who_since_when_and_why(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    path = f"/v1/speakers/{speaker.public_id}/holds"
    client = Client(headers=cast.alice.headers)
    asked = client.post(path, {"reason": "Case 12."}, content_type=JSON)
    hold = asked.json()
    assert asked.status_code == 201
    refused = ask(cast, speaker)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "legal_hold")
    said = problem["data"]
    assert (said["placed_by"], said["reason"]) == (cast.alice.actor.id, "Case 12.")
    assert said["since"][:10] == hold["placed_at"][:10]
    assert client.delete(f"/v1/assets/{asset.public_id}").json()["code"] == "legal_hold"
    with cast.alice.scope():
        denials = Event.objects.filter(action="access.denied")
        assert [denial.data["code"] for denial in denials] == ["legal_hold"] * 2
        assert Speaker.objects.get(pk=speaker.pk).state == "active"
    assert client.post(f"{path}/{hold['id']}/lift", content_type=JSON).status_code == 200
    assert (
        client.post(f"{path}/{hold['id']}/lift", content_type=JSON).json()["code"] == "hold_lifted"
    )
    assert ask(cast, speaker).status_code == 202
    late = client.post(path, {"reason": "Too late."}, content_type=JSON)
    assert late.status_code == 409


def test_only_who_may_hold_lifts_and_only_who_may_erase_erases(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    path = f"/v1/speakers/{speaker.public_id}/holds"
    for person in (cast.bob, cast.carol, cast.dora):
        client = Client(headers=person.headers)
        placed = client.post(path, {"reason": "Mine."}, content_type=JSON)
        assert placed.status_code == 403
    assert ask(cast, speaker, by="bob").status_code == 403
    assert ask(cast, speaker, by="mallory").status_code == 404


def test_an_erasure_waits_until_nothing_is_being_made_of_the_voice(cast: Cast, var: Path) -> None:
    speaker, _ = make_voice(cast)
    request = make_request(cast.bob, speaker)
    assert ask(cast, speaker).status_code == 202
    assert erasing.carry_out() == 0, "the revocation has not been handed on yet"
    with cast.alice.scope():
        with pytest.raises(receipts.Conflict, match="still being destroyed"):
            receipts.of_erasure(Speaker.objects.get(pk=speaker.pk))
        assert Asset.objects.get(request=request).state == "generating"
    carry_out()
    with cast.alice.scope():
        assert Asset.objects.get(request=request).state == "refused"
        assert Speaker.objects.get(pk=speaker.pk).state == "erased"
        assert receipts.of_erasure(speaker).body["counts"]["deleted"] > 0


def test_an_erased_voice_takes_nothing_new_and_is_not_erased_twice(cast: Cast, var: Path) -> None:
    speaker, _ = make_voice(cast)
    ask(cast, speaker)
    carry_out()
    assert ask(cast, speaker).json()["code"] == "illegal_transition"
    with pytest.raises(receipts.Conflict):
        make_consent(cast.alice, speaker)
    with cast.alice.scope() as alice, pytest.raises(receipts.Conflict):
        speakers.update_speaker(alice, speaker=speaker, name="Again")
    assert make_speaker(cast.alice).name == "Xiaoyan", "the name is free again"
