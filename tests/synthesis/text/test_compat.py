"""Agreement of the compat profile with recorded results, case by case."""

import subprocess
import sys
from collections import defaultdict

import pytest

from synthesis.errors import EngineError, UnspeakableText
from synthesis.text import phonemize
from tests.frontend.agreement import CASES, judge, read_cases


@pytest.fixture(scope="module")
def shares() -> dict[tuple[str, str], float]:
    verdicts = defaultdict(list)
    for case in read_cases(CASES):
        verdict = judge(case)
        verdicts[verdict.kind, verdict.section].append(verdict.agrees)
    return {section: sum(agreed) / len(agreed) for section, agreed in verdicts.items()}


@pytest.mark.parametrize("mode", ["zh", "all_zh", "en", "yue", "all_yue", "ko", "all_ko"])
def test_phones_equal_the_recorded_ones(shares: dict[tuple[str, str], float], mode: str) -> None:
    assert shares["phones", mode] >= 0.99


@pytest.mark.parametrize("language", ["zh", "en", "ko", "yue"])
def test_cleaned_transcripts_equal_the_recorded_ones(
    shares: dict[tuple[str, str], float], language: str
) -> None:
    assert shares["clean", language] >= 0.99


@pytest.mark.parametrize("forced", ["auto", "zh"])
def test_languages_are_cut_as_recorded(shares: dict[tuple[str, str], float], forced: str) -> None:
    assert shares["langseg", forced] >= 0.95


@pytest.mark.parametrize("method", ["cut0", "cut1", "cut2", "cut3", "cut4", "cut5"])
def test_sentences_are_cut_as_recorded(shares: dict[tuple[str, str], float], method: str) -> None:
    # The one that differs is a run of 600 characters, which the reference leaves whole.
    assert shares["split", method] >= 6 / 7


def test_compat_keeps_the_misreading_of_a_short_amount() -> None:
    (run,) = phonemize("5元", "zh", profile="compat")
    assert run.normalized == "零点五元"


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(UnspeakableText):
        phonemize(" \n", "zh", profile="compat")


def test_a_language_that_v1_does_not_know_is_refused() -> None:
    with pytest.raises(EngineError, match="not one of"):
        phonemize("안녕", "ko", profile="compat", version="v1")


def test_importing_the_front_end_loads_neither_torch_nor_a_dictionary() -> None:
    program = (
        "import sys, synthesis.text;"
        "print(sorted({'torch', 'jieba', 'pypinyin', 'nltk', 'inflect'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
