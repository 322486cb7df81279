"""`make lock`: writes the exact versions and hashes that `bootstrap` installs, without PyTorch.

What is locked stays as it is while it fits pyproject.toml; `--upgrade` takes the newest instead.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from voiceassets.runtime.bootstrap import DEV_LOCK, LOCK, PYTHON, ROOT, VENV
from voiceassets.runtime.package_index import PipSettings, pip_settings

OLDEST_PYTHON = "3.11"
EXTRAS = ("worker", "embedded")
# PyTorch's own build decides whether these are wanted, and pip brings them along with it.
LEFT_TO_PIP = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)")

HEADER = "# Made by `make lock` from pyproject.toml; PyTorch is installed apart, see {bootstrap}.\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    settings = pip_settings(PYTHON)
    known = "" if parser.parse_args().upgrade else LOCK.read_text() + DEV_LOCK.read_text()
    LOCK.write_text(_file(resolve(settings, EXTRAS, known=known)))
    base = _requirements(LOCK.read_text())
    every = (*EXTRAS, "onnx", "watermark", "dev")
    with_dev = _requirements(resolve(settings, every, known=known, constraints=LOCK))
    DEV_LOCK.write_text(_file("".join(block for block in with_dev if block not in base)))
    return 0


def resolve(
    settings: PipSettings, extras: tuple[str, ...], *, known: str, constraints: Path | None = None
) -> str:
    """The requirements for every supported Python and platform, with hashes.

    A version of `known`, the text of a lock file, is taken where it fits.

    Raises:
        subprocess.CalledProcessError: no set of versions fits; uv has said why.
    """
    with tempfile.NamedTemporaryFile("w") as fresh:
        fresh.write(known)
        fresh.flush()
        command = [str(VENV / "bin" / "uv"), "pip", "compile", str(ROOT / "pyproject.toml")]
        command += ["--quiet", "--universal", f"--python-version={OLDEST_PYTHON}"]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--strip-extras"]
        command += [f"--extra={extra}" for extra in extras]
        command += [f"--constraints={constraints}"] if constraints else []
        command += [*settings.uv_flags(), f"--output-file={fresh.name}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return Path(fresh.name).read_text()


def _requirements(text: str) -> list[str]:
    """The requirements of a lock file, each with the hashes that follow it."""
    return re.findall(r"^[A-Za-z0-9][^\n]*\n(?:    [^\n]*\n)*", text, flags=re.MULTILINE)


def _file(resolved: str) -> str:
    kept = [
        block
        for block in _requirements(resolved)
        if not LEFT_TO_PIP.fullmatch(re.split(r"[=<> ]", block, maxsplit=1)[0])
    ]
    return HEADER.format(bootstrap="voiceassets/runtime/bootstrap.py") + "".join(kept)


if __name__ == "__main__":
    sys.exit(main())
