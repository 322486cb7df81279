"""Reads where this machine's pip gets packages, and tells uv, which does not look."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class PipSettings:
    """What pip has been told by its files and by PIP_… variables about getting packages."""

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    cert: str = ""
    no_index: bool = False

    def uv_flags(self) -> list[str]:
        flags = [f"--default-index={self.index_url}"] if self.index_url else []
        flags += [f"--index={url}" for url in self.extra_index_urls]
        flags += [f"--find-links={place}" for place in self.find_links]
        flags += [f"--allow-insecure-host={host}" for host in self.trusted_hosts]
        flags += ["--no-index"] if self.no_index else []
        # As pip does: look at every index, not only at the first that knows the name. The hashes
        # in the lock keep another index from slipping in a file of its own.
        return [*flags, "--index-strategy=unsafe-best-match"]

    def uv_environment(self) -> dict[str, str]:
        return {"SSL_CERT_FILE": self.cert} if self.cert else {}


def pip_settings(python: Path) -> PipSettings:
    """Asks the pip of this Python for its settings."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    return parse(listed.stdout)


def parse(listed: str) -> PipSettings:
    """Reads the lines `scope.name='value'` of `pip config list`; variables win over files."""
    values: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        key, equals, literal = line.partition("=")
        scope, _, name = key.rpartition(".")
        if equals and scope in {"global", "install", ":env:"}:
            values[name] = str(ast.literal_eval(literal))
    return PipSettings(
        index_url=values.get("index-url", ""),
        extra_index_urls=tuple(values.get("extra-index-url", "").split()),
        find_links=tuple(values.get("find-links", "").split()),
        trusted_hosts=tuple(values.get("trusted-host", "").split()),
        cert=values.get("cert", ""),
        no_index=values.get("no-index", "").lower() in {"1", "true", "yes", "on"},
    )
