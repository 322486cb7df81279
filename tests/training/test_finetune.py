"""A whole fine-tune: whole, stopped, killed, repeated, refused."""

import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.random_base import write_random_base
from synthesis.errors import Stopped
from tests.training.material import hum, write_dataset
from tests.training.runs import CONFIG, Finetune, Whole
from training import __main__ as command
from training.config import PRESETS, preset_for
from training.finetune import (
    AnotherBase,
    AnotherRun,
    BadDataset,
    NoReference,
    NothingToLearn,
    OutputInUse,
)
from training.start import Start
from training.tracking import MlflowTracker


@pytest.fixture
def job(dataset_dir: Path, base_dir: Path, tmp_path: Path) -> Finetune:
    """One that has not begun."""
    return Finetune(dataset_dir, base_dir, tmp_path)


def test_it_makes_a_voice_that_speaks(whole: Whole) -> None:
    job, result = whole.job, whole.result
    voice = VoiceBundle.open(job.out_dir)
    assert voice.sha256 == result.bundle_sha256
    assert voice.card.dataset_sha256 == result.dataset_hash
    assert voice.card.consent_ids == ("con_1",)
    assert not result.base_speaks
    assert result.steps == {"acoustic": 3, "semantic": 3}
    assert result.dropped == ()
    assert result.held_out == {"acoustic": 0, "semantic": 0}
    assert result.first_sentence.duration_ms > 0
    assert (job.work_dir / "first_sentence.wav").stat().st_size > 1000
    stages = list(dict.fromkeys(line.split()[0] for line in whole.lines))
    assert stages == ["features", "acoustic", "semantic", "voice"]


def test_a_finished_run_returns_its_result_without_work(
    whole: Whole,
) -> None:
    job, result = whole.job, whole.result
    again = Finetune(job.dataset_dir, job.base_dir, job.out_dir.parent)
    assert again.run() == result
    assert again.reports == []


def test_a_stopped_run_goes_on_to_the_same_voice(job: Finetune, whole: Whole) -> None:
    def two_steps_done() -> bool:
        return any(r.stage == "acoustic" and r.done == 2 for r in job.reports)

    with pytest.raises(Stopped):
        job.run(should_stop=two_steps_done)
    job.reports.clear()
    assert job.run().bundle_sha256 == whole.result.bundle_sha256
    assert next(r.done for r in job.reports if r.stage == "acoustic") == 3


def test_a_killed_run_goes_on_to_the_same_voice(job: Finetune, whole: Whole) -> None:
    with job.start_child() as child:
        assert child.stdout is not None
        assert any(line == "semantic 2\n" for line in child.stdout)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert not job.out_dir.exists()
    assert job.run().bundle_sha256 == whole.result.bundle_sha256
    assert "acoustic" not in {report.stage for report in job.reports}


def test_a_lost_bundle_is_written_again(job: Finetune, whole: Whole) -> None:
    shutil.copytree(whole.job.work_dir, job.work_dir)
    assert job.run().bundle_sha256 == whole.result.bundle_sha256
    assert VoiceBundle.open(job.out_dir).sha256 == whole.result.bundle_sha256


def test_it_refuses_a_working_folder_of_other_settings(
    whole: Whole,
) -> None:
    with pytest.raises(AnotherRun, match="another config"):
        whole.job.run(replace(CONFIG, seed=99))


def test_a_voice_goes_on_with_more_data(
    whole: Whole, job: Finetune, base_dir: Path, tmp_path: Path
) -> None:
    start = Start.open(base_dir, whole.job.out_dir)
    assert start.voice is not None
    before = start.voice.acoustic().state_dict()
    began, base = start.acoustic().state_dict(), start.base.acoustic().state_dict()
    assert all(torch.equal(began[name], before[name]) for name in before)
    assert all(torch.equal(began[name], base[name]) for name in base.keys() - before.keys())

    more = write_dataset(
        tmp_path / "more", [("感谢您的来电，再见。", hum(3.5, pitch_hz=140, seed=9))]
    )
    job.dataset_dir, job.voice_dir = more, whole.job.out_dir
    assert job.run().bundle_sha256 != whole.result.bundle_sha256


def test_it_refuses_to_go_on_from_a_voice_of_another_base(
    whole: Whole, job: Finetune, tmp_path: Path
) -> None:
    write_random_base(tmp_path / "other", seed=1)
    job.base_dir, job.voice_dir = tmp_path / "other", whole.job.out_dir
    with pytest.raises(AnotherBase, match="its own base"):
        job.run()


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")
def test_it_is_tracked_and_a_dead_tracker_does_not_cost_the_voice(
    job: Finetune, whole: Whole, tmp_path: Path
) -> None:
    dead = MlflowTracker("http://127.0.0.1:9", experiment="finetune")
    lost = job.run(tracker=dead)
    assert lost.bundle_sha256 == whole.result.bundle_sha256
    assert lost.mlflow_run_id is None
    assert "could not open a run" in (lost.tracking_failure or "")

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    (job.work_dir / "result.json").unlink()
    kept = job.run(
        tracker=MlflowTracker(uri, experiment="finetune", artifact_folder=tmp_path / "kept")
    )
    assert kept.tracking_failure is None
    assert kept.mlflow_run_id is not None

    from mlflow.tracking import MlflowClient  # slow, and only this test needs it

    run = MlflowClient(tracking_uri=uri, registry_uri=uri).get_run(kept.mlflow_run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["dataset.sha256"] == kept.dataset_hash
    assert run.data.params["acoustic.max_steps"] == "3"
    assert run.data.tags["code_version"] == kept.code_version


def test_it_never_overwrites_what_it_did_not_write(job: Finetune) -> None:
    job.out_dir.mkdir(parents=True)
    note = job.out_dir / "note.txt"
    note.write_text("keep me", encoding="utf-8")
    with pytest.raises(OutputInUse, match="name a new folder"):
        job.run()
    assert note.read_text(encoding="utf-8") == "keep me"


def test_it_refuses_a_dataset_without_a_possible_reference(job: Finetune, tmp_path: Path) -> None:
    job.dataset_dir = write_dataset(
        tmp_path / "short", [("请稍等。", hum(1.2, pitch_hz=99, seed=1))]
    )
    with pytest.raises(NoReference, match="3 to 10 s"):
        job.run()


def test_it_refuses_a_dataset_of_silence_and_says_why(job: Finetune, tmp_path: Path) -> None:
    silence = np.zeros(64_000, np.int16)
    job.dataset_dir = write_dataset(tmp_path / "silent", [("请稍等。", silence)])
    with pytest.raises(NothingToLearn, match="it is silent"):
        job.run()


def test_it_refuses_a_changed_clip(job: Finetune, tmp_path: Path) -> None:
    job.dataset_dir = write_dataset(
        tmp_path / "data", [("请稍等。", hum(3.2, pitch_hz=99, seed=1))]
    )
    next((job.dataset_dir / "clips").iterdir()).write_bytes(b"something else")
    with pytest.raises(BadDataset, match="changed after it was frozen"):
        job.run()


def test_presets_follow_the_minutes_of_audio() -> None:
    names = [preset_for(minutes * 60_000).preset for minutes in (1, 4, 30, 31)]
    assert names == ["minute", "short", "medium", "long"]


def test_the_command_refuses_what_is_no_dataset(
    base_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = ["--dataset", str(tmp_path), "--base", str(base_dir), "--out", str(tmp_path / "v")]
    assert command.main(["finetune", *folders]) == 2
    assert "manifest.json cannot be read" in capsys.readouterr().err


def test_the_command_prints_a_finished_run_as_json(
    whole: Whole,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    job, result = whole.job, whole.result
    monkeypatch.setitem(PRESETS, "demo", CONFIG)
    folders = ["--dataset", job.dataset_dir, "--base", job.base_dir, "--out", job.out_dir]
    arguments = ["finetune", "--preset", "demo", *map(str, folders), "--work", str(job.work_dir)]
    assert command.main(arguments) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == json.loads(json.dumps(result.as_dict()))
    assert "not speech" in printed.err
