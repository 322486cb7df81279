"""Makes `.venv` with the locked packages; runs on any Python 3.11 or 3.12 and needs nothing else.

PyTorch is installed by pip, which honours a machine's own wheel folder and mirrors; everything
else by uv, from lock files that list neither PyTorch nor what belongs to CUDA.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from voiceassets.runtime.package_index import PipSettings, pip_settings

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "voice-assets.json"
LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"

PYTHON_RANGE = ((3, 11), (3, 13))
UV = "uv==0.13.9"
CPU_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What a complete run notes in the environment it has made."""

    fingerprint: str = ""
    dev: bool = False
    torch_from: str = ""


class BootstrapError(Exception):
    """The environment cannot be made; the message tells a person what to do."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m voiceassets.runtime.bootstrap")
    parser.add_argument("--dev", action="store_true", help="add what tests and checks need")
    parser.add_argument("--force", action="store_true", help="begin again with an empty .venv")
    options = parser.parse_args(argv)
    try:
        bootstrap(dev=options.dev, force=options.force)
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def bootstrap(*, dev: bool, force: bool = False) -> None:
    """Brings `.venv` up to the lock files; returns at once when it is.

    Raises:
        BootstrapError: this Python cannot do it, or a package cannot be had.
    """
    low, high = PYTHON_RANGE
    if not low <= sys.version_info[:2] < high:
        raise BootstrapError(
            f"This is Python {sys.version.split()[0]}; Voice Assets needs 3.11 or 3.12. "
            "Install one and name it: `make PYTHON=python3.11 …`."
        )
    wanted, noted = fingerprint(), read_stamp()
    if not force and noted.fingerprint == wanted and noted.dev >= dev:
        return
    dev = dev or noted.dev
    if force or not _usable(PYTHON):
        _make_venv()
    STAMP.unlink(missing_ok=True)
    settings = pip_settings(PYTHON)
    _install_locked(settings, [LOCK, DEV_LOCK] if dev else [LOCK])
    torch_from = _install_torch() or noted.torch_from
    _make_importable()
    stamp = Stamp(fingerprint=wanted, dev=dev, torch_from=torch_from)
    STAMP.write_text(json.dumps(asdict(stamp), indent=1) + "\n")
    print(f"{VENV} is ready.", flush=True)


def fingerprint() -> str:
    """Changes when the lock files, the pins of this file or the Python version change."""
    parts = [LOCK.read_bytes(), DEV_LOCK.read_bytes(), UV.encode(), torch_requirement().encode()]
    parts.append(".".join(map(str, sys.version_info[:2])).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def read_stamp() -> Stamp:
    """What the last complete run noted; empty when there was none."""
    try:
        return Stamp(**json.loads(STAMP.read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return Stamp()


def torch_requirement() -> str:
    """The one PyTorch the project is written for, as pyproject.toml pins it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    worker: list[str] = project["optional-dependencies"]["worker"]
    return next(line for line in worker if line.startswith("torch=="))


def has_nvidia_device() -> bool:
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/dxg").exists()


def _usable(python: Path) -> bool:
    """Whether the environment's Python runs and has the version of this one."""
    if not python.exists():
        return False
    ask = [str(python), "-c", "import sys, pip; print(*sys.version_info[:2])"]
    said = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    return said.split() == [str(part) for part in sys.version_info[:2]]


def _make_venv() -> None:
    print(f"Making {VENV} with Python {sys.version.split()[0]} …", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        _run([sys.executable, "-m", "venv", str(VENV)], "make a virtual environment")
    except BootstrapError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        raise BootstrapError(
            f"{error}\nThis Python may lack its `venv` part (Debian, Ubuntu: "
            f"`apt-get install python{version}-venv`)."
        ) from error


def _install_locked(settings: PipSettings, locks: list[Path]) -> None:
    print("Installing the locked packages …", flush=True)
    _pip("install", "--quiet", UV)
    files = [word for lock in locks for word in ("-r", str(lock))]
    # The lock is complete; resolving anew would ask for PyTorch, and get the one with CUDA.
    command = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--no-deps"]
    command += ["--python", str(PYTHON), *settings.uv_flags(), *files]
    _run(command, "install the packages of " + ", ".join(lock.name for lock in locks), settings)


def _install_torch() -> str:
    """Installs what pip offers, but never a CUDA build on a machine without such a device.

    Returns where it came from, "" when it was there already.
    """
    requirement = torch_requirement()
    version = requirement.partition("==")[2]
    if any((VENV / "lib").glob(f"python*/site-packages/torch-{version}*.dist-info")):
        return ""
    index: list[str] = []
    offer = _offered_torch(requirement, index)
    if sys.platform == "linux" and not has_nvidia_device() and not _is_cpu_build(offer):
        own_index = os.environ.get("VOICEASSETS_TORCH_INDEX", CPU_TORCH_INDEX)
        index = ["--extra-index-url", own_index]
        offer = _offered_torch(requirement, index)
        if not _is_cpu_build(offer):
            raise BootstrapError(
                f"This machine has no NVIDIA device, and {own_index} offers no CPU build of "
                f"{requirement}. Set VOICEASSETS_TORCH_INDEX to an index that does, or put the "
                "wheel into a folder that pip's `find-links` names."
            )
    print(f"Installing PyTorch from {offer['url']} …", flush=True)
    _pip("install", "--quiet", *index, requirement)
    return offer["url"]


def _offered_torch(requirement: str, index: list[str]) -> dict[str, str]:
    """The version pip would take and the URL it would take it from."""
    report = _pip(
        *("install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed", "--report=-"),
        *index,
        requirement,
    )
    (chosen,) = json.loads(report)["install"]
    return {"version": chosen["metadata"]["version"], "url": chosen["download_info"]["url"]}


def _is_cpu_build(offer: dict[str, str]) -> bool:
    return offer["version"].partition("+")[2] == "cpu"


def _make_importable() -> None:
    """Lets commands of the environment find the checkout from any folder."""
    for packages in (VENV / "lib").glob("python*/site-packages"):
        (packages / "voice-assets.pth").write_text(f"{ROOT}\n")


def _pip(*words: str) -> str:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *words]
    return _run(command, f"run `pip {' '.join(words)}`")


def _run(command: list[str], purpose: str, settings: PipSettings | None = None) -> str:
    env = {**os.environ, **(settings.uv_environment() if settings else {})}
    ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        said = (ran.stderr or ran.stdout).strip()
        raise BootstrapError(f"Cannot {purpose}:\n{said}")
    return ran.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
