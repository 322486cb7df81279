"""The `studio` profile: our own normaliser and splitter, then the same phones.

A text is folded to known characters, cut into clauses, each clause's numbers and signs are read in
the clause's language, and the words are cut by script.  Nothing that could be spoken is lost, and
what cannot be is reported with its offset.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from synthesis.errors import UnspeakableText
from synthesis.text import en, en_spoken, ja, ja_spoken, ko, ko_spoken, yue, zh, zh_spoken
from synthesis.text.characters import homophone, prepare
from synthesis.text.compat import check_mode
from synthesis.text.en_names import say_names
from synthesis.text.en_normalize import strip_accents
from synthesis.text.lexicon import Lexicon
from synthesis.text.markup import Language, Part, Pause, Plain, Reading, parse
from synthesis.text.packaged_tables import imported
from synthesis.text.pinyin_phones import syllable_phones
from synthesis.text.runs import TextRun
from synthesis.text.scripts import Piece, clause_language, clauses, script_runs
from synthesis.text.symbols import UNKNOWN, ids_of, inventory
from synthesis.text.zh_normalize import MARKS

_FEWEST_PHONES = 6
# Folding and aliases may lengthen a text of a thousand characters by so much.
LONGEST_READ = 1500
_NO_WORDS = Lexicon(())
_INTERJECTIONS = str.maketrans("嗯呣", "恩母")
_SPEAK = {
    "zh": zh_spoken.speak,
    "yue": zh_spoken.speak,
    "en": en_spoken.speak,
    "ja": ja_spoken.speak,
    "ko": ko_spoken.speak,
}
# Forms in names that OpenJTalk's dictionary does not have.
_JAPANESE_NAMES = str.maketrans("髙﨑濵", "高崎浜")
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
_HAN_HYPHEN = re.compile(r"(?<=[\u4e00-\u9fff])\s?-\s?(?=[\u4e00-\u9fff])")
_CLOSING = re.compile(r"[!?.]")


@cache
def _simplifier() -> Any:
    return imported("opencc").OpenCC("t2s")


def _strongest(match: re.Match[str]) -> str:
    closing = _CLOSING.search(match[0])
    return closing[0] if closing else match[0][0]


def _pauses(text: str) -> str:
    """The six marks only, and of several in a row the first that closes, else the first."""
    marks = text.translate(_PAUSES).replace("...", "…")
    return _MARK_RUN.sub(_strongest, _HAN_HYPHEN.sub(",", marks))


@dataclass(frozen=True, kw_only=True)
class _Spoken:
    language: str
    text: str
    normalized: str
    phones: list[str]
    word2ph: list[int] | None
    why: str = "prescribed by markup or lexicon"


@dataclass(kw_only=True)
class _Marked:
    """Folded text in which prescribed readings stand as private characters."""

    language: str
    text: str = ""
    readings: list[Reading] = field(default_factory=list)
    syllables: list[tuple[str, str]] = field(default_factory=list)
    unspoken: list[tuple[int, str]] = field(default_factory=list)

    def add(self, part: Part) -> None:
        if isinstance(part, Pause):
            self.text += "，"
        elif isinstance(part, Plain):
            prepared = prepare(part.text)
            self.text += prepared.text
            places = ((part.offset + offset, text) for offset, text in prepared.unspoken)
            self.unspoken.extend(places)
        elif isinstance(part, Reading) and _is_spelled_out(part):
            for char, syllable in zip(part.text, part.syllables, strict=True):
                self.text += char + chr(_SYLLABLES[0] + len(self.syllables))
                self.syllables.append(syllable)
        elif isinstance(part, Reading):
            self.text += chr(_READINGS[0] + len(self.readings))
            self.readings.append(part)


# Private characters: one stands for a text with its reading, one follows a character with its.
_READINGS = range(0xE000, 0xF000)
_SYLLABLES = range(0xF000, 0xF900)
_READING = re.compile("([\ue000-\uefff])")
_FOREIGN = re.compile(rf"[^\u4e00-\u9fa5\uf000-\uf8ff{re.escape(MARKS)}]")


def _is_spelled_out(part: Reading) -> bool:
    return bool(re.fullmatch(r"[\u4e00-\u9fa5]+", part.text)) and len(part.text) == len(
        part.syllables
    )


def _marked(text: str, mode: str, lexicon: Lexicon) -> list[_Marked]:
    spans = [_Marked(language=mode)]
    for written in parse(text):
        for part in lexicon.parts(written) if isinstance(written, Plain) else (written,):
            if isinstance(part, Language):
                spans.append(_Marked(language=part.code or mode))
            else:
                spans[-1].add(part)
    return spans


def _pieces(text: str, mode: str) -> list[Piece]:
    pieces: list[Piece] = []
    main = ""
    for clause in clauses(text.lstrip(' ,，、【（([《“"')):
        main = clause_language(clause, text, mode, main)
        # The rules know simplified words; Japanese keeps its own forms.
        written = (
            clause.translate(_JAPANESE_NAMES) if main == "ja" else _simplifier().convert(clause)
        )
        for stretch in _READING.split(_pauses(_SPEAK[main](written))):
            if _READING.fullmatch(stretch):
                pieces.append(("", stretch))
                continue
            for language, piece in script_runs(stretch, main):
                joins = pieces and (pieces[-1][0] == language or not re.search(r"\w", piece))
                if joins and pieces[-1][0]:
                    pieces[-1] = (pieces[-1][0], pieces[-1][1] + piece)
                else:
                    pieces.append((language, piece))
    return pieces


def _mandarin(piece: str, span: _Marked, version: str) -> tuple[str, list[str], list[int]]:
    kept = _FOREIGN.sub("", piece.translate(_INTERJECTIONS))
    normalized = ""
    prescribed: dict[int, tuple[str, str]] = {}
    for char in kept:
        if ord(char) in _SYLLABLES:
            prescribed[len(normalized) - 1] = span.syllables[ord(char) - _SYLLABLES[0]]
        else:
            normalized += char
    phones, word2ph = zh.normalized_phones(
        normalized, erhua=version != "v1", whole_sentence=True, prescribed=prescribed
    )
    return normalized, phones, word2ph


def _english(piece: str) -> tuple[str, list[str]]:
    spoken = re.sub(r"\s-|-\s", ", ", say_names(piece).replace("…", "."))
    plain = re.sub(r"\s+", " ", strip_accents(spoken)).strip()
    normalized = re.sub(r",(?:\s*,)+", ",", re.sub(r" (?=[,.?!])", "", plain))
    return normalized, en.normalized_phones(normalized, pad=False)


def _prescribed(reading: Reading) -> _Spoken:
    if not reading.syllables:
        return _Spoken(
            language=reading.language,
            text=reading.text,
            normalized=reading.text,
            phones=list(reading.phones),
            word2ph=None,
        )
    spelled = [
        syllable_phones(initial, final[:-1], final[-1]) or ()
        for initial, final in reading.syllables
    ]
    # Characters that sound so stand in for a text that the feature encoder cannot read.
    sounding = "".join(homophone(initial, final) for initial, final in reading.syllables)
    complete = len(sounding) == len(spelled)
    return _Spoken(
        language="zh",
        text=reading.text,
        normalized=sounding if complete else reading.text,
        phones=[phone for pair in spelled for phone in pair],
        word2ph=[2] * len(sounding) if complete else None,
    )


def _speak_piece(language: str, piece: str, span: _Marked, version: str) -> _Spoken:
    if not language:
        return _prescribed(span.readings[ord(piece) - _READINGS[0]])
    word2ph: list[int] | None = None
    if language == "en":
        normalized, phones = _english(piece)
    elif language == "zh":
        normalized, phones, word2ph = _mandarin(piece, span, version)
    elif language == "yue":
        normalized = _FOREIGN.sub("", piece)
        phones, word2ph = yue.normalized_phones(normalized)
    else:
        normalized = piece
        phones = (ja if language == "ja" else ko).normalized_phones(piece)
    asked = language == span.language.removeprefix("all_")
    return _Spoken(
        language=language,
        text=piece,
        normalized=normalized,
        phones=phones,
        word2ph=word2ph,
        why="language of the request" if asked else "script of the words",
    )


def _run(spoken: _Spoken, version: str, *, lead: bool) -> TextRun:
    table = inventory(version)
    # A phone, never a character: text in front of a number would change its value.
    phones = [".", *spoken.phones] if lead else spoken.phones
    known = tuple(phone if phone in table else UNKNOWN for phone in phones)
    return TextRun(
        language=spoken.language,
        text=spoken.text,
        normalized="." + spoken.normalized if lead else spoken.normalized,
        phones=known,
        ids=ids_of(known, version),
        word2ph=None if spoken.word2ph is None else ((1,) if lead else ()) + tuple(spoken.word2ph),
        why=spoken.why,
    )


def _require_short(spans: list[_Marked]) -> None:
    """Refuse what markup and lexicon have made too long to be read in good time."""
    characters = sum(len(span.text) for span in spans)
    if characters > LONGEST_READ:
        raise UnspeakableText(
            f"With its replacements the sentence has {characters} characters, over "
            f"{LONGEST_READ}: shorten the aliases of its words.",
            code="text_too_long",
            data={"characters": characters, "limit": LONGEST_READ},
        )


def phonemize(
    text: str, language: str, *, version: str, lexicon: Lexicon = _NO_WORDS
) -> tuple[TextRun, ...]:
    """Runs of a text; fewer than six phones in all are led by the phone of a full stop.

    The first run reports what cannot be spoken, with its offset.
    """
    check_mode(language, version)
    spoken: list[_Spoken] = []
    unspoken: list[tuple[int, str]] = []
    spans = _marked(text, language, lexicon)
    _require_short(spans)
    for span in spans:
        unspoken.extend(span.unspoken)
        for code, piece in _pieces(span.text, span.language):
            spoken.append(_speak_piece(code, piece, span, version))
    if not any(phone.isalnum() for item in spoken for phone in item.phones):
        raise UnspeakableText(
            "The text has nothing that can be spoken: write words or numbers.",
            data={"unspoken": [list(part) for part in unspoken]},
        )
    short = sum(len(item.phones) for item in spoken) < _FEWEST_PHONES
    first, *rest = (
        _run(item, version, lead=short and index == 0) for index, item in enumerate(spoken)
    )
    return (replace(first, unspoken=tuple(unspoken)), *rest)
