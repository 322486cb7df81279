"""No text that a request may carry keeps a regular expression of ours busy."""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.patterns import ROOT, attacks, patterns


def test_what_a_pattern_repeats_is_what_it_is_attacked_with() -> None:
    assert any(text.startswith("ab" * 100) for text in attacks(r"(?:[a-f]b)+c"))
    assert any(text.startswith("x=1111") for text in attacks(r"x=\d*;"))


def test_none_of_ours_is_slow() -> None:
    """In a process of its own: one that never ended could not be stopped otherwise."""
    assert len(list(patterns())) > 30
    found = subprocess.run(
        [sys.executable, "-m", "tests.architecture.patterns"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-2000:]
