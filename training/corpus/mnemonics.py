"""How the phones of the house are written for eSpeak NG, and how its phonemes are counted back.

Every phone becomes a known number of phonemes, so the events of an utterance either map one to
one or the utterance is not used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict

from synthesis.text.en import word_phones
from synthesis.text.pinyin_phones import split_syllable, syllable_phones
from training.corpus.espeak_library import espeak

ENGLISH_VOICE = "en-us"
MANDARIN_VOICE = "cmn-latn-pinyin"

_ARPABET = {
    "AA": "A:", "AE": "a", "AH": "V", "AO": "O:", "AW": "aU", "AY": "aI", "EH": "E", "ER": "3:",
    "EY": "eI", "IH": "I", "IY": "i:", "OW": "oU", "OY": "OI", "UH": "U", "UW": "u:",
    "B": "b", "CH": "tS", "D": "d", "DH": "D", "F": "f", "G": "g", "HH": "h", "JH": "dZ",
    "K": "k", "L": "l", "M": "m", "N": "n", "NG": "N", "P": "p", "R": "r", "S": "s", "SH": "S",
    "T": "t", "TH": "T", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "Z",
}  # fmt: skip
_UNSTRESSED = {"AH": "@", "ER": "3", "IY": "i"}
_STRESS = {"1": "'", "2": ",", "0": ""}
_TONES = {"1": "55", "2": "35", "3": "214", "4": "51", "5": "11"}
_LOW_TONE = "21"
# A neutral tone lies higher after a tone that ends low or rises.
_NEUTRAL_AFTER = {"2": "33", "3": "33"}
_WORD_END = "_"
# Initials that the library has no sound of their own for: they begin the vowel.
_GLIDES = frozenset(("y", "w", "AA", "EE", "OO"))
_ONSETS = frozenset(("j", "w"))
# A palatal off-glide, which the library adds or leaves out as it likes.
OFF_GLIDE = ";"
# A pause first, because the event of an utterance's first phoneme is sometimes lost.
_OPEN, _CLOSE = "[[_:|", "]]"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """What to hand to the library, and how many of its phonemes each phone takes.

    ``counts`` holds an entry per phone; 0 means that the phone is the beginning of the next one's
    first phoneme.
    """

    text: str
    counts: tuple[int, ...]
    names: tuple[str, ...]


class PhonesNotMapped(ValueError):
    """The phones cannot be said, or the library said something else."""


def english(phones: Sequence[str], words: Sequence[str]) -> Clause:
    """ARPAbet as a clause, parted into ``words`` where their phones are found in order."""
    starts = _word_starts(phones, words)
    parts: list[str] = []
    names: list[str] = []
    for index, phone in enumerate(phones):
        base, stress = (phone[:-1], phone[-1]) if phone[-1].isdigit() else (phone, "")
        if base not in _ARPABET:
            raise PhonesNotMapped(f"{phone} is not a phone of English")
        name = _UNSTRESSED[base] if stress == "0" and base in _UNSTRESSED else _ARPABET[base]
        names.append(name)
        separator = " " if index in starts else "|"
        parts.append(separator + (_STRESS[stress] if stress else "") + name)
    return Clause(
        text=_OPEN + "".join(parts).lstrip(" |") + _CLOSE,
        counts=(1,) * len(phones),
        names=tuple(names),
    )


def _word_starts(phones: Sequence[str], words: Sequence[str]) -> frozenset[int]:
    """Where words begin; empty when the words do not spell the phones."""
    starts: list[int] = []
    at = 0
    for word in words:
        spelled = word_phones(word)
        if tuple(phones[at : at + len(spelled)]) != tuple(spelled):
            return frozenset()
        starts.append(at)
        at += len(spelled)
    return frozenset(starts) if at == len(phones) else frozenset()


def mandarin(phones: Sequence[str]) -> Clause:
    """Initials and finals as a clause, a word per syllable."""
    if len(phones) % 2:
        raise PhonesNotMapped("a Mandarin clause is made of pairs")
    syllables: list[str] = []
    counts: list[int] = []
    names: list[str] = []
    before = ""
    for at in range(0, len(phones), 2):
        initial, final, tone = phones[at], phones[at + 1][:-1], phones[at + 1][-1]
        known = mandarin_syllables().get((initial, final))
        if known is None or tone not in _TONES:
            raise PhonesNotMapped(f"{initial} {final}{tone} is not a syllable of Mandarin")
        contour = _TONES[tone]
        if tone == "3" and at + 2 < len(phones):
            contour = _LOW_TONE
        if tone == "5":
            contour = _NEUTRAL_AFTER.get(before, contour)
        syllables.append("|".join(known).replace(_TONE_MARK, contour))
        onset = 1 if initial not in _GLIDES or known[0] in _ONSETS else 0
        counts.extend((onset, len(known) - onset))
        names.extend(part.replace(_TONE_MARK, "").lstrip("'") for part in known)
        before = tone
    return Clause(
        text=_OPEN + " ".join(syllables) + _CLOSE, counts=tuple(counts), names=tuple(names)
    )


_TONE_MARK = "^"


@cache
def mandarin_syllables() -> dict[tuple[str, str], tuple[str, ...]]:
    """Initial and final to the library's phonemes, a mark standing for the tone."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for pinyin in _spellings():
        parts = espeak().mnemonics(pinyin + "1", voice=MANDARIN_VOICE)
        parts = [part for part in parts if part not in (_WORD_END, OFF_GLIDE)]
        if sum("55" in part for part in parts) != 1:
            continue
        initial, final = split_syllable(pinyin + "1")
        phones = syllable_phones(initial, final[:-1], "1")
        if phones is None:
            continue
        found.setdefault(
            (phones[0], phones[1][:-1]), tuple(part.replace("55", _TONE_MARK) for part in parts)
        )
    return found


def _spellings() -> list[str]:
    """Every syllable that a Chinese character of the dictionary is read as, in plain pinyin."""
    plain = {
        to_normal(reading, v_to_u=False)
        for readings in pinyin_dict.values()
        for reading in readings.split(",")
    }
    return sorted(pinyin for pinyin in plain if _is_syllable(pinyin))


def _is_syllable(pinyin: str) -> bool:
    try:
        split_syllable(pinyin + "1")
    except ValueError:
        return False
    return True
