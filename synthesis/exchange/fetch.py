"""Fetches published weights file by file: a pinned revision, resumable, each verified by SHA-256.

The hub's names are known here. Its revision and digests come from the operator, in a pins file:

    repository = "lj1995/GPT-SoVITS"
    revision = "<commit, 40 hex digits>"
    [sha256]
    "s1v3.ckpt" = "<64 hex digits>"
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError
from huggingface_hub.file_download import get_hf_file_metadata, http_get

from synthesis.bundles.sealed_folder import file_sha256
from synthesis.errors import EngineError
from synthesis.exchange.import_base import VOCABULARIES, published_files

REPOSITORY = "lj1995/GPT-SoVITS"
NEWEST = "main"
# What is publicly known of these files: the MD5 of their first 8192 bytes.
KNOWN_HEADS = {
    "s2G488k.pth": "dc3c97e17592963677a4a1681f30c653",
    "gsv-v2final-pretrained/s2G2333k.pth": "6642b37f3dbb1f76882b69937c95a5f3",
    "v2Pro/s2Gv2Pro.pth": "c7e9fce2223f3db685cdfa1e6368728a",
    "v2Pro/s2Gv2ProPlus.pth": "66b313e39455b57ab1b0bc0b239c9d0a",
}
HEAD_BYTES = 8192
COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class FetchFailed(EngineError):
    """A file could not be fetched, or is not the one that was pinned."""

    code = "fetch_failed"


class NotThere(FetchFailed):
    """The hub has no such file."""

    code = "not_there"


class NotPinned(EngineError):
    """The pins file is missing, malformed, or does not name every file."""

    code = "not_pinned"


@dataclass(frozen=True, kw_only=True)
class Pins:
    """Exactly which files are meant: a commit of a repository, and a SHA-256 per file."""

    repository: str
    revision: str
    sha256: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> "Pins":
        """Read a pins file; NotPinned says what is wrong with it."""
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotPinned(
                f"{path} does not exist. This project does not know the hub's revision or digests:"
                " let `fetch NAME --pin` write the file from what the hub says today, compare it"
                " with a source you trust, and fetch again."
            ) from error
        except (OSError, ValueError) as error:
            raise NotPinned(f"{path} cannot be read as TOML: {error}.") from error
        revision, digests = content.get("revision"), content.get("sha256")
        if not isinstance(revision, str) or not COMMIT.fullmatch(revision):
            raise NotPinned(f"{path}: revision must be a whole commit of 40 hex digits.")
        if not isinstance(digests, dict):
            raise NotPinned(f"{path} has no table [sha256].")
        for name, digest in digests.items():
            if not isinstance(digest, str) or not SHA256.fullmatch(digest):
                raise NotPinned(f"{path}: the SHA-256 of {name} must be 64 hex digits.")
        repository = str(content.get("repository", REPOSITORY))
        return cls(repository=repository, revision=revision, sha256=digests)

    def write(self, path: Path) -> None:
        """Write what `read` reads."""
        lines = [f'repository = "{self.repository}"', f'revision = "{self.revision}"', "[sha256]"]
        lines += [f'"{name}" = "{digest}"' for name, digest in sorted(self.sha256.items())]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def fetch(version: str, folder: Path, *, pins: Pins, mirror: str | None = None) -> list[Path]:
    """Bring a version's files into `folder`; what is there and right is not fetched again.

    `mirror` is the address of a hub; without one HF_ENDPOINT or the public hub is asked. A stopped
    download goes on where it ended. Raises NotPinned, FetchFailed.
    """
    names = _pinned_names(version, pins)
    fetched = []
    for name in names:
        path = folder / name
        if not path.exists() or file_sha256(path) != pins.sha256[name]:
            _fetch_one(name, path, pins, mirror)
        fetched.append(path)
    return fetched


def pin(version: str, folder: Path, *, mirror: str | None = None) -> Pins:
    """What the hub says today of a version's files; small ones are fetched to be measured."""
    digests: dict[str, str] = {}
    revision = NEWEST
    for name in (*published_files(version), *VOCABULARIES):
        try:
            found = _ask(name, REPOSITORY, revision, mirror)
        except NotThere:
            if name in VOCABULARIES:
                continue
            raise
        revision = found.revision
        if SHA256.fullmatch(found.etag):
            digests[name] = found.etag
        else:
            path = folder / f"{name}.unpinned"
            path.unlink(missing_ok=True)
            _download(found, path, name)
            digests[name] = file_sha256(path)
            path.unlink()
    pins = Pins(repository=REPOSITORY, revision=revision, sha256=digests)
    _pinned_names(version, pins)
    return pins


def _pinned_names(version: str, pins: Pins) -> list[str]:
    """The files of a version; NotPinned when one of them, or the vocabulary, has no digest."""
    required = published_files(version)
    vocabulary = [name for name in VOCABULARIES if name in pins.sha256][:1]
    lacking = [name for name in required if name not in pins.sha256]
    if not vocabulary:
        lacking.append(" or ".join(VOCABULARIES))
    if lacking:
        raise NotPinned(f"No SHA-256 is pinned for {', '.join(lacking)}; add it to the pins file.")
    return [*required, *vocabulary]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Where the hub keeps a file."""

    url: str
    revision: str
    etag: str
    size: int | None


def _ask(name: str, repository: str, revision: str, mirror: str | None) -> _Found:
    url = hf_hub_url(repository, name, revision=revision, endpoint=mirror)
    try:
        # Published weights need no account, so no token of this machine is ever sent.
        found = get_hf_file_metadata(url, token=False)
    except EntryNotFoundError as error:
        raise NotThere(f"The hub has no file {name} at {url}.", data={"file": name}) from error
    except (httpx2.HTTPError, HfHubHTTPError, OSError) as error:
        raise FetchFailed(
            f"{name} could not be asked for at {url}: {_line(error)}. Check the network, or name a"
            " mirror with --mirror or HF_ENDPOINT.",
            data={"file": name},
        ) from error
    if found.commit_hash is None or not COMMIT.fullmatch(found.commit_hash) or found.etag is None:
        raise FetchFailed(f"{url} is not answered by a hub.", data={"file": name})
    if revision not in (NEWEST, found.commit_hash):
        raise FetchFailed(
            f"The hub answers for {name} with revision {found.commit_hash}, not {revision}.",
            data={"file": name},
        )
    return _Found(url=found.location, revision=found.commit_hash, etag=found.etag, size=found.size)


def _fetch_one(name: str, path: Path, pins: Pins, mirror: str | None) -> None:
    """Fetch beside `path` under a name that holds the digest, verify, and move it there."""
    digest = pins.sha256[name]
    part = path.with_name(f"{path.name}.{digest[:16]}.part")
    _download(_ask(name, pins.repository, pins.revision, mirror), part, name)
    actual = file_sha256(part)
    if actual != digest:
        part.unlink()
        raise FetchFailed(
            f"{name} has SHA-256 {actual}, not the pinned {digest}; it was not kept.",
            data={"file": name, "expected": digest, "actual": actual},
        )
    known = KNOWN_HEADS.get(name)
    if known is not None and _head_md5(part) != known:
        part.unlink()
        raise FetchFailed(
            f"{name} does not begin as the published file does, whatever its pin says; it was not"
            " kept.",
            data={"file": name},
        )
    part.replace(path)


def _download(found: _Found, part: Path, name: str) -> None:
    """Write the file to `part`, from where it ends if it exists; the progress bar is the hub's."""
    part.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    if found.size is not None and have > found.size:
        part.unlink()
        have = 0
    try:
        with part.open("ab") as file:
            http_get(
                found.url,
                file,
                resume_size=have,
                expected_size=found.size,
                displayed_filename=name,
            )
    except (httpx2.HTTPError, HfHubHTTPError, OSError) as error:
        raise FetchFailed(
            f"{name} could not be fetched: {_line(error)}. Fetch again: what has come is kept.",
            data={"file": name},
        ) from error


def _head_md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.md5(file.read(HEAD_BYTES), usedforsecurity=False).hexdigest()


def _line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
