"""/tts as GPT-SoVITS' users call it, with a clip of their own: behind its own rights."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from tests.api.conftest import As
from tests.api.workers import Workers, is_refused
from tests.architecture.material import wav_file
from tests.factories import Cast, Person, make_approved, make_consent, make_speaker
from voiceassets.assets.models import SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.jobs import wakeup
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import ObjectState, StoredObject

pytestmark = pytest.mark.django_db(transaction=True)


class OldClient:
    """What their scripts do: a URL, some fields, and a file for the reference."""

    def __init__(self, url: str, person: Person) -> None:
        self._url, self._headers = f"{url}/tts", person.headers
        self._http = httpx.Client(timeout=60)

    def get(self, **fields: Any) -> httpx.Response:
        return self._http.get(self._url, params=fields, headers=self._headers)

    def post(self, **fields: Any) -> httpx.Response:
        return self._http.post(self._url, json=fields, headers=self._headers)

    def clone(self, *, seconds: float = 4, key: str = "", **fields: Any) -> httpx.Response:
        clip = wav_file("me.wav", seconds=seconds).read()
        return self._http.post(
            self._url,
            data=fields,
            files={"ref_audio": ("me.wav", io.BytesIO(clip), "audio/wav")},
            headers=self._headers | ({"Idempotency-Key": key} if key else {}),
        )

    def stream(self, **fields: Any) -> list[bytes]:
        request = self._http.stream("POST", self._url, json=fields, headers=self._headers)
        with request as answer:
            assert answer.status_code == 200
            return list(answer.iter_raw())

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def old(
    cast: Cast, voice: Speaker, workers: Workers, live_server: LiveServer
) -> Iterator[OldClient]:
    client = OldClient(live_server.url, cast.alice)
    yield client
    client.close()


def clips(cast: Cast) -> list[tuple[str, str]]:
    """The state of every request's clip, and what is kept of its words."""
    with cast.alice.scope():
        rows = SynthesisRequest.objects.select_related("clip").exclude(clip=None)
        return [(row.clip.state, row.clip_text) for row in rows if row.clip is not None]


def test_an_old_script_gets_posts_and_streams(old: OldClient, voice: Speaker) -> None:
    fields = {"text": "你好。", "text_lang": "zh", "speaker": voice.name}
    assert old.get(**fields, media_type="wav").content[:4] == b"RIFF"
    posted = old.post(**fields, prompt_text="我说的话。", prompt_lang="zh", batch_size=4)
    assert posted.content[:4] == b"RIFF"
    assert "batch_size, prompt_lang, prompt_text" in posted.headers["Warning"]
    assert len(b"".join(old.stream(**fields, media_type="raw", streaming_mode=2))) > 400


def test_a_clip_is_spoken_like_and_then_gone(
    cast: Cast, old: OldClient, voice: Speaker, client_of: As
) -> None:
    fields = {"text": "你好。", "speaker": voice.name, "prompt_text": "我说。", "prompt_lang": "zh"}
    first = old.clone(**fields, key="one")
    assert (first.status_code, first.content[:4]) == (200, b"RIFF")
    assert "Warning" not in first.headers
    again = old.clone(**fields, key="one")
    assert again.headers["X-Asset-Id"] == first.headers["X-Asset-Id"]
    assert clips(cast) == [(ObjectState.ERASED, "")]
    with cast.alice.scope():
        kept = StoredObject.objects.filter(purpose="other").exclude(state=ObjectState.ERASED)
        asked = Event.objects.get(action="synthesis.requested")
        assert not kept.exists()
        assert len(asked.data["clip_sha256"]) == 64
    again_spoken = client_of(cast.alice).post(
        f"/v1/assets/{first.headers['X-Asset-Id']}/rederive", content_type="application/json"
    )
    assert (again_spoken.status_code, again_spoken.json()["code"]) == (409, "clip_gone")


def test_a_clip_of_somebody_else_is_refused_and_gone(
    cast: Cast, old: OldClient, workers: Workers, voice: Speaker
) -> None:
    workers.work, workers.chunks = is_refused, ()
    answer = old.clone(text="你好。", speaker=voice.name, prompt_text="我说。")
    assert answer.status_code == 403
    assert clips(cast) == [(ObjectState.ERASED, "")]


def test_a_clip_needs_a_permission_and_a_consent_of_its_own(
    cast: Cast,
    old: OldClient,
    voice: Speaker,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wakeup, "send", lambda job_id, queue: False)
    writer = OldClient(live_server.url, cast.bob)
    denied = writer.clone(text="你好。", speaker=voice.name)
    writer.close()
    assert (denied.status_code, denied.json()["code"]) == (403, "not_allowed")
    other = make_speaker(cast.alice, name="Careful")
    make_consent(cast.alice, other, purposes=["train", "synthesize"])
    make_approved(cast.alice, cast.dora, other)
    refused = old.clone(text="你好。", speaker="Careful")
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_scope")
    assert refused.json()["data"]["wanted"] == "clone"
    with cast.alice.scope():
        assert not SynthesisRequest.objects.exists()
        assert Event.objects.filter(action="synthesis.refused").count() == 1


@pytest.mark.parametrize("seconds", [2.5, 11])
def test_a_clip_has_a_length(old: OldClient, voice: Speaker, seconds: float) -> None:
    answer = old.clone(text="你好。", speaker=voice.name, seconds=seconds)
    assert answer.status_code == 422
    assert "3 to 10 s" in answer.json()["detail"]


def test_what_is_wrong_is_told(old: OldClient, voice: Speaker) -> None:
    path = old.get(text="你好。", speaker=voice.name, ref_audio_path="/etc/passwd")
    assert path.status_code == 422
    assert path.json()["errors"][0]["code"] == "server_path_refused"
    for wrong in (
        {"text": ""},
        {"text": "x", "speed_factor": 99},
        {"text": "x", "media_type": "exe"},
        {"text": "x", "text_lang": "tlh"},
        {"text": "x", "ref_audio": "aGVsbG8="},
    ):
        assert old.post(speaker=voice.name, **wrong).status_code == 422, wrong
