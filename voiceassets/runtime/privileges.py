"""Runs a server as somebody other than root, without touching users or the rights of any folder."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from voiceassets.runtime.errors import StartError


@dataclass(frozen=True, kw_only=True)
class ServerUser:
    """The account a server runs as when the caller is root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a server's user lacks to get at files that lie in somebody else's private folders."""

    pass_folders: bool = False
    execute: bool = False

    @property
    def capabilities(self) -> str:
        names = ["+dac_read_search"] if self.pass_folders or self.execute else []
        return ",".join([*names, "+dac_override"] if self.execute else names)


NO_LACK = Reach()


def server_user() -> ServerUser | None:
    """`postgres`, else `nobody`, when the caller is root; None when the caller needs no other user.

    Raises:
        StartError: neither account exists.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StartError(
        "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` "
        "to run it as. Run this command as an ordinary user."
    )


def own(path: Path, user: ServerUser | None) -> None:
    if user is not None:
        os.chown(path, user.uid, user.gid)


def reach(user: ServerUser, *, files: Iterable[Path], programs: Iterable[Path]) -> Reach:
    """What `user` lacks to open `files` and to execute `programs` (access control lists unseen)."""
    executables = [path.resolve() for path in programs]
    folders = {
        parent
        for path in [*(path.resolve() for path in files), *executables]
        for parent in path.parents
    }
    return Reach(
        pass_folders=not all(_permits(folder, user, 0o1) for folder in folders),
        execute=not all(_permits(path, user, 0o5) for path in executables),
    )


def drop_command(user: ServerUser, need: Reach, *, death_signal: str) -> tuple[str, ...]:
    """The prefix of a command that runs as `user` and still passes through private folders.

    Raises:
        StartError: `setpriv` is not installed.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartError(
            f"The user `{user.name}` cannot enter the folder of this checkout or of its var/, and "
            "`setpriv` (package util-linux) is missing. Install it, or move the checkout to a "
            "folder others may enter, or run this command as an ordinary user."
        )
    return (
        setpriv,
        f"--reuid={user.uid}",
        f"--regid={user.gid}",
        "--clear-groups",
        f"--inh-caps={need.capabilities}",
        f"--ambient-caps={need.capabilities}",
        f"--pdeathsig={death_signal}",
        "--",
    )


def _permits(path: Path, user: ServerUser, bits: int) -> bool:
    """Whether the mode of `path` grants `user` all of `bits` (4 read, 2 write, 1 execute)."""
    facts = path.stat()
    mode = stat.S_IMODE(facts.st_mode)
    if facts.st_uid == user.uid:
        granted = mode >> 6
    elif facts.st_gid == user.gid:
        granted = mode >> 3
    else:
        granted = mode
    return granted & bits == bits
