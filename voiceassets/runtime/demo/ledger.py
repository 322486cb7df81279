"""Runs the steps of the story one by one, times them, prints them, and writes the report."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

WIDTH = 62


@dataclass(kw_only=True)
class Step:
    name: str
    ok: bool = False
    seconds: float = 0.0
    ids: dict[str, str] = field(default_factory=dict)
    detail: str = ""


class StoryBroken(Exception):
    """A step did not hold; those after it have nothing to stand on."""


class Ledger:
    """What happened, in order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._started_s = time.monotonic()

    def take(self, name: str, do: Callable[[Step], None]) -> None:
        """One step: `do` notes ids and a detail on it, and raises when the step does not hold."""
        step = Step(name=name)
        self.steps.append(step)
        started = time.monotonic()
        try:
            do(step)
            step.ok = True
        except Exception as error:
            # Whatever went wrong is a failed step, and the report must still be written.
            step.detail = f"{type(error).__name__}: {error}"
            traceback.print_exc()
            raise StoryBroken(name) from error
        finally:
            step.seconds = round(time.monotonic() - started, 2)
            print(
                f"  {'ok  ' if step.ok else 'FAIL'} {name:<{WIDTH}} {step.seconds:7.2f} s",
                flush=True,
            )
            if step.detail:
                print(f"       {step.detail}", flush=True)

    @property
    def ok(self) -> bool:
        return bool(self.steps) and all(step.ok for step in self.steps)

    def write(self, path: Path, **facts: Any) -> None:
        report = {
            "ok": self.ok,
            "seconds": round(time.monotonic() - self._started_s, 2),
            **facts,
            "steps": [asdict(step) for step in self.steps],
        }
        path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _show(step: Step) -> None:
    held = "ok  " if step.ok else "FAIL"
    print(f"  {held} {step.name:<{WIDTH}} {step.seconds:7.2f} s", flush=True)
    if step.detail:
        print(f"       {step.detail}", flush=True)
