"""Runs every parity case of a folder and reports on each."""

import importlib
import pkgutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

import tests.parity
from tests.parity.registry import Case, Check, runner_for


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The verdict on one case: "ok", "FAIL" or "unsupported"."""

    name: str
    verdict: str
    what: str = ""
    error: float = 0.0
    tolerance: float = 0.0
    seconds: float = 0.0

    def line(self) -> str:
        """One row of the printed report."""
        if self.verdict == "unsupported":
            return f"{self.name:36} {'':35} unsupported"
        return (
            f"{self.name:36} error {self.error:9.3g}  tolerance {self.tolerance:9.3g}"
            f"  {self.verdict:4} {self.what} ({self.seconds:.1f} s)"
        )

    def as_dict(self) -> dict[str, object]:
        """For the JSON report."""
        return asdict(self)


def load_runners() -> None:
    """Import every `cases_*` module beside this one, which registers its runners."""
    for module in pkgutil.iter_modules(tests.parity.__path__):
        if module.name.startswith("cases_"):
            importlib.import_module(f"tests.parity.{module.name}")


def run_folder(folder: Path) -> Iterator[Outcome]:
    """Run every case file of a folder, in name order."""
    load_runners()
    salt = (folder / "salt.txt").read_text(encoding="utf-8").strip()
    for path in sorted(folder.glob("*.npz")):
        yield run_case(Case(path, salt))


def run_case(case: Case) -> Outcome:
    """Run one case; the check nearest to its limit speaks for it."""
    run = runner_for(case.name)
    if run is None:
        return Outcome(name=case.name, verdict="unsupported")
    started = time.perf_counter()
    torch.manual_seed(0)
    try:
        checks = list(run(case))
    except Exception as error:  # noqa: BLE001 - a broken case must not hide the other verdicts
        return Outcome(name=case.name, verdict="FAIL", what=f"{type(error).__name__}: {error}")
    if not checks:
        return Outcome(name=case.name, verdict="FAIL", what="nothing was compared")
    worst: Check = max(checks, key=lambda check: (check.severity, check.tolerance))
    return Outcome(
        name=case.name,
        verdict="ok" if all(check.ok for check in checks) else "FAIL",
        what=worst.what,
        error=worst.error,
        tolerance=worst.tolerance,
        seconds=time.perf_counter() - started,
    )
