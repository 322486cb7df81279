"""What the working folder of a fine-tune remembers: whose it is, its tracked run, its result."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from synthesis.bundles.bundle import VoiceBundle
from synthesis.errors import BadBundle, EngineError
from training.config import FinetuneConfig
from training.data import Dropped
from training.files import claim, read_json, write_json
from training.milestones import CURVES
from training.prepare.manifest import Manifest
from training.start import Start
from training.tracking import Tracker, code_version
from training.voice import FirstSentence


class AnotherRun(EngineError):
    """The working folder belongs to a fine-tune with other inputs."""

    code = "another_run"


@dataclass(frozen=True, kw_only=True)
class FinetuneResult:
    """What a fine-tune made, from what, and how it went.

    `metrics` and `steps` are by stage; `chosen` says after how many steps of each the voice was
    best. `report_dir` holds the report, if sentences were scored. `dropped` are the clips that a
    stage could not learn from, `held_out` how many it was measured on instead. `tracking_failure`
    says why nothing, or not everything, was tracked; the voice does not depend on it.
    """

    bundle_dir: Path
    bundle_sha256: str
    metrics: dict[str, dict[str, float]]
    steps: dict[str, int]
    chosen: dict[str, int]
    report_dir: Path | None
    dataset_hash: str
    base_hash: str
    base_speaks: bool
    audio_ms: int
    clips: int
    dropped: tuple[Dropped, ...]
    first_sentence: FirstSentence
    code_version: str
    mlflow_run_id: str | None
    tracking_failure: str | None
    held_out: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `from_dict` is the reverse."""
        return {
            **asdict(self),
            "bundle_dir": str(self.bundle_dir),
            "report_dir": self.report_dir and str(self.report_dir),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "FinetuneResult":
        """Read what `as_dict` gave."""
        return cls(
            **{
                **values,
                "bundle_dir": Path(values["bundle_dir"]),
                "report_dir": values["report_dir"] and Path(values["report_dir"]),
                "dropped": tuple(Dropped(**entry) for entry in values["dropped"]),
                "first_sentence": FirstSentence(**values["first_sentence"]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """The working folder of one fine-tune; what lies in it survives the process."""

    folder: Path

    @property
    def features(self) -> Path:
        """Where extracted clips are cached."""
        return self.folder / "features"

    @property
    def curves(self) -> Path:
        """What the stages measured, step by step."""
        return self.folder / CURVES

    @property
    def report(self) -> Path:
        """How the kept checkpoints spoke."""
        return self.folder / "report"

    @property
    def first_sentence(self) -> Path:
        """Where the new voice's first words are kept."""
        return self.folder / "first_sentence.wav"

    def claim(self, config: FinetuneConfig, dataset: Manifest, start: Start) -> None:
        """Make the folder this fine-tune's own, or find that it already is.

        Raises:
            AnotherRun: it belongs to a fine-tune with other inputs.
        """
        identity = {
            "config": config.as_dict(),
            "dataset": dataset.content_sha256,
            "base": start.base.sha256,
            "voice": start.voice.sha256 if start.voice else None,
        }
        if changed := claim(self.folder / "run.json", identity):
            raise AnotherRun(
                f"{self.folder} belongs to a fine-tune with another {' and '.join(changed)};"
                " give this one an empty folder.",
                data={"changed": changed},
            )

    def finished(self, out_dir: Path) -> FinetuneResult | None:
        """Return the result of an earlier call, if its bundle still is where it was written."""
        values = read_json(self.folder / "result.json")
        if values is None:
            return None
        result = FinetuneResult.from_dict(values)
        try:
            written = VoiceBundle.open(out_dir)
        except BadBundle:
            return None
        same = result.bundle_dir == out_dir and result.bundle_sha256 == written.sha256
        return result if same else None

    def finish(self, result: FinetuneResult) -> None:
        """Remember the result."""
        write_json(self.folder / "result.json", result.as_dict())

    def begin_tracking(
        self, tracker: Tracker, config: FinetuneConfig, dataset: Manifest, start: Start
    ) -> None:
        """Open the tracked run, or the one that an earlier, killed call had opened."""
        path = self.folder / "tracking.json"
        earlier = (read_json(path) or {}).get("run_id")
        tracker.begin(
            name=f"finetune {dataset.content_sha256[:12]}",
            facts={
                **_flat(config.as_dict()),
                "dataset.sha256": dataset.content_sha256,
                "dataset.clips": len(dataset.clips),
                "dataset.audio_ms": dataset.duration_ms,
                "base.sha256": start.base.sha256,
                "base.name": start.base.name,
            },
            tags={
                "code_version": code_version(),
                "dataset": dataset.content_sha256,
                "base": start.base.sha256,
            },
            run_id=earlier,
        )
        if tracker.run_id is not None and tracker.run_id != earlier:
            write_json(path, {"run_id": tracker.run_id})


def _flat(settings: dict[str, Any]) -> dict[str, Any]:
    """Give nested settings dotted names."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": inner for name, inner in _flat(value).items()}
        else:
            flat[key] = value
    return flat
