"""A version in use speaks at night, is compared with its past, and a fall raises the alarm."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings

from tests.factories import Cast, make_evaluation
from tests.synthesis.conftest import furnish
from tests.workers.things import make_version
from voiceassets.audit.models import Event
from voiceassets.jobs.models import Job
from voiceassets.registry import selectors
from voiceassets.registry import services as registry
from voiceassets.storage import services as storage
from voiceassets.workers import running

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_fall_since_people_last_saw_it_is_kept_with_its_report_and_alerts(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = furnish(tmp_path / "base")
    voice = workshop.write(tmp_path / "voice")
    monkeypatch.setattr(django_settings, "BASE_MODEL_DIR", tmp_path / "base")
    monkeypatch.setattr(django_settings, "WORK_DIR", tmp_path / "work")
    version = make_version(cast, voice)
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
