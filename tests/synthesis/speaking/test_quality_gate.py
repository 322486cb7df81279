"""What the gate takes for a fault, and what it lets pass."""

import numpy as np
import pytest

from synthesis.speaking.quality_gate import Pace, badness, judge_codes, judge_sound, loops
from synthesis.types import Fault, Pcm

RATE_HZ = 32_000
PACE = Pace()
PHONES = ("n", "i2", "h", "ao3", ",") * 6
CODES = list(range(60))


def spoken(*parts: tuple[str, float]) -> Pcm:
    """Sound made of stretches of `voice` and `nothing`, each so many seconds long."""
    chance = np.random.default_rng(1)
    pieces = []
    for kind, seconds in parts:
        count = int(seconds * RATE_HZ)
        level = 0.1 if kind == "voice" else 1e-5
        pieces.append(level * chance.standard_normal(count))
    sound = np.concatenate(pieces).astype(np.float32)
    # A voice rises and falls; nobody starts at full strength.
    sound[:640] *= np.linspace(0, 1, 640, dtype=np.float32)
    return sound


GOOD = spoken(("nothing", 0.1), ("voice", 1.2), ("nothing", 0.4), ("voice", 1.0), ("nothing", 0.1))


def test_a_good_sentence_passes() -> None:
    assert judge_codes(PHONES, CODES, PACE) == set()
    assert judge_sound(GOOD, RATE_HZ) == set()


@pytest.mark.parametrize(
    ("codes", "fault"),
    [
        ([], Fault.NO_TOKENS),
        (list(range(8)), Fault.TOO_FEW_TOKENS),
        (list(range(400)), Fault.TOO_MANY_TOKENS),
        ([*range(20), *([7] * 40)], Fault.TOKEN_LOOP),
        ([*range(20), *([7, 8, 9, 10, 11] * 8), 5], Fault.TOKEN_LOOP),
    ],
)
def test_codes_that_do_not_fit_the_phones_are_faults(codes: list[int], fault: Fault) -> None:
    assert judge_codes(PHONES, codes, PACE) == {fault}


def test_a_held_sound_and_a_word_said_twice_are_no_loops() -> None:
    assert not loops([*range(30), *([5] * 20), *range(30)])
    assert not loops([*range(40), *range(40)])


def test_the_voices_own_pace_moves_the_bounds() -> None:
    slow = Pace.of_reference(40, 25 * 8, speech=True)
    fast = Pace.of_reference(80, 25 * 5, speech=True)
    assert slow.most_codes(PHONES) > fast.most_codes(PHONES)
    assert slow.fewest_codes(PHONES) > fast.fewest_codes(PHONES)


@pytest.mark.parametrize(
    ("pcm", "fault"),
    [
        (np.full(RATE_HZ, np.nan, dtype=np.float32), Fault.NOT_A_NUMBER),
        (np.zeros(RATE_HZ, dtype=np.float32), Fault.SILENT),
        (spoken(("nothing", 1.5), ("voice", 1.0)), Fault.LATE_ONSET),
        (spoken(("voice", 1.0))[640:], Fault.CLIPPED_ONSET),
        (
            spoken(("nothing", 0.1), ("voice", 1.0), ("nothing", 2), ("voice", 1)),
            Fault.SILENCE_HOLE,
        ),
        (np.clip(20 * GOOD, -1, 1), Fault.CLIPPING),
    ],
)
def test_sound_that_no_voice_makes_is_a_fault(pcm: Pcm, fault: Fault) -> None:
    assert judge_sound(pcm, RATE_HZ) == {fault}


def test_a_base_that_cannot_speak_is_not_judged_by_how_it_speaks() -> None:
    noise = spoken(("voice", 3.0))[640:]
    assert judge_codes(PHONES, [7] * 400, Pace(speech=False)) == set()
    assert judge_sound(noise, RATE_HZ, speech=False) == set()
    assert judge_codes(PHONES, [], Pace(speech=False)) == {Fault.NO_TOKENS}


def test_no_sound_is_worse_than_any_number_of_blemishes() -> None:
    blemishes = {Fault.CLIPPING, Fault.LATE_ONSET, Fault.TOO_MANY_TOKENS}
    assert badness({Fault.SILENT}) > badness(blemishes) > badness({Fault.CLIPPING}) > badness(set())
