"""How a Mandarin syllable becomes two phones: an initial-class symbol and a final with its tone."""

import re

_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s y w AA EE OO"
_FINALS = (
    "a ai an ang ao e ei en eng er i i0 ia ian iang iao ie in ing iong ir iu o ong ou u ua uai "
    "uan uang ui un uo v van ve vn E En"
)
MANDARIN_INITIALS = tuple(_INITIALS.split())
MANDARIN_FINALS = tuple(_FINALS.split())

# After these initials the letter i is not a vowel of its own but the buzz of the consonant.
_RETROFLEX = frozenset(("zh", "ch", "sh", "r"))
_DENTAL = frozenset(("z", "c", "s"))
_CONTRACTED = {"uei": "ui", "iou": "iu", "uen": "un"}
_AFTER_Y = {"i": "i", "in": "in", "ing": "ing", "ian": "En", "ie": "E"}
_ZERO_INITIAL = {"a": "AA", "e": "EE", "o": "OO"}

# Interjections whose reading is a bare nasal, and readings outside the inventory: the nearest
# syllable that the inventory can spell.
_NEAREST = {
    ("h", ""): ("h", "en"),
    ("m", ""): ("m", "u"),
    ("n", ""): ("EE", "en"),
    ("", "m"): ("m", "u"),
    ("", "n"): ("EE", "en"),
    ("", "ng"): ("EE", "en"),
    ("", "ê"): ("y", "E"),
    ("", "ong"): ("w", "eng"),
}


def syllable_phones(initial: str, final: str, tone: str) -> tuple[str, str] | None:
    """The two phones of one syllable in pypinyin's strict scheme, or None if it has no spelling.

    ``final`` carries no tone and writes u-umlaut as v; ``tone`` is one digit, 5 for neutral.
    """
    pair = _NEAREST.get((initial, final)) or _spell(initial, final)
    if pair is None or pair[1] not in MANDARIN_FINALS:
        return None
    return pair[0], pair[1] + tone


def _spell(initial: str, final: str) -> tuple[str, str] | None:
    if initial:
        if final == "i" and initial in _RETROFLEX:
            return initial, "ir"
        if final == "i" and initial in _DENTAL:
            return initial, "i0"
        return initial, _CONTRACTED.get(final, final)
    head = final[:1]
    if head == "i":
        return "y", _AFTER_Y.get(final, final[1:])
    if head == "u":
        return "w", final[1:] or "u"
    if head == "v":
        return "y", final
    if head in _ZERO_INITIAL:
        return _ZERO_INITIAL[head], final
    return None


def split_syllable(pinyin: str) -> tuple[str, str]:
    """A syllable in plain pinyin such as ``xuan2`` as strict initial and final with its tone.

    Raises `ValueError` when the syllable is not spelled like Mandarin with a tone from 1 to 5.
    """
    match = _SYLLABLE.fullmatch(pinyin.lower().replace("u:", "v").replace("ü", "v"))
    if match is None:
        raise ValueError(f"{pinyin!r} is not a pinyin syllable with a tone digit, such as zi4.")
    initial, final, tone = match[1] or "", match[2], match[3]
    if initial in ("y", "w"):
        final = _FULL_FORMS.get(initial + final, final)
        initial = ""
    elif initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    if syllable_phones(initial, final, tone) is None:
        raise ValueError(f"{pinyin!r} is not a syllable of Mandarin.")
    return initial, final + tone


_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?([aeiouv]+(?:ng|n|r)?)([1-5])")
_FULL_FORMS = {
    "yi": "i",
    "yin": "in",
    "ying": "ing",
    "yu": "v",
    "yue": "ve",
    "yuan": "van",
    "yun": "vn",
    "ya": "ia",
    "yan": "ian",
    "yang": "iang",
    "yao": "iao",
    "ye": "ie",
    "yong": "iong",
    "you": "iou",
    "yo": "o",
    "wu": "u",
    "wa": "ua",
    "wai": "uai",
    "wan": "uan",
    "wang": "uang",
    "wei": "uei",
    "wen": "uen",
    "weng": "ueng",
    "wo": "uo",
}
