"""A folder with a manifest that names every file and its SHA-256; anything else is refused.

Voice bundles and base models are such folders. The manifest is written last, so a folder whose
writing was interrupted has none and cannot be opened.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from synthesis.errors import BadBundle

SUFFIXES = frozenset({".safetensors", ".json", ".wav", ".txt"})
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class SealedFolder:
    """A verified folder: its manifest's content, and the digest that stands for the whole."""

    folder: Path
    content: Mapping[str, Any]
    sha256: str
    total_bytes: int

    def path(self, name: str) -> Path:
        """The path of a listed file; BadBundle when the manifest does not list it."""
        if name not in self.content["files"]:
            raise BadBundle(f"{name} is missing from {self.folder.name}.", data={"file": name})
        return self.folder / name


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def seal(folder: Path, manifest_name: str, content: Mapping[str, object]) -> None:
    """Write the manifest over every file that lies in `folder` now."""
    files = {
        name: {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        for name, path in _files(folder).items()
        if name != manifest_name
    }
    text = json.dumps({**content, "files": files}, indent=1, ensure_ascii=False, sort_keys=True)
    temporary = folder / f".{manifest_name}.new"
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(folder / manifest_name)


def open_sealed(folder: Path, manifest_name: str, *, kind: str, version: int) -> SealedFolder:
    """Read the manifest and verify every file; BadBundle names the first that is wrong."""
    manifest = folder / manifest_name
    try:
        raw = manifest.read_bytes()
        content = json.loads(raw)
    except OSError as error:
        raise _bad(folder, manifest_name, f"cannot be read; name the folder of a {kind}") from error
    except ValueError as error:
        raise _bad(folder, manifest_name, "is not JSON") from error
    if not isinstance(content, dict) or content.get("format") != kind:
        raise _bad(folder, manifest_name, f"does not describe a {kind}")
    if content.get("format_version") != version:
        found = content.get("format_version")
        raise _bad(
            folder, manifest_name, f"has format version {found}, this engine reads {version}"
        )
    files = content.get("files")
    if not isinstance(files, dict):
        raise _bad(folder, manifest_name, "lists no files")
    present = _files(folder)
    for name in present.keys() - files.keys() - {manifest_name}:
        raise _bad(folder, name, "is not listed in the manifest")
    total = len(raw)
    for name, entry in files.items():
        total += _verify(folder, name, entry)
    return SealedFolder(
        folder=folder,
        content=content,
        sha256=hashlib.sha256(raw).hexdigest(),
        total_bytes=total,
    )


def _verify(folder: Path, name: str, entry: object) -> int:
    """Check one listed file and return its size."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or parts.suffix not in SUFFIXES:
        raise _bad(folder, name, "is not an allowed file name")
    path = folder / name
    if not path.is_file() or path.is_symlink():
        raise _bad(folder, name, "is missing")
    if not isinstance(entry, dict) or file_sha256(path) != entry.get("sha256"):
        raise _bad(folder, name, "was altered: its SHA-256 is not the one in the manifest")
    return path.stat().st_size


def _files(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def _bad(folder: Path, name: str, problem: str) -> BadBundle:
    return BadBundle(f"{folder.name}: {name} {problem}.", data={"file": name})
