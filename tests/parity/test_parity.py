"""The small recorded cases agree with the reference; the full-size ones run as a program."""

from pathlib import Path

import pytest

from tests.parity.program import load_runners, run_case, run_folder
from tests.parity.registry import Case, Check

CASES = Path(__file__).parent / "cases"
SALT = (CASES / "salt.txt").read_text(encoding="utf-8").strip()
SMALL = sorted(path for path in CASES.glob("*.npz") if "_full" not in path.stem)


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_it_agrees_with_the_reference(path: Path) -> None:
    load_runners()
    outcome = run_case(Case(path, SALT))
    assert outcome.verdict == "ok", outcome.line()


def test_other_weights_do_not_agree() -> None:
    load_runners()
    outcome = run_case(Case(CASES / "s1_small_greedy_naive.npz", "another salt"))
    assert outcome.verdict == "FAIL"


def test_a_broken_case_fails_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "salt.txt").write_text(SALT, encoding="utf-8")
    (tmp_path / "s1_small_noprompt.npz").write_bytes(b"not an archive")
    for name in ("s1_sampler.npz", "something_else.npz"):
        (tmp_path / name).write_bytes((CASES / "s1_sampler.npz").read_bytes())
    verdicts = {outcome.name: outcome.verdict for outcome in run_folder(tmp_path)}
    assert verdicts == {
        "s1_sampler": "ok",
        "s1_small_noprompt": "FAIL",
        "something_else": "unsupported",
    }


@pytest.mark.parametrize(
    ("error", "tolerance", "ok"),
    [(0.0, 0.0, True), (1.0, 0.0, False), (1e-6, 1e-5, True), (float("nan"), 1e-5, False)],
)
def test_a_check_passes_within_its_tolerance_only(error: float, tolerance: float, ok: bool) -> None:
    assert Check(what="x", error=error, tolerance=tolerance).ok is ok
