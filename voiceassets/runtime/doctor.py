"""Looks at every part the platform needs, says where each came from, and what to do about gaps."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from voiceassets.runtime import state
from voiceassets.runtime.binaries import find_postgres, find_redis
from voiceassets.runtime.bootstrap import PYTHON_RANGE, read_stamp
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import ROOT, Layout, base_folder
from voiceassets.runtime.postgres import existing_major
from voiceassets.runtime.privileges import server_user

DISK_NEEDED_GB = 5.0
IMPORT_TIMEOUT_S = 120

REINSTALL = "run `python3 -m voiceassets.runtime.bootstrap --force`"

# Import name, distribution name; `synthesis` first, which makes torchaudio importable without CUDA.
NATIVE_PACKAGES = {
    "torch": "torch",
    "torchaudio": "torchaudio",
    "transformers": "transformers",
    "av": "av",
    "soundfile": "soundfile",
    "onnxruntime": "onnxruntime",
}
# Installed is enough: importing them takes seconds and proves little.
OTHER_PACKAGES = ("django", "celery", "psycopg2-binary", "mlflow", "silero-vad", "safetensors")

IMPORT_ALL = """
import importlib, json, sys
found = {}
importlib.import_module("synthesis")
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        found[name] = ""
    except Exception as error:
        found[name] = f"{type(error).__name__}: {error}".splitlines()[0]
print(json.dumps(found))
"""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One part: what it is, and when it is not well, what to do."""

    part: str
    version: str
    origin: str
    ok: bool
    missing: str = ""


def examine(layout: Layout) -> tuple[Finding, ...]:
    """Every part in the order in which the stack comes to need it; changes nothing."""
    return (
        python(),
        account(),
        postgres(layout),
        redis(),
        *native_packages(),
        *(package(name) for name in OTHER_PACKAGES),
        base_model(),
        disk(layout),
        stack(layout),
    )


def print_findings(findings: Sequence[Finding]) -> int:
    """Prints a table; returns 0 when nothing is missing, else 1."""
    for found in findings:
        mark = "ok" if found.ok else "MISSING"
        print(f"{mark:<8}{found.part:<16}{found.version:<16}{found.origin}")
        if found.missing:
            print(f"{'':<8}{'':<16}{found.missing}")
    gaps = sum(not found.ok for found in findings)
    print("Nothing is missing." if not gaps else f"{gaps} of {len(findings)} parts need attention.")
    return 1 if gaps else 0


def python() -> Finding:
    low, high = PYTHON_RANGE
    ok = low <= sys.version_info[:2] < high
    return Finding(
        part="python",
        version=platform.python_version(),
        origin=sys.executable,
        ok=ok,
        missing="" if ok else "Use Python 3.11 or 3.12: `make PYTHON=python3.11 up`.",
    )


def account() -> Finding:
    """Who runs the servers; root needs another user and, for private folders, `setpriv`."""
    try:
        user = server_user()
    except StartError as error:
        return Finding(part="account", version="root", origin="", ok=False, missing=str(error))
    if user is None:
        return Finding(part="account", version=f"uid {os.geteuid()}", origin="caller", ok=True)
    note = "" if shutil.which("setpriv") else "Without setpriv, folders must be open to this user."
    origin = f"root, servers run as {user.name}"
    return Finding(part="account", version="uid 0", origin=origin, ok=True, missing=note)


def postgres(layout: Layout) -> Finding:
    try:
        found = find_postgres(major=existing_major(layout))
    except StartError as error:
        return Finding(part="postgres", version="-", origin="-", ok=False, missing=str(error))
    origin = f"{found.origin}, {found.folder}"
    return Finding(part="postgres", version=found.version, origin=origin, ok=True)


def redis() -> Finding:
    try:
        found = find_redis()
    except StartError as error:
        return Finding(part="redis", version="-", origin="-", ok=False, missing=str(error))
    origin = f"{found.origin}, {found.path}"
    return Finding(part="redis", version=found.version, origin=origin, ok=True)


def native_packages() -> tuple[Finding, ...]:
    """Packages with compiled parts, which can be installed and still not load; tried in a child."""
    try:
        tried = subprocess.run(
            [sys.executable, "-c", IMPORT_ALL, *NATIVE_PACKAGES],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=IMPORT_TIMEOUT_S,
            check=False,
        )
        errors: dict[str, str] = json.loads(tried.stdout or "{}")
        failure = (tried.stderr.splitlines() or ["it ended without a word"])[-1]
    except subprocess.TimeoutExpired:
        errors, failure = {}, f"importing took over {IMPORT_TIMEOUT_S} s"
    return tuple(
        package(distribution, problem=errors.get(name, failure))
        for name, distribution in NATIVE_PACKAGES.items()
    )


def package(distribution: str, *, problem: str = "") -> Finding:
    """An installed Python package; `problem` is why it does not load."""
    try:
        facts = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        advice = f"Not installed: {REINSTALL}."
        return Finding(part=distribution, version="-", origin="-", ok=False, missing=advice)
    return Finding(
        part=distribution,
        version=facts.version,
        origin=_origin(facts),
        ok=not problem,
        missing=f"Does not load ({problem}): {REINSTALL}." if problem else "",
    )


def base_model() -> Finding:
    folder = base_folder()
    description = folder / "base.json"
    if not description.is_file():
        advice = (
            "No voice can be trained. Unset BASE_MODEL_DIR, or let it name the folder of a base."
        )
        return Finding(part="base model", version="-", origin=str(folder), ok=False, missing=advice)
    facts = json.loads(description.read_text())
    note = "" if facts["speech"] else "Its weights are random: what it trains does not speak yet."
    return Finding(
        part="base model", version=facts["name"], origin=str(folder), ok=True, missing=note
    )


def disk(layout: Layout) -> Finding:
    existing = next(path for path in (layout.var, *layout.var.parents) if path.exists())
    free_gb = shutil.disk_usage(existing).free / 1e9
    ok = free_gb >= DISK_NEEDED_GB
    return Finding(
        part="disk",
        version=f"{free_gb:.1f} GB free",
        origin=str(existing),
        ok=ok,
        missing="" if ok else f"Free at least {DISK_NEEDED_GB:g} GB.",
    )


def stack(layout: Layout) -> Finding:
    """Whether it runs; not running is no gap."""
    seen = state.read(layout) if state.is_running(layout) else None
    return Finding(
        part="stack",
        version="running" if seen else "not running",
        origin=seen.url if seen else str(layout.var),
        ok=True,
    )


def _origin(facts: importlib.metadata.Distribution) -> str:
    """Where PyTorch was taken from, which the bootstrap notes; of others, where they lie."""
    if facts.name == "torch" and (noted := read_stamp().torch_from):
        return str(noted)
    return str(facts.locate_file(""))
