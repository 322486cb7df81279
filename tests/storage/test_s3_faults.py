"""The store in a bucket behind a network that refuses, forgets answers and cuts them short."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.factories import Cast, make_live_file
from tests.storage.conftest import BUCKET
from tests.storage.flaky import Fault, FlakyServer, flaky
from voiceassets.core.errors import Unavailable
from voiceassets.storage import services
from voiceassets.storage.backends import KeyTaken
from voiceassets.storage.models import Purpose
from voiceassets.storage.s3 import S3Backend

KEY = "tenant/ab/abcdef"
SOUND = b"voice" * 200_000


@pytest.fixture
def network(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyServer]:
    """A spoilt way to the bucket; the client tries as often as in production, without waiting."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    with flaky(s3_endpoint) as server:
        yield server


@pytest.fixture
def s3(network: FlakyServer, request: pytest.FixtureRequest) -> S3Backend:
    return S3Backend(bucket=BUCKET, prefix=request.node.name[:60], endpoint=network.endpoint)


def put(s3: S3Backend, content: bytes = SOUND) -> None:
    s3.put(KEY, io.BytesIO(content), content_type="audio/wav")


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ANSWER_LOST])
def test_a_write_survives_a_passing_fault(
    s3: S3Backend, network: FlakyServer, fault: Fault
) -> None:
    network.faults = [fault]
    put(s3)
    assert network.methods[:2] == ["PUT", "PUT"]
    with s3.open(KEY) as file:
        assert file.read() == SOUND


def test_a_lost_answer_does_not_make_another_file_ours(s3: S3Backend, network: FlakyServer) -> None:
    put(s3, b"theirs")
    network.faults = [Fault.ANSWER_LOST]
    with pytest.raises(KeyTaken):
        put(s3, b"ours")
    with s3.open(KEY) as file:
        assert file.read() == b"theirs"


def test_a_store_that_stays_down_is_unavailable(s3: S3Backend, network: FlakyServer) -> None:
    network.faults = [Fault.REFUSED] * 10
    with pytest.raises(Unavailable):
        put(s3)
    assert 1 < len(network.methods) <= 3


def test_half_an_answer_is_never_taken_for_the_file(
    cast: Cast, network: FlakyServer, settings: Settings, tmp_path: Path
) -> None:
    settings.OBJECT_STORE = f"s3://{BUCKET}/half"
    settings.OBJECT_STORE_ENDPOINT = network.endpoint
    stored = make_live_file(cast.alice.tenant, SOUND, purpose=Purpose.AUDIO)
    network.faults = [Fault.CUT_SHORT]
    with pytest.raises(Unavailable):
        services.fetch_to(stored, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert services.fetch_to(stored, tmp_path / "copy").read_bytes() == SOUND
