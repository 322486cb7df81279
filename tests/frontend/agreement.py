"""Compares the `compat` profile with recorded cases, one verdict per case."""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthesis.errors import EngineError
from synthesis.text import TextRun, compat, split_sentences
from synthesis.text.compat_split import split

Case = Mapping[str, Any]

CASES = Path(__file__).parent / "cases.jsonl"
# Below this score the language detector was guessing, and its guess is not held against us.
_TRUSTED_SCORE = 0.9


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of one case; ``difference`` is empty when it agrees."""

    id: str
    kind: str
    section: str
    text: str
    advisory: bool
    difference: str

    @property
    def agrees(self) -> bool:
        return not self.difference


def read_cases(path: Path) -> Iterator[Case]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _differing(got: list[str], expected: list[str]) -> str:
    matcher = difflib.SequenceMatcher(None, got, expected, autojunk=False)
    return "; ".join(
        f"[{' '.join(got[a:b])}] for [{' '.join(expected[c:d])}]"
        for operation, a, b, c, d in matcher.get_opcodes()
        if operation != "equal"
    )


def _phones_difference(case: Case, runs: tuple[TextRun, ...]) -> str:
    got = [phone for run in runs for phone in run.phones]
    accepted = case.get("phones_any") or [case["phones"]]
    if got not in accepted:
        return f"phones {_differing(got, accepted[0])}"
    if "ids" in case and [number for run in runs for number in run.ids] != case["ids"]:
        return "ids differ although phones agree"
    return ""


def _run_difference(run: TextRun, expected: Case) -> str:
    word2ph = None if run.word2ph is None else list(run.word2ph)
    if word2ph != expected["word2ph"]:
        return f"word2ph of {run.text!r}"
    if run.normalized != expected["norm"]:
        return f"normalised {run.normalized!r} for {expected['norm']!r}"
    return ""


def _compare_phones(case: Case) -> str:
    runs = compat.phonemize(case["text"], case["mode"], version=case["version"])
    if "error" in case:
        return ""
    got = [(run.language, run.text) for run in runs]
    expected = [(segment["lang"], segment["text"]) for segment in case["segments"]]
    if got != expected:
        return f"segments {got} for {expected}"
    mask = "".join(("1" if run.language == "zh" else "0") * len(run.phones) for run in runs)
    difference = _phones_difference(case, runs)
    if not difference and mask != case["bert_mask"]:
        return f"feature mask {mask} for {case['bert_mask']}"
    details = zip(runs, case["segments"], strict=True)
    return difference or "; ".join(filter(None, (_run_difference(*pair) for pair in details)))


def _compare_clean(case: Case) -> str:
    # Data preparation replaces these two before it cleans a transcript.
    text = case["text"].replace("%", "-").replace("￥", ",")
    run = compat.clean(case["lang"], text, version=case["version"])
    return "" if "error" in case else _phones_difference(case, (run,)) or _run_difference(run, case)


def _compare_segments(case: Case) -> str:
    got = split(case["text"], case["default_lang"])
    if "error" in case:
        return ""
    expected = [(piece["lang"], piece["text"]) for piece in case["pieces"]]
    return "" if got == expected else f"{got} for {expected}"


def _compare_sentences(case: Case) -> str:
    got = split_sentences(case["text"], case["lang"], method=case["method"])
    return "" if "error" in case or got == case["pieces"] else f"{got} for {case['pieces']}"


_COMPARE: dict[str, tuple[Callable[[Case], str], str]] = {
    "phones": (_compare_phones, "mode"),
    "clean": (_compare_clean, "lang"),
    "langseg": (_compare_segments, "default_lang"),
    "split": (_compare_sentences, "method"),
}


def judge(case: Case) -> Verdict:
    """Run one case; an engine error is an answer where the reference crashed or found nothing."""
    compare, section = _COMPARE[case["kind"]]
    try:
        difference = compare(case)
    except EngineError as refused:
        nothing = "error" in case or case.get("pieces") == []
        difference = "" if nothing else f"refused: {refused.message}"
    return Verdict(
        id=case["id"],
        kind=case["kind"],
        section=case[section] or "auto",
        text=case["text"],
        advisory=case.get("lid_min_score", 1.0) < _TRUSTED_SCORE,
        difference=difference,
    )
