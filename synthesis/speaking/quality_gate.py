"""Judges one spoken sentence: its tokens against its phones, and its sound by itself.

Only what a trained voice never does is a fault. A base that was never trained to speak has no pace
and makes no pauses, so its voices are judged by what no sound may be: nothing, silent, endless.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.speaking import silence
from synthesis.types import Fault, Pcm

CODES_PER_SECOND = 25
# Phones of a second of speech when a voice's own pace is unknown.
USUAL_PACE = 11.0
SLOWEST, FASTEST = 3.0, 30.0
# A sentence may be so much slower or faster than the voice's own clip.
SLOWER, FASTER = 2.5, 2.2
# What a sentence may add or lack beyond its pace, whatever its length: a breath, or a lost pause.
SPARE_MORE_S, SPARE_LESS_S = 1.4, 0.25
PAUSE_S = 0.6
# The same codes again and again for so long is a loop; a held vowel or a pause is shorter.
LOOP_CODES = 30
LONGEST_LOOP = 12
FEWEST_ROUNDS = 4
LATEST_ONSET_MS = 900
LONGEST_HOLE_MS = 1_500
CLIPPED_SHARE = 1e-3
# A sentence that starts within this of its full level was cut into.
ONSET_DB = -3.0
MARKS = frozenset("!?…,.-")
UNHEARD_MARKS = frozenset(("[", "]", "_", "UNK", "空", "停"))

# From worst to least; a take is worse than another by its worst fault.
SEVERITY = {fault: rank for rank, fault in enumerate(reversed(Fault))}
UNUSABLE = frozenset((Fault.NO_TOKENS, Fault.NOT_A_NUMBER, Fault.SILENT))
JUDGED_ALWAYS = UNUSABLE | {Fault.RAN_AWAY}
SILENT_PEAK = 1e-4


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many phones the voice speaks in a second, and whether it can speak at all."""

    phones_per_second: float = USUAL_PACE
    speech: bool = True

    @classmethod
    def of_reference(cls, phones: int, codes: int, *, speech: bool) -> "Pace":
        """The pace of a voice's own clip; its trailing silence is not speech."""
        seconds = max(codes / CODES_PER_SECOND - PAUSE_S, 1.0)
        pace = min(max(phones / seconds, USUAL_PACE / 2), USUAL_PACE * 2)
        return cls(phones_per_second=pace if phones else USUAL_PACE, speech=speech)

    def fewest_codes(self, phones: Sequence[str]) -> int:
        """Fewer codes than this cannot hold these phones."""
        fastest = min(FASTEST, self.phones_per_second * FASTER)
        return int(CODES_PER_SECOND * max(0.0, heard(phones) / fastest - SPARE_LESS_S))

    def most_codes(self, phones: Sequence[str]) -> int:
        """More codes than this hold something else as well."""
        slowest = max(SLOWEST, self.phones_per_second / SLOWER)
        pauses = sum(phone in MARKS for phone in phones) * PAUSE_S
        return int(CODES_PER_SECOND * (heard(phones) / slowest + pauses + SPARE_MORE_S))


def heard(phones: Sequence[str]) -> int:
    """How many phones are sounds."""
    return sum(phone not in MARKS and phone not in UNHEARD_MARKS for phone in phones)


def judge_codes(phones: Sequence[str], codes: Sequence[int], pace: Pace) -> set[Fault]:
    """What is wrong with the codes of a sentence."""
    if not codes:
        return {Fault.NO_TOKENS}
    faults = set()
    if len(codes) < pace.fewest_codes(phones):
        faults.add(Fault.TOO_FEW_TOKENS)
    if len(codes) > pace.most_codes(phones):
        faults.add(Fault.TOO_MANY_TOKENS)
    if loops(codes):
        faults.add(Fault.TOKEN_LOOP)
    return faults if pace.speech else faults & JUDGED_ALWAYS


def loops(codes: Sequence[int]) -> bool:
    """Whether somewhere the same few codes follow each other again and again."""
    row: NDArray[np.int64] = np.asarray(codes, dtype=np.int64)
    for period in range(1, LONGEST_LOOP + 1):
        same = row[period:] == row[:-period]
        needed = max(LOOP_CODES, FEWEST_ROUNDS * period) - period
        if len(same) >= needed and _longest_run(same) >= needed:
            return True
    return False


def _longest_run(flags: NDArray[np.bool_]) -> int:
    ends = np.flatnonzero(~np.concatenate([[False], flags, [False]]))
    return int(np.diff(ends).max(initial=1)) - 1


def judge_sound(pcm: Pcm, sample_rate_hz: int, *, speech: bool = True) -> set[Fault]:
    """What is wrong with the sound of a sentence."""
    if not np.isfinite(pcm).all():
        return {Fault.NOT_A_NUMBER}
    if float(np.abs(pcm).max(initial=0.0)) <= SILENT_PEAK:
        return {Fault.SILENT}
    if not speech:
        return set()
    faults = set()
    if float((np.abs(pcm) >= 0.999).mean()) > CLIPPED_SHARE:
        faults.add(Fault.CLIPPING)
    loudness = silence.measure(pcm, sample_rate_hz)
    silences = loudness.runs()
    if any(start == 0 and end * silence.FRAME_MS > LATEST_ONSET_MS for start, end in silences):
        faults.add(Fault.LATE_ONSET)
    if len(loudness.frames_f) and loudness.frames_f[0] > loudness.speech_db + ONSET_DB:
        faults.add(Fault.CLIPPED_ONSET)
    inside = ((start, end) for start, end in silences if start and end < len(loudness.frames_f))
    if any((end - start) * silence.FRAME_MS > LONGEST_HOLE_MS for start, end in inside):
        faults.add(Fault.SILENCE_HOLE)
    return faults


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The worst first."""
    return tuple(sorted(faults, key=lambda fault: -SEVERITY[fault]))


def badness(faults: Collection[Fault]) -> tuple[int, int]:
    """Sorts takes: by the worst fault, then by how many there are."""
    return max((1 + SEVERITY[fault] for fault in faults), default=0), len(faults)


def tally(rejected: Iterable[Iterable[Fault]]) -> str:
    """Why takes were rejected, counted."""
    counted = Counter(fault.replace("_", " ") for faults in rejected for fault in faults)
    return ", ".join(f"{name} ({count})" for name, count in counted.items())
