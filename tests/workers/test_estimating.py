"""What a fine-tune would cost is tried on the worker's machine, and one that does not fit ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from synthesis.bundles.random_base import write_random_base
from tests.factories import Cast, make_consent, make_dataset, make_speaker
from tests.training.material import SENTENCES, hum, write_dataset
from tests.workers.things import reread
from training.files import write_json
from voiceassets.jobs.models import Job
from voiceassets.registry import services as registry
from voiceassets.registry.models import ModelVersion
from voiceassets.workers import running

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = registry.TrainingSettings(
    preset="demo", changes={"acoustic.batch_size": 1, "semantic.max_steps": 3, "sentences": 0}
)


@pytest.fixture
def work_dir(settings: LazySettings, tmp_path: Path) -> Path:
    settings.WORK_DIR, settings.BASE_MODEL_DIR = tmp_path / "work", tmp_path / "base"
    write_random_base(tmp_path / "base")
    return tmp_path / "work"


def ask(cast: Cast, work_dir: Path, *, trial: bool) -> tuple[Job, Path]:
    """A job whose dataset has been laid out already, and its folder."""
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    dataset = make_dataset(cast.alice, speaker)
    with cast.alice.scope() as alice:
        asked = registry.request_finetune(
            alice, speaker=speaker, dataset=dataset, settings=SETTINGS, trial=trial
        )
    assert asked.job is not None
    folder = work_dir / "jobs" / str(asked.job.pk)
    folder.mkdir(parents=True)
    clips = [(text, hum(s, pitch_hz=120, seed=1)) for text, s in SENTENCES[:2]]
    write_dataset(folder / "dataset", clips)
    return asked.job, folder


def test_an_estimate_is_a_job_whose_result_is_time_and_memory(cast: Cast, work_dir: Path) -> None:
    job, folder = ask(cast, work_dir, trial=True)
    running.run(job.pk, draining=lambda: False)
    done = reread(job)
    assert (done.kind, done.queue, done.state) == ("estimate", "train", "succeeded"), done.error
    assert done.result is not None
    assert done.result["steps"]["semantic"] == 3
    assert done.result["total_s"] == pytest.approx(sum(done.result["seconds"].values()))
    assert done.result["fits"] is (done.result["peak_bytes"] <= done.result["available_bytes"])
    assert not folder.exists()
    with cast.alice.scope():
        assert not ModelVersion.objects.exists()


def test_a_training_that_needs_more_memory_than_there_is_ends_before_it_trains(
    cast: Cast, work_dir: Path
) -> None:
    job, folder = ask(cast, work_dir, trial=False)
    tried = {"seconds": {}, "steps": {}, "peak_bytes": 1 << 60, "available_bytes": 1 << 61}
    write_json(folder / "estimate.json", tried)
    running.run(job.pk, draining=lambda: False)
    failed = reread(job)
    assert failed.state == "failed"
    assert failed.error is not None
    assert failed.error["code"] == "not_enough_memory"
    assert "needs 1073741824.0 GiB" in failed.error["message"]
    assert not (folder / "training").exists()
