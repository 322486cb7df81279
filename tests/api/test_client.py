"""The generated Python client, against a running server."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from tests.api.workers import Workers
from tests.factories import Cast
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db(transaction=True)

SOURCE = settings.BASE_DIR / "docs" / "voice_assets.py"


@pytest.fixture(scope="module")
def package() -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("voice_assets", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["voice_assets"] = module  # where its types look up each other
    spec.loader.exec_module(module)
    yield module
    del sys.modules["voice_assets"]


@pytest.fixture
def alice(
    package: Any, cast: Cast, voice: Speaker, workers: Workers, live_server: LiveServer
) -> Iterator[Any]:
    client = package.VoiceAssets(live_server.url, key=cast.alice.token)
    yield client
    client.close()


def test_it_reads_writes_repeats_and_speaks(alice: Any, voice: Speaker) -> None:
    (listed,) = alice.speakers_list(limit=1)["data"]
    assert listed["id"] == voice.public_id
    new = {"name": "Second", "languages": ["zh"]}
    first, again = (alice.speakers_create(new, idempotency_key="k") for _ in range(2))
    assert first == again
    spoken = alice.synthesis_create({"speaker": voice.public_id, "text": "你好。"}, wait=30)
    assert alice.assets_download(spoken["asset"]["id"])[:4] == b"RIFF"


def test_it_sends_files(alice: Any, voice: Speaker) -> None:
    consent = {"speaker": voice.public_id, "person_name": "Li", "wording": "I agree."}
    body = consent | {"purposes": ["train", "synthesize"], "valid_from": "2999-01-01T00:00:00Z"}
    with pytest.raises(Exception, match="consent_overlaps"):
        alice.consents_create(body, files={"evidence": ("form.pdf", b"%PDF-1.7")})


def test_it_tells_what_was_refused(package: Any, alice: Any) -> None:
    with pytest.raises(package.ApiError) as refused:
        alice.speakers_get("spk_1")
    assert (refused.value.status, refused.value.code) == (404, "not_found")
