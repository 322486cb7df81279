"""Tracking in MLflow without a server, and training that does not depend on it."""

from pathlib import Path

import pytest

from training.tracking import MlflowTracker, code_version

# SQLAlchemy deprecates what MLflow's own tables use.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")


def test_a_run_is_kept_in_a_file_and_a_resumed_one_goes_on_in_it(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow/mlflow.db"
    sound = tmp_path / "sample.wav"
    sound.write_bytes(b"sound")

    first = MlflowTracker(uri, experiment="voices")
    first.begin(name="run", facts={"seed": 7, "dataset": "abc"}, tags={"code": "c"}, run_id=None)
    first.log("acoustic", 1, {"loss": 3.0})
    first.finish("KILLED")
    second = MlflowTracker(uri, experiment="voices")
    second.begin(name="run", facts={"seed": 7}, tags={}, run_id=first.run_id)
    second.log("acoustic", 2, {"loss": 2.0})
    second.artifact(sound, "audio")
    second.finish("FINISHED")

    assert (first.failure, second.failure) == (None, None)
    assert first.run_id is not None
    assert first.run_id == second.run_id

    from mlflow.tracking import MlflowClient  # slow, and only these tests need it

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    run = client.get_run(first.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"seed": "7", "dataset": "abc"}
    assert run.data.tags["code"] == "c"
    history = client.get_metric_history(first.run_id, "acoustic/loss")
    assert [(point.step, point.value) for point in history] == [(1, 3.0), (2, 2.0)]
    assert [entry.path for entry in client.list_artifacts(first.run_id, "audio")] == [
        "audio/sample.wav"
    ]
    assert list((tmp_path / "mlflow" / "artifacts").rglob("sample.wav"))


def test_a_server_that_is_not_there_costs_the_curves_and_nothing_else(tmp_path: Path) -> None:
    # Port 9 on the loopback answers nobody.
    tracker = MlflowTracker("http://someone:secret@127.0.0.1:9", experiment="voices")
    tracker.begin(name="run", facts={}, tags={}, run_id=None)
    tracker.log("acoustic", 1, {"loss": 1.0})
    tracker.flush()
    tracker.artifact(tmp_path, "audio")
    tracker.finish("FINISHED")
    assert tracker.run_id is None
    assert tracker.failure is not None
    assert "could not open a run" in tracker.failure
    assert "secret" not in tracker.failure


def test_the_code_version_is_a_commit_or_a_release() -> None:
    assert len(code_version()) >= 5
