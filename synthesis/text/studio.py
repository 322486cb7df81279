"""The `studio` profile: our own normaliser and splitter, then the same phones.

A text is folded to known characters, cut into clauses, each clause's numbers and signs are read in
the clause's language, and the words are cut by script.  Nothing that could be spoken is lost, and
what cannot be is reported with its offset.
"""

import re
from functools import cache
from typing import Any

from synthesis.errors import UnspeakableText
from synthesis.text import en, en_spoken, ja, ja_spoken, ko, ko_spoken, yue, zh, zh_spoken
from synthesis.text.characters import prepare
from synthesis.text.compat import check_mode
from synthesis.text.en_names import say_names
from synthesis.text.en_normalize import strip_accents
from synthesis.text.packaged_tables import imported
from synthesis.text.runs import TextRun
from synthesis.text.scripts import Piece, clause_language, clauses, script_runs
from synthesis.text.symbols import UNKNOWN, ids_of, inventory
from synthesis.text.zh_normalize import keep_speakable

_FEWEST_PHONES = 6
_SPEAK = {
    "zh": zh_spoken.speak,
    "yue": zh_spoken.speak,
    "en": en_spoken.speak,
    "ja": ja_spoken.speak,
    "ko": ko_spoken.speak,
}
_PAUSES = str.maketrans(
    {
        **dict.fromkeys("，；：、（）()〔〕【】[]{}—–", ","),
        **dict.fromkeys("。", "."),
        **dict.fromkeys('“”‘「」『』《》〈〉"·', ""),
        **dict.fromkeys("~〜～", "…"),
        "！": "!",
        "？": "?",
        "\n": ".",
        "’": "'",
        ";": ",",
        ":": ",",
        "|": ",",
        "<": "",
        ">": "",
        "′": "",
        "″": "",
    }
)
_MARK_RUN = re.compile(r"[!?…,.](?:[\s\-]*[!?…,.])+")
_CLOSING = re.compile(r"[!?.]")


@cache
def _simplifier() -> Any:
    return imported("opencc").OpenCC("t2s")


def _strongest(match: re.Match[str]) -> str:
    closing = _CLOSING.search(match[0])
    return closing[0] if closing else match[0][0]


def _pauses(text: str) -> str:
    """The six marks only, and of several in a row the first that closes, else the first."""
    return _MARK_RUN.sub(_strongest, text.translate(_PAUSES).replace("...", "…"))


def _pieces(text: str, mode: str) -> list[Piece]:
    pieces: list[Piece] = []
    main = ""
    for clause in clauses(text):
        main = clause_language(clause, text, mode, main)
        for language, piece in script_runs(_pauses(_SPEAK[main](clause)), main):
            if pieces and (pieces[-1][0] == language or not re.search(r"\w", piece)):
                pieces[-1] = (pieces[-1][0], pieces[-1][1] + piece)
            else:
                pieces.append((language, piece))
    return pieces


def _english(piece: str) -> tuple[str, list[str]]:
    spoken = re.sub(r"\s-|-\s", ", ", say_names(piece).replace("…", "."))
    plain = re.sub(r"\s+", " ", strip_accents(spoken)).strip()
    normalized = re.sub(r" (?=[,.?!])", "", plain)
    return normalized, en.normalized_phones(normalized, pad=False)


def _phones(language: str, piece: str, version: str) -> tuple[str, list[str], list[int] | None]:
    if language == "en":
        return (*_english(piece), None)
    if language == "ja":
        return piece, ja.normalized_phones(piece), None
    if language == "ko":
        return piece, ko.normalized_phones(piece), None
    simplified = keep_speakable(_simplifier().convert(piece))
    if language == "yue":
        return (simplified, *yue.normalized_phones(simplified))
    return (
        simplified,
        *zh.normalized_phones(simplified, erhua=version != "v1", whole_sentence=True),
    )


def phonemize(text: str, language: str, *, version: str) -> tuple[TextRun, ...]:
    """Runs of a text; fewer than six phones in all are led by the phone of a full stop."""
    check_mode(language, version)
    prepared = prepare(text)
    pieces = _pieces(prepared.text, language)
    spoken = [(lang, piece, *_phones(lang, piece, version)) for lang, piece in pieces]
    if not any(phone.isalnum() for _, _, _, phones, _ in spoken for phone in phones):
        raise UnspeakableText(
            "The text has nothing that can be spoken: write words or numbers.",
            data={"unspoken": [list(part) for part in prepared.unspoken]},
        )
    table = inventory(version)
    runs: list[TextRun] = []
    short = sum(len(phones) for _, _, _, phones, _ in spoken) < _FEWEST_PHONES
    for index, (lang, piece, normalized, phones, word2ph) in enumerate(spoken):
        # A phone, never a character: text in front of a number would change its value.
        lead = short and index == 0
        known = tuple(
            phone if phone in table else UNKNOWN for phone in ([".", *phones] if lead else phones)
        )
        runs.append(
            TextRun(
                language=lang,
                text=piece,
                normalized="." + normalized if lead else normalized,
                phones=known,
                ids=ids_of(known, version),
                word2ph=None if word2ph is None else ((1,) if lead else ()) + tuple(word2ph),
                unspoken=prepared.unspoken if index == 0 else (),
            )
        )
    return tuple(runs)
