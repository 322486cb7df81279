"""What the REST door adds to the rooms: visibility, recorded refusals, keys, proofs, tickets."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.conftest import As
from tests.architecture.material import wav_file
from tests.factories import Cast, let, make_asset, make_dataset, make_speaker, make_voice
from voiceassets.audit import chain, sealer
from voiceassets.audit.models import Event
from voiceassets.storage.models import ObjectState, StoredObject

JSON = "application/json"


def actions(cast: Cast, *, last: int) -> list[str]:
    """The newest actions of acme, newest first."""
    with cast.alice.scope():
        return list(Event.objects.order_by("-seq").values_list("action", flat=True)[:last])


def test_a_voice_nobody_granted_does_not_exist(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    bob = client_of(cast.bob)
    assert bob.get("/v1/speakers").json()["data"] == []
    assert bob.get(f"/v1/speakers/{speaker.public_id}").status_code == 404
    spoken = bob.get("/tts", {"speaker": speaker.name, "text": "你好。"})
    assert spoken.status_code == 404


def test_a_voice_one_may_only_see_cannot_be_used(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "see")
    body = {"speaker": speaker.public_id, "text": "你好。"}
    response = client_of(cast.bob).post("/v1/synthesis", body, content_type=JSON)
    assert (response.status_code, response.json()["code"]) == (403, "voice_not_granted")


def test_grants_are_given_and_withdrawn(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    alice, path = client_of(cast.alice), f"/v1/speakers/{speaker.public_id}/grants"
    body = {"user": cast.bob.user.public_id, "verbs": ["use"]}
    given = alice.post(path, body, content_type=JSON).json()
    assert given == {"user": cast.bob.user.public_id, "verbs": ["see", "use"]}
    of_bob, of_alice = (
        alice.get(path, {"user": person.user.public_id}).json()["data"]
        for person in (cast.bob, cast.alice)
    )
    assert (of_bob, of_alice) == ([given], [])
    assert alice.delete(f"{path}/{cast.bob.user.public_id}").status_code == 204
    assert alice.get(path).json()["data"] == []


def test_speech_without_an_approved_version_is_refused_on_record(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    body = {"speaker": speaker.public_id, "text": "你好。"}
    response = client_of(cast.alice).post("/v1/synthesis", body, content_type=JSON)
    assert (response.status_code, response.json()["code"]) == (403, "version_not_approved")
    assert actions(cast, last=2) == ["synthesis.refused", "speaker.created"]


def test_training_without_consent_is_refused_on_record(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    dataset = make_dataset(cast.alice, speaker)
    body = {"speaker": speaker.public_id, "dataset": dataset.public_id}
    response = client_of(cast.alice).post("/v1/finetunes", body, content_type=JSON)
    assert (response.status_code, response.json()["code"]) == (403, "consent_missing")
    assert actions(cast, last=2) == ["finetune.refused", "speaker.created"]


def test_a_setting_that_there_is_not_is_answered_with_those_that_there_are(
    cast: Cast, client_of: As
) -> None:
    speaker = make_speaker(cast.alice)
    body = {
        "speaker": speaker.public_id,
        "dataset": make_dataset(cast.alice, speaker).public_id,
        "settings": {"changes": {"semantic.rank": 8}},
    }
    response = client_of(cast.alice).post("/v1/finetunes", body, content_type=JSON)
    assert response.status_code == 422
    assert "semantic.lora_rank" in response.json()["detail"]


def test_a_revoked_consent_stops_speech_and_downloads(cast: Cast, client_of: As) -> None:
    speaker, consent = make_voice(cast)
    asset = make_asset(cast.alice, speaker)
    alice = client_of(cast.alice)
    revoked = alice.post(
        f"/v1/consents/{consent.public_id}/revoke", {"reason": "asked"}, content_type=JSON
    )
    assert revoked.json()["state"] == "revoked"
    body = {"speaker": speaker.public_id, "text": "你好。"}
    spoken = alice.post("/v1/synthesis", body, content_type=JSON)
    assert (spoken.status_code, spoken.json()["code"]) == (403, "consent_revoked")
    taken = alice.get(f"/v1/assets/{asset.public_id}/audio")
    assert (taken.status_code, taken.json()["code"]) == (403, "consent_revoked")


def test_a_keys_secret_is_shown_once_and_works(cast: Cast, client_of: As) -> None:
    alice = client_of(cast.alice)
    body = {"name": "reader", "scopes": ["speakers:read"]}
    issued = alice.post("/v1/keys", body, content_type=JSON).json()
    secret = issued["secret"]
    assert secret.startswith("va_live_")
    assert secret not in alice.get("/v1/keys").content.decode()
    reader = Client(headers={"Authorization": f"Bearer {secret}"})
    assert reader.get("/v1/speakers").status_code == 200
    refused = reader.get("/v1/audit")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    alice.post(f"/v1/keys/{issued['key']['id']}/revoke", content_type=JSON)
    assert reader.get("/v1/speakers").status_code == 401


def test_a_key_that_expires_in_the_past_is_refused(cast: Cast, client_of: As) -> None:
    body = {"name": "late", "expires_at": (timezone.now() - timedelta(days=1)).isoformat()}
    response = client_of(cast.alice).post("/v1/keys", body, content_type=JSON)
    assert response.status_code == 422


def test_an_events_proof_holds_without_this_platform(cast: Cast, client_of: As) -> None:
    make_speaker(cast.alice)
    alice = client_of(cast.alice)
    event_id = alice.get("/v1/audit", {"action": "speaker.created"}).json()["data"][0]["id"]
    assert alice.get(f"/v1/audit/{event_id}").json()["proof"] is None
    sealer.seal_pending()
    proof = alice.get(f"/v1/audit/{event_id}").json()["proof"]
    steps = [chain.Step(side=s["side"], hash=bytes.fromhex(s["hash"])) for s in proof["path"]]
    root = chain.climb(chain.leaf_hash(proof["leaf"]), steps)
    assert root.hex() == proof["seal"]["root"]
    assert proof["leaf"]["id"] == event_id


@pytest.fixture
def ticket(cast: Cast, client_of: As) -> dict[str, object]:
    size = len(wav_file().read())
    body = {"size_bytes": size, "content_type": "audio/wav"}
    response = client_of(cast.alice).post("/v1/uploads", body, content_type=JSON)
    found: dict[str, object] = response.json()
    return found


def path_of(ticket: dict[str, object]) -> str:
    send = ticket["send"]
    assert isinstance(send, dict)
    return "/v1/transfers/" + str(send["url"]).rpartition("/")[2]


def test_a_file_sent_by_ticket_becomes_a_recording(
    cast: Cast, client_of: As, ticket: dict[str, object]
) -> None:
    speaker = make_speaker(cast.alice)
    sent = Client().put(path_of(ticket), wav_file().read(), content_type="audio/wav")
    assert sent.json()["state"] == "received"
    body = {
        "speaker": speaker.public_id,
        "language": "zh",
        "upload": ticket["id"],
        "name": "take.wav",
        "transcript_text": "你好。",
        "transcript_format": "text",
    }
    alice = client_of(cast.alice)
    made = alice.post("/v1/recordings", body, content_type=JSON)
    assert made.status_code == 201, made.content
    assert (made.json()["state"], made.json()["transcript_format"]) == ("uploaded", "text")
    again = alice.post("/v1/recordings", body, content_type=JSON)
    assert (again.status_code, again.json()["code"]) == (409, "upload_closed")


def test_a_ticket_takes_exactly_what_it_was_opened_for(
    cast: Cast, ticket: dict[str, object]
) -> None:
    for content in (b"", b"RIFF"):
        short = Client().put(path_of(ticket), content, content_type="audio/wav")
        assert (short.status_code, short.json()["code"]) == (422, "size_mismatch")
    forged = Client().put("/v1/transfers/forged", b"RIFF", content_type="audio/wav")
    assert forged.status_code == 404


def test_a_bad_transcript_leaves_nothing_of_the_recording(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    transcript = io.BytesIO(b"\xff\xfe not UTF-8")
    transcript.name = "take.srt"
    body = {
        "speaker": speaker.public_id,
        "language": "zh",
        "file": wav_file(),
        "transcript": transcript,
    }
    response = client_of(cast.alice).post("/v1/recordings", body)
    assert (response.status_code, response.json()["code"]) == (422, "bad_transcript")
    with cast.alice.scope():
        assert not StoredObject.objects.exclude(state=ObjectState.ERASED).exists()


def test_a_transcript_comes_once(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    body = {
        "speaker": speaker.public_id,
        "language": "zh",
        "file": wav_file(),
        "transcript_text": "你好。",
    }
    response = client_of(cast.alice).post("/v1/recordings", body)
    assert response.status_code == 422
    assert "transcript_format" in json.dumps(response.json()["errors"])
