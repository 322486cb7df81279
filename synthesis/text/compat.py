"""The `compat` profile: segments, normalised text and phones as the reference front end gives them.

Where the reference crashes this answers: an unreadable character is left out, and a text without
any segment is refused with `UnspeakableText`.
"""

from synthesis.errors import EngineError, UnspeakableText
from synthesis.text import en, ja, ko, yue, zh
from synthesis.text.compat_split import Piece, mode_pieces
from synthesis.text.runs import TextRun
from synthesis.text.symbols import UNKNOWN, ids_of, inventory

MODES = frozenset(
    ("auto", "auto_yue", "en", "zh", "ja", "ko", "yue", "all_zh", "all_ja", "all_ko", "all_yue")
)
_V1_MODES = frozenset(("auto", "en", "zh", "ja", "all_zh", "all_ja"))
_FEWEST_PHONES = 6


def check_mode(language: str, version: str) -> None:
    """Refuse a language mode that does not exist, or that a v1 checkpoint does not know."""
    allowed = _V1_MODES if version == "v1" else MODES
    if language not in allowed:
        raise EngineError(
            f"The language {language!r} is not one of {', '.join(sorted(allowed))}.",
            code="unknown_language",
            data={"language": language, "version": version, "allowed": sorted(allowed)},
        )


def clean(language: str, text: str, *, version: str = "v2") -> TextRun:
    """One segment of a known language, without cutting it by language first."""
    word2ph: list[int] | None = None
    if language == "zh":
        normalized, phones, word2ph = zh.to_phones(text, version=version)
    elif language == "yue":
        normalized, phones, word2ph = yue.to_phones(text)
    elif language == "ja":
        normalized, phones = ja.to_phones(text)
    elif language == "ko":
        normalized, phones = ko.to_phones(text)
    elif language == "en":
        normalized, phones = en.to_phones(text)
    else:
        # A piece of marks alone has no language; the reference speaks it as an English blank.
        normalized, phones = en.to_phones(" ")
    table = inventory(version)
    known = tuple(phone if phone in table else UNKNOWN for phone in phones)
    return TextRun(
        language=language,
        text=text,
        normalized=normalized,
        phones=known,
        ids=ids_of(known, version),
        word2ph=None if word2ph is None else tuple(word2ph),
    )


def _runs(pieces: list[Piece], version: str) -> tuple[TextRun, ...]:
    return tuple(clean(language, piece, version=version) for language, piece in pieces)


def phonemize(text: str, language: str, *, version: str) -> tuple[TextRun, ...]:
    """Runs of a text; a text of fewer than six phones is read once more behind a full stop."""
    check_mode(language, version)
    # Half of a character is no text; the detector refuses it.
    text = text.encode("utf-8", "ignore").decode("utf-8")
    if not text.strip() and language != "en":
        raise UnspeakableText("The text is empty: write something to say.")
    runs = _runs(mode_pieces(text, language), version)
    if sum(len(run.phones) for run in runs) < _FEWEST_PHONES:
        runs = _runs(mode_pieces("." + text, language), version)
    return runs
