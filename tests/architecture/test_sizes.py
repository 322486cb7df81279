"""A file that outgrew its subject is split before it grows further."""

from __future__ import annotations

from pathlib import Path

MOST_LINES = 500
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("voiceassets", "synthesis", "training", "tests")


def test_no_module_is_longer_than_500_lines() -> None:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert len(modules) > 100
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    long = {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > MOST_LINES}
    assert long == {}


def test_every_module_says_what_it_is_responsible_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
        if not path.read_text(encoding="utf-8").startswith(('"""', "#!"))
    ]
    assert silent == []
