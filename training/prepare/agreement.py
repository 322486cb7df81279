"""Checks that a transcript is what is said: by its length, and by a phone recogniser."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthesis.errors import EngineError
from synthesis.text import phonemize
from synthesis.text.symbols import SYMBOLS_V2
from training.data import PHONES_PER_S
from training.evaluation.recognizer import (
    Recognizer,
    best_alignment,
    best_alignments,
    log_probs,
    spoken,
)
from training.prepare.doubts import Doubt, DoubtCode
from training.prepare.sentences import languages_of

SHUFFLES: Final = 48
PAIR: Final = 2
"""Shuffled are pairs of phones: initial and final of a Mandarin syllable stay together, for any
Mandarin text fits Mandarin sound better than phones in an order that no syllable has."""
CLEARLY_BETTER: Final = 3.8
"""A right text beats its own phones in another order by many standard deviations, a wrong one by
two or three, unless it says nearly the same."""
FEWEST_PHONES: Final = 6
"""Fewer cannot be shuffled into something clearly different."""
MOST_IN_ANOTHER: Final = 0.6
_ID_OF: Final = {symbol: index + 1 for index, symbol in enumerate(SYMBOLS_V2)}


def doubt_of_text(
    wave_s: NDArray[np.float32],
    rate_hz: int,
    text: str,
    language: str,
    recognizer: Recognizer | None,
) -> Doubt | None:
    """Why a slice's text cannot be what is said in it; None when nothing speaks against it."""
    try:
        runs = phonemize(text, language)
    except EngineError as error:
        return Doubt(code=DoubtCode.WRONG_TEXT, message=f"It cannot be read aloud: {error.message}")
    phones = spoken([phone for run in runs for phone in run.phones])
    seconds = len(wave_s) / rate_hz
    slowest, fastest = PHONES_PER_S
    if not slowest <= len(phones) / seconds <= fastest:
        return Doubt(
            code=DoubtCode.WRONG_TEXT,
            message=f"{len(phones) / seconds:.1f} phones per second, which nobody speaks.",
        )
    if recognizer is None or len(phones) < FEWEST_PHONES:
        return None
    advantage = alignment_advantage(wave_s, rate_hz, phones, recognizer)
    if advantage >= CLEARLY_BETTER:
        return None
    return Doubt(
        code=DoubtCode.WRONG_TEXT,
        message=(
            "The sound fits these words hardly better than the same syllables in random order"
            f" ({advantage:.1f} standard deviations, {CLEARLY_BETTER:.1f} are needed)."
        ),
    )


def alignment_advantage(
    wave_s: NDArray[np.float32], rate_hz: int, phones: Sequence[str], recognizer: Recognizer
) -> float:
    """How much better the phones align with the sound than shuffled ones, in deviations of those.

    The comparison with itself makes it independent of length, of the recogniser's confidence and
    of the microphone; -inf when the phones do not fit into the sound at all.
    """
    found = log_probs(recognizer, wave_s, rate_hz).double().numpy()
    wanted = [_ID_OF[phone] for phone in phones]
    own = best_alignment(found, wanted)
    if not np.isfinite(own):
        return -np.inf
    chance = np.random.default_rng(len(wanted))
    others = best_alignments(found, np.array([_shuffled(wanted, chance) for _ in range(SHUFFLES)]))
    finite = others[np.isfinite(others)]
    if len(finite) < 2:
        return np.inf
    return float((own - finite.mean()) / max(finite.std(ddof=1), 1e-6))


def _shuffled(wanted: Sequence[int], chance: np.random.Generator) -> list[int]:
    pairs = [wanted[start : start + PAIR] for start in range(0, len(wanted), PAIR)]
    return [symbol for index in chance.permutation(len(pairs)) for symbol in pairs[index]]


def doubt_of_language(texts: Sequence[str], declared: str) -> Doubt | None:
    """Why the transcript is not in the language that a recording was said to be in."""
    if declared == "auto" or not texts:
        return None
    others = [language for language in languages_of(texts, declared) if language != declared]
    if len(others) < MOST_IN_ANOTHER * len(texts):
        return None
    spoken_in = " or ".join(map(repr, sorted(set(others))))
    return Doubt(
        code=DoubtCode.WRONG_LANGUAGE,
        message=(
            f"The recording is said to be in {declared!r}, but {len(others)} of {len(texts)}"
            f" sentences of the transcript are in {spoken_in}."
        ),
    )
