"""Where the curves and facts of a run are kept: MLflow, or nowhere; the only user of mlflow."""

import logging
import os
import shutil
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

log = logging.getLogger(__name__)
LONGEST_VALUE = 500
METRICS_PER_CALL = 500
SQLITE = "sqlite:///"


class Tracker(Protocol):
    """What training tells about itself. No method raises because a server cannot be reached."""

    @property
    def run_id(self) -> str | None:
        """The tracked run, for resuming and for a link; None when nothing is tracked."""

    @property
    def failure(self) -> str | None:
        """Why tracking gave up, in words; None while it works."""

    def begin(
        self, *, name: str, facts: Mapping[str, Any], tags: Mapping[str, str], run_id: str | None
    ) -> None:
        """Open a run, or go on with the one named `run_id`."""

    def log(self, stage: str, step: int, metrics: Mapping[str, float]) -> None:
        """Note what a step measured; it may be kept back until `flush`."""

    def flush(self) -> None:
        """Hand over what was kept back."""

    def artifact(self, path: Path, folder: str) -> None:
        """Keep a copy of a file with the run."""

    def finish(self, status: str) -> None:
        """Close the run as FINISHED, KILLED or FAILED."""


class NullTracker:
    """Tracks nothing."""

    run_id: str | None = None
    failure: str | None = None

    def begin(
        self, *, name: str, facts: Mapping[str, Any], tags: Mapping[str, str], run_id: str | None
    ) -> None: ...

    def log(self, stage: str, step: int, metrics: Mapping[str, float]) -> None: ...

    def flush(self) -> None: ...

    def artifact(self, path: Path, folder: str) -> None: ...

    def finish(self, status: str) -> None: ...


class MlflowTracker:
    """Tracks in MLflow: a server's address, or `sqlite:///path/mlflow.db` without any server.

    Artefacts go where the server keeps them, or for a file into `artifact_folder`, by default
    `artifacts` beside it.

    Tracking serves the training, never the other way round: the first error is logged and kept in
    `failure`, and from then on nothing more is tracked.
    """

    def __init__(self, uri: str, *, experiment: str, artifact_folder: Path | None = None) -> None:
        self._uri = uri
        self._experiment = experiment
        self._artifact_folder = artifact_folder or _beside_the_file(uri)
        self._client: MlflowClient | None = None
        self._pending: list[tuple[str, float, int, int]] = []
        self.run_id: str | None = None
        self.failure: str | None = None

    def begin(
        self, *, name: str, facts: Mapping[str, Any], tags: Mapping[str, str], run_id: str | None
    ) -> None:
        with self._attempt("open a run"):
            self._client = client = _connect(self._uri)
            if run_id is not None:
                client.update_run(run_id, status="RUNNING")
            else:
                run = client.create_run(self._experiment_id(client), tags=dict(tags), run_name=name)
                run_id = str(run.info.run_id)
                for key, value in facts.items():
                    client.log_param(run_id, key, str(value)[:LONGEST_VALUE])
            self.run_id = run_id

    def log(self, stage: str, step: int, metrics: Mapping[str, float]) -> None:
        now_ms = time.time_ns() // 1_000_000
        self._pending += [(f"{stage}/{key}", value, now_ms, step) for key, value in metrics.items()]

    def flush(self) -> None:
        pending, self._pending = self._pending, []
        if self._client is None or self.run_id is None or not pending:
            return
        with self._attempt("log metrics"):
            # A slow import, paid for by `begin` already.
            from mlflow.entities import Metric

            for first in range(0, len(pending), METRICS_PER_CALL):
                part = pending[first : first + METRICS_PER_CALL]
                self._client.log_batch(self.run_id, metrics=[Metric(*entry) for entry in part])

    def artifact(self, path: Path, folder: str) -> None:
        if self._client is not None and self.run_id is not None:
            with self._attempt(f"keep {path.name}"):
                self._client.log_artifact(self.run_id, str(path), folder)

    def finish(self, status: str) -> None:
        self.flush()
        if self._client is not None and self.run_id is not None:
            with self._attempt("close the run"):
                self._client.set_terminated(self.run_id, status)

    def _experiment_id(self, client: "MlflowClient") -> str:
        found = client.get_experiment_by_name(self._experiment)
        if found is not None:
            return str(found.experiment_id)
        location = self._artifact_folder.resolve().as_uri() if self._artifact_folder else None
        return client.create_experiment(self._experiment, artifact_location=location)

    @contextmanager
    def _attempt(self, what: str) -> Iterator[None]:
        # Slow imports of what a tracked run needs anyway.
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (MlflowException, SQLAlchemyError, OSError) as error:
            failure = f"MLflow at {self._uri} could not {what}: {error}"
            self.failure = _without_password(failure, self._uri)
            self._client = None
            log.warning("%s", self.failure)


class RunsNotErased(Exception):
    """MLflow could not be reached, or did not delete what it was asked to."""


def erase_runs(uri: str, *, experiment: str, tag: str, values: Collection[str]) -> int:
    """Delete every run whose `tag` has one of these values, its artefacts first.

    A run's row stays marked as deleted, with its curves and hashes, until `mlflow gc` removes it.
    Returns how many runs there were, deleted ones included.

    Raises:
        RunsNotErased: some of it is still there.
    """
    if not values or (uri.startswith(SQLITE) and not Path(uri.removeprefix(SQLITE)).exists()):
        return 0
    client = _connect(uri)
    # Slow imports, paid for by the client already.
    from mlflow.entities import LifecycleStage, ViewType
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
    from sqlalchemy.exc import SQLAlchemyError

    found = 0
    try:
        known = client.get_experiment_by_name(experiment)
        ids = [known.experiment_id] if known else []
        for value in values if ids else ():
            for run in client.search_runs(
                ids, f"tags.{tag} = '{value}'", run_view_type=ViewType.ALL
            ):
                kept: Any = get_artifact_repository(run.info.artifact_uri)
                kept.delete_artifacts()
                if run.info.lifecycle_stage == LifecycleStage.ACTIVE:
                    client.delete_run(run.info.run_id)
                found += 1
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise RunsNotErased(_without_password(f"MLflow at {uri}: {error}", uri)) from error
    return found


def _beside_the_file(uri: str) -> Path | None:
    """MLflow would put the artefacts of a file into whatever folder the process was started in."""
    return Path(uri.removeprefix(SQLITE)).parent / "artifacts" if uri.startswith(SQLITE) else None


def _connect(uri: str) -> "MlflowClient":
    """Open a client that reports nothing to strangers and does not wait for a dead server."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    if uri.startswith(SQLITE):
        Path(uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    # Importing mlflow takes seconds, so only a tracked run pays for it.
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _without_password(text: str, uri: str) -> str:
    password = urlsplit(uri).password
    return text.replace(f":{password}@", ":***@") if password else text


@cache
def code_version() -> str:
    """The commit this code was checked out at, or the installed package's version, if any.

    Asked once per process: a commit made later does not change the code that runs.
    """
    git = shutil.which("git")
    folder = Path(__file__).parent
    if git is not None:
        command = [git, "-C", str(folder), "rev-parse", "HEAD"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return asked.stdout.strip()
    try:
        return metadata.version("voice-assets")
    except metadata.PackageNotFoundError:  # a bare copy of the source
        return "unversioned"
