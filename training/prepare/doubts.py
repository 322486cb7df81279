"""What is wrong with a slice or a recording in a way that a person should hear and decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class DoubtCode(StrEnum):
    """Stable names of doubts; people see the message."""

    WRONG_TEXT = "wrong_text"
    WRONG_LANGUAGE = "wrong_language"
    ANOTHER_SPEAKER = "another_speaker"
    SEVERAL_VOICES = "several_voices"
    MACHINE_TEXT = "machine_text"


UNFIT_FOR_TRAINING: Final = frozenset(DoubtCode) - {DoubtCode.MACHINE_TEXT}
"""A slice with one of these is shown and not trained on until a person has cleared it."""
FIXES: Final[dict[DoubtCode, str]] = {
    DoubtCode.WRONG_TEXT: "Listen, and correct the text or leave the slice out.",
    DoubtCode.WRONG_LANGUAGE: "Upload the transcript in the language that is spoken.",
    DoubtCode.ANOTHER_SPEAKER: "Listen; keep the slices of the one speaker this voice belongs to.",
    DoubtCode.SEVERAL_VOICES: "Listen; leave out what is not one voice alone.",
    DoubtCode.MACHINE_TEXT: "Read what was written against the sound, and correct it.",
}


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One reason for a person to look, in words; how to clear it follows from the code."""

    code: DoubtCode
    message: str

    @property
    def fix(self) -> str:
        """What a person can do."""
        return FIXES[self.code]


def summarise(doubts_by_slice: Sequence[Sequence[Doubt]]) -> tuple[Doubt, ...]:
    """One doubt about the recording per kind of doubt about its slices, with the counts."""
    total = len(doubts_by_slice)
    summary = []
    for code in DoubtCode:
        found = [doubt for doubts in doubts_by_slice for doubt in doubts if doubt.code is code]
        if found:
            message = f"{len(found)} of {total} slices. The first: {found[0].message}"
            summary.append(Doubt(code=code, message=message))
    return tuple(summary)
