"""A released asset is spoken again from its receipt: equal, or where and in what it differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests.factories import Cast
from tests.synthesis.conftest import furnish
from tests.workers.things import make_version
from voiceassets.assets import services as assets
from voiceassets.assets.models import Asset, SynthesisReceipt, SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.models import ConsentRecord
from voiceassets.core import ids
from voiceassets.jobs.models import Job
from voiceassets.registry import services as registry
from voiceassets.workers import running

JSON = "application/json"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("static_folder")]


@pytest.fixture
def asset(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asset:
    """What a small random voice said, made by the worker that makes everything."""
    voice = furnish(tmp_path / "base").write(tmp_path / "voice")
    monkeypatch.setattr(django_settings, "BASE_MODEL_DIR", tmp_path / "base")
    monkeypatch.setattr(django_settings, "WORK_DIR", tmp_path / "work")
    version = make_version(cast, voice)
    with cast.dora.scope() as dora:
        approved = registry.approve(dora, version=version, reason="Heard.", override="The first.")
    with cast.alice.scope() as alice:
        request = assets.request_synthesis(
            alice, speaker=approved.voice_model.speaker, text="你好。", language="zh"
        )
        assert request.job is not None
    running.run(request.job.pk, draining=lambda: False)
    with cast.alice.scope():
        return Asset.objects.select_related("request").get(request=request)


def speak_again(cast: Cast, asset: Asset) -> dict[str, Any]:
    """What the auditor is told."""
    carol = Client(headers=cast.carol.headers)
    answer = carol.post(f"/v1/assets/{asset.public_id}/rederive", content_type=JSON)
    assert answer.status_code == 202, answer.content
    running.run(ids.decode(Job.PREFIX, answer.json()["id"]), draining=lambda: False)
    ended: dict[str, Any] = carol.get(answer["Location"]).json()
    return ended


def test_the_same_samples_come_again_and_other_settings_show(cast: Cast, asset: Asset) -> None:
    again = speak_again(cast, asset)
    assert again["state"] == "succeeded", again
    assert again["result"]["equal"], again["result"]
    assert again["result"]["facts"] == []
    with cast.alice.scope():
        receipt = SynthesisReceipt.objects.get(asset=asset)
        assert receipt.kernel["device"] == "cpu"
        assert receipt.settings["sampling"]["seed"] == asset.request.settings["seed"]
        event = Event.objects.get(action="asset.rederived")
        assert event.data["equal"]
        # As if somebody had written another seed into the record of what was asked.
        changed = asset.request.settings | {"seed": asset.request.settings["seed"] + 1}
        SynthesisRequest.objects.filter(pk=asset.request_id).update(settings=changed)
    other = speak_again(cast, asset)["result"]
    assert not other["equal"]
    assert [fact["field"] for fact in other["facts"]] == ["settings.sampling"]
    assert other["difference"]["exact"], "a WAV without a watermark keeps the old samples"
    assert other["difference"]["largest"] > 0
    assert other["difference"]["sample"] < receipt.samples


def test_it_is_refused_to_writers_without_a_receipt_and_after_a_revocation(
    cast: Cast, asset: Asset
) -> None:
    path = f"/v1/assets/{asset.public_id}/rederive"
    assert Client(headers=cast.mallory.headers).post(path, content_type=JSON).status_code == 404
    assert Client(headers=cast.bob.headers).post(path, content_type=JSON).status_code == 403
    alice = Client(headers=cast.alice.headers)
    assert alice.post(path, content_type=JSON).status_code == 202
    assert alice.post(path, content_type=JSON).json()["code"] == "under_way"
    with cast.alice.scope() as actor:
        consents.revoke(actor, consent=ConsentRecord.objects.get(), reason="She left.")
        job = Job.objects.get(kind="rederive")
    running.run(job.pk, draining=lambda: False)
    with cast.alice.scope():
        job.refresh_from_db()
        assert (job.state, job.error and job.error["code"]) == ("failed", "consent_revoked")
    assert alice.post(path, content_type=JSON).json()["code"] == "consent_revoked"
