"""Phone errors and the fit of a transcript."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from synthesis.text.symbols import SYMBOLS_V2, ids_of
from training.evaluation.recognizer import (
    PhoneErrors,
    best_alignment,
    edit_distance,
    fit,
    greedy,
    phone_errors,
    spoken,
    toneless,
)

V = len(SYMBOLS_V2) + 1
PHONES = ("n", "i2", "h", "ao3")
SILENCE = np.zeros(16_000, np.float32)


class Hears:
    """A recogniser that hears the same phones in every sound, five frames each."""

    def __init__(self, phones: tuple[str, ...]) -> None:
        self.log_probs_tv = torch.full((5 * len(phones), V), -9.0)
        for index, symbol in enumerate(ids_of(phones, "v2")):
            self.log_probs_tv[5 * index : 5 * index + 3, symbol + 1] = -0.1
            self.log_probs_tv[5 * index + 3 : 5 * index + 5, 0] = -0.1

    def log_probs(self, wave_bs: Tensor) -> Tensor:
        return self.log_probs_tv[None]


def test_repetitions_and_blanks_are_not_phones() -> None:
    assert greedy(Hears(PHONES).log_probs_tv) == PHONES
    assert greedy(Hears(("a1", "a1")).log_probs_tv) == ("a1", "a1")


def test_a_wrong_tone_is_an_error_only_where_tones_count() -> None:
    found = phone_errors(Hears(("n", "i3", "h")), SILENCE, 16_000, (*PHONES, "."))
    assert found == PhoneErrors(errors=2, toneless_errors=1, phones=4)
    assert (found.rate, found.toneless_rate) == (0.5, 0.25)
    assert (found + found).phones == 8


def test_marks_are_not_spoken_and_the_name_of_a_final_keeps_its_digit() -> None:
    assert spoken((",", "s", "i03", ".")) == ("s", "i03")
    assert toneless(("s", "i03", "AH0", "ir4", "K")) == ("s", "i0", "AH", "ir", "K")


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


@pytest.mark.parametrize("wanted", [[1], [1, 2], [1, 1], [2, 1, 2]])
def test_the_best_alignment_is_that_of_all_paths(wanted: list[int]) -> None:
    chances = np.random.default_rng(5).dirichlet(np.ones(3), 6)
    scores = np.log(chances)

    def spells(path: tuple[int, ...]) -> list[int]:
        return [symbol for symbol, _ in itertools.groupby(path) if symbol]

    paths = (path for path in itertools.product(range(3), repeat=6) if spells(path) == wanted)
    best = max(sum(scores[t, symbol] for t, symbol in enumerate(path)) for path in paths)
    assert best_alignment(scores, wanted) == pytest.approx(best)


def test_a_transcript_fits_its_sound_better_than_another() -> None:
    hears = Hears(PHONES)
    assert fit(hears, SILENCE, 16_000, PHONES) == pytest.approx(0)
    assert fit(hears, SILENCE, 16_000, ("h", "ao3")) < -1
    assert fit(hears, SILENCE, 16_000, PHONES * 9) == -np.inf
