"""Where the embedded stack keeps its files: one `var`, and sockets under a short path."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The base model that comes with the house.
STARTER_BASE = ROOT / "synthesis" / "bases" / "starter"

# A Unix socket path holds at most 107 bytes; this is the longest name we put into the folder.
SOCKET_PATH_MAX_BYTES = 107
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432.lock"


def default_var() -> Path:
    """`$VOICEASSETS_VAR` where it is set, else `var/` in the checkout."""
    return Path(os.environ.get("VOICEASSETS_VAR") or ROOT / "var")


def base_folder() -> Path:
    """`$BASE_MODEL_DIR` where it is set, else the base model that comes with the house."""
    return Path(os.environ.get("BASE_MODEL_DIR") or STARTER_BASE)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The folders and files below one `var`; nothing is created before `prepare()`."""

    var: Path

    @classmethod
    def at(cls, var: Path) -> Layout:
        return cls(var=var.absolute())

    @property
    def secrets(self) -> Path:
        return self.var / "secrets"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def database(self) -> Path:
        return self.var / "postgres"

    @property
    def first_login(self) -> Path:
        return self.secrets / "first-login.json"

    @property
    def state_file(self) -> Path:
        return self.var / "stack.json"

    @property
    def lock_file(self) -> Path:
        return self.var / "stack.lock"

    @cached_property
    def sockets(self) -> Path:
        """The folder of the sockets: `var/run`, or the short private folder it links to."""
        link = self.var / "run"
        if len(os.fsencode(link)) + len(LONGEST_SOCKET_NAME) <= SOCKET_PATH_MAX_BYTES:
            return link
        return link.readlink()

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Creates what is missing. Others may pass through `var`, and read nothing in it.

        A server started by root runs as another user and has to pass through.
        """
        self.var.mkdir(parents=True, exist_ok=True)
        self.var.chmod(0o711)
        for folder in (self.secrets, self.logs):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._prepare_sockets()

    def _prepare_sockets(self) -> None:
        link = self.var / "run"
        if len(os.fsencode(link)) + len(LONGEST_SOCKET_NAME) <= SOCKET_PATH_MAX_BYTES:
            link.mkdir(mode=0o700, exist_ok=True)
        elif not (link.is_symlink() and _is_private_folder(link.readlink())):
            # The default of `tempfile` may be as long as the path we flee from.
            link.unlink(missing_ok=True)
            link.symlink_to(tempfile.mkdtemp(prefix="voiceassets-", dir="/tmp"))


def _is_private_folder(path: Path) -> bool:
    """A folder only its owner may enter, and whose owner is the caller or was set by root."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return False
    ours = os.geteuid() in (0, facts.st_uid)
    return ours and stat.S_ISDIR(facts.st_mode) and stat.S_IMODE(facts.st_mode) == 0o700
