"""A version in use speaks at night, is compared with its past, and a fall raises the alarm."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from tests.factories import (
    Cast,
    make_consent,
    make_evaluation,
    make_file,
    make_finetune,
    make_speaker,
    worker_of,
)
from tests.synthesis.conftest import furnish
from voiceassets.audit.models import Event
from voiceassets.jobs import services as jobs
from voiceassets.jobs.models import Job
from voiceassets.registry import selectors
from voiceassets.registry import services as registry
from voiceassets.registry.models import ModelVersion
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.workers import running

pytestmark = pytest.mark.django_db(transaction=True)


def _version(cast: Cast, voice: Path, sha256: str) -> ModelVersion:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    finetune = make_finetune(cast.alice, speaker)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for path in sorted(voice.iterdir()):
            tar.add(path, arcname=path.name)
    bundle, written = make_file(cast.alice.tenant, content.getvalue(), purpose=Purpose.BUNDLE)
    with cast.alice.scope() as alice:
        assert finetune.job is not None
        jobs.cancel(alice, job=finetune.job)  # its result is here already
        return registry.complete_finetune(
            worker_of(cast.alice.tenant),
            finetune=finetune,
            bundle=bundle,
            written=written,
            trained=registry.Trained(
                bundle_hash=sha256, base_name="tiny", base_hash="0" * 64, code_version="test"
            ),
        )


def test_a_fall_since_people_last_saw_it_is_kept_with_its_report_and_alerts(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = furnish(tmp_path / "base")
    voice = workshop.write(tmp_path / "voice")
    monkeypatch.setattr(django_settings, "BASE_MODEL_DIR", tmp_path / "base")
    monkeypatch.setattr(django_settings, "WORK_DIR", tmp_path / "work")
    version = _version(cast, tmp_path / "voice", voice.sha256)
    # A voice that was never trained is never without fault.
    make_evaluation(cast.alice, version, metrics={"faulty": -1.0, "sentences_each": 1})
    with cast.dora.scope() as dora:
        job = registry.request_evaluation(dora, version=version)

    running.run(job.pk, draining=lambda: False)

    with cast.alice.scope() as alice:
        assert Job.objects.get(pk=job.pk).error is None
        kept = selectors.evaluations(alice, version).first()
        assert kept is not None
        assert [fall["measure"] for fall in kept.falls] == ["faulty"]
        assert len(kept.metrics["sentences"]) == 3  # one each, and one of both languages
        alert = Event.objects.get(action="version.fell")
        assert alert.data["evaluation"] == kept.public_id
        with storage.open_object(selectors.get_report(alice, version)) as page:
            assert b"<audio" in page.read()
