"""Keeps the generated passwords and keys of one stack in files that only its owner reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from voiceassets.runtime.layout import Layout


def secret(layout: Layout, name: str) -> str:
    """The secret of this name, generated when first asked for; its letters need no quoting."""
    path = layout.secrets / name
    if not path.exists():
        keep(path, secrets.token_urlsafe(36))
    return path.read_text().strip()


def keep(path: Path, value: str) -> None:
    """Writes the whole file or none of it, and leaves alone what another process just wrote."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
