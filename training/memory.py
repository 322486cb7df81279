"""How much memory this process has held, and how much of the machine's it could still take."""

import re
from pathlib import Path

BYTES_PER_KIB = 1024
_PROC = Path("/proc")
_CGROUP = Path("/sys/fs/cgroup")


def peak_bytes() -> int:
    """The most memory this process has held at once, since it began or since `forget_peak`.

    `getrusage` would answer with the parent's memory when that was larger: a started process
    inherits the figure.
    """
    return _kibibytes(_PROC / "self" / "status", "VmHWM")


def held_bytes() -> int:
    """What this process holds now."""
    return _kibibytes(_PROC / "self" / "status", "VmRSS")


def forget_peak() -> None:
    """Count the peak anew from what is held now."""
    (_PROC / "self" / "clear_refs").write_text("5", encoding="ascii")


def available_bytes() -> int:
    """What a new process could hold: of the machine, and within the limit of this container."""
    free = _kibibytes(_PROC / "meminfo", "MemAvailable")
    limit = _CGROUP / "memory.max"
    if limit.exists() and (most := limit.read_text(encoding="ascii").strip()) != "max":
        free = min(free, int(most) - _held_for_good())
    return max(0, free)


def _held_for_good() -> int:
    """What the container holds beside the pages of files, which are given up on demand."""
    held = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
    statistics = (_CGROUP / "memory.stat").read_text(encoding="ascii")
    cached = re.search(r"^inactive_file (\d+)$", statistics, re.MULTILINE)
    return held - (int(cached[1]) if cached else 0)


def _kibibytes(path: Path, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", path.read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        raise OSError(f"{path} does not tell {name}.")
    return int(found[1]) * BYTES_PER_KIB
