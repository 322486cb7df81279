"""Many lines in one request: all accepted or none, each with its own end, one archive."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import As
from tests.factories import Cast, make_consent, make_speaker, make_voice, release_request
from voiceassets.assets.models import Batch, SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker

JSON = "application/json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def voice(cast: Cast) -> Speaker:
    return make_voice(cast)[0]


@pytest.fixture
def alice(cast: Cast, client_of: As) -> Client:
    return client_of(cast.alice)


def send(alice: Client, voice: Speaker, lines: list[dict[str, str]], **more: Any) -> Any:
    body = {"name": "Menu", "speaker": voice.public_id, "language": "zh", "lines": lines} | more
    return alice.post("/v1/batches", body, content_type=JSON)


def lines(count: int) -> list[dict[str, str]]:
    return [{"id": f"line-{n}", "text": f"第{n}句。"} for n in range(count)]


def release(cast: Cast, line: str) -> None:
    with cast.alice.scope():
        request = SynthesisRequest.objects.get(line_id=line)
    release_request(cast.alice.tenant, request)


def test_partial_results_can_be_had_before_the_end(
    cast: Cast, alice: Client, voice: Speaker
) -> None:
    accepted = send(alice, voice, lines(3))
    assert accepted.status_code == 202
    path = accepted["Location"]
    release(cast, "line-1")
    now = alice.get(path).json()
    assert (now["state"], now["lines"], now["released"], now["waiting"]) == ("running", 3, 1, 2)
    (spoken,) = alice.get(f"{path}/lines", {"state": "released"}).json()["data"]
    assert spoken["line"] == "line-1"
    audio = alice.get(f"/v1/assets/{spoken['asset']}/audio")
    assert b"".join(audio.streaming_content)[:4] == b"RIFF"
    first = alice.get(f"{path}/lines", {"limit": 2}).json()
    rest = alice.get(f"{path}/lines", {"limit": 2, "after": first["next_after"]}).json()
    names = [row["line"] for row in first["data"] + rest["data"]]
    assert names == ["line-2", "line-1", "line-0"]


def test_the_archive_holds_what_is_released_and_a_manifest_of_all(
    cast: Cast, alice: Client, voice: Speaker
) -> None:
    path = send(alice, voice, lines(2))["Location"]
    release(cast, "line-0")
    packed = b"".join(alice.get(f"{path}/archive").streaming_content)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["line-0.wav", "manifest.json"]
        first, second = json.loads(archive.read("manifest.json"))["lines"]
        assert archive.read("line-0.wav")[:4] == b"RIFF"
    assert (first["line"], first["state"], first["file"]) == ("line-0", "released", "line-0.wav")
    assert second == {"line": "line-1", "state": "generating"}
    with cast.alice.scope():
        assert Event.objects.filter(action="asset.downloaded").count() == 1


def test_a_thousand_lines_take_few_queries_and_one_event(
    cast: Cast, alice: Client, voice: Speaker
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert send(alice, voice, lines(1000)).status_code == 202
    assert len(queries) < 60
    with cast.alice.scope():
        assert Job.objects.filter(queue="batch").count() == 1000
        event = Event.objects.get(action="batch.requested")
        assert not Event.objects.filter(action="synthesis.requested").exists()
    assert event.data["lines"] == 1000


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "lines"),
        ([{"id": "../etc", "text": "a"}], "lines"),
        ([{"id": ".hidden", "text": "a"}], "lines"),
        ([{"id": "a", "text": "a"}, {"id": "a", "text": "b"}], "Two lines"),
        ([{"id": "a", "text": " "}], "lines"),
        ([{"id": str(n), "text": "a"} for n in range(1001)], "lines"),
    ],
)
def test_one_wrong_line_refuses_all(
    cast: Cast, alice: Client, voice: Speaker, wrong: list[dict[str, str]], told: str
) -> None:
    answer = send(alice, voice, wrong)
    assert answer.status_code == 422
    assert told in json.dumps(answer.json())
    with cast.alice.scope():
        assert not Batch.objects.exists()


def test_cancelling_stops_what_has_not_ended(cast: Cast, alice: Client, voice: Speaker) -> None:
    path = send(alice, voice, lines(2))["Location"]
    assert alice.post(f"{path}/cancel", content_type=JSON).status_code == 200
    with cast.alice.scope():
        states = set(Job.objects.filter(queue="batch").values_list("state", flat=True))
    assert states == {"cancelled"}
    assert alice.post(f"{path}/cancel", content_type=JSON).status_code == 409


def test_a_gates_refusal_is_on_record_and_leaves_nothing(cast: Cast, alice: Client) -> None:
    speaker = make_speaker(cast.alice, name="Unapproved")
    make_consent(cast.alice, speaker)
    assert send(alice, speaker, lines(2)).status_code == 403
    with cast.alice.scope():
        assert not Batch.objects.exists()
        assert Event.objects.filter(action="synthesis.refused").count() == 1
