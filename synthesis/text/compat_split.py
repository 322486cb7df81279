"""Cuts a text into pieces of one language as the reference front end does, oddities included."""

import re

from synthesis.text.language_detect import library_pieces

Piece = tuple[str, str]

_LATIN = re.compile(r"(?=.*[A-Za-z])[\x20-\x7e\u2000-\u206f\u3000-\u303f\uff00-\uffef]+", re.DOTALL)
_TAIL = r"[0-9、\-〜。！？.!?… ]*"
_KANA_RUN = re.compile(rf"((?:[\u3041-\u3096\u30a1-\u30fa\u30fc]+{_TAIL})+)")
_HANGUL_RUN = re.compile(rf"((?:[\uac00-\ud7af]+{_TAIL})+)")
_HAN_KEPT = re.compile(r"[^\u4e00-\u9fff0-9、\-〜。！？.!?… /]")
_SPACES = re.compile(r" {2,}")


def split(text: str, forced: str = "") -> list[Piece]:
    """(language, text) pieces; ``forced`` names the language of all that is not Latin."""
    pieces: list[Piece] = []
    for label, piece in library_pieces(text):
        pieces.extend(_relabel(label, piece, forced))
    pieces = _glue(pieces)
    if any(label == "digit" for label, _ in pieces):
        pieces = _glue(_place_digits(pieces))
    return _glue(_place_doubt(pieces))


def _relabel(label: str, piece: str, forced: str) -> list[Piece]:
    if label == "digit":
        return [(forced or label, piece)]
    if _LATIN.fullmatch(piece):
        return [("en", piece)]
    if forced:
        return [(forced, piece)]
    parts = [(label, piece)]
    for language, run in (("ja", _KANA_RUN), ("ko", _HANGUL_RUN)):
        if label != language:
            parts = [
                (language if index % 2 and part_label != "ko" else part_label, text)
                for part_label, part in parts
                for index, text in enumerate(run.split(part))
                if text
            ]
    return [_settle_doubt(part_label, part) for part_label, part in parts]


def _settle_doubt(label: str, piece: str) -> Piece:
    if label != "x":
        return label, piece
    kept = _HAN_KEPT.sub("", piece)
    return ("zh", kept) if kept else (label, piece)


def _glue(pieces: list[Piece]) -> list[Piece]:
    glued: list[Piece] = []
    for label, piece in pieces:
        if glued and glued[-1][0] == label:
            glued[-1] = (label, glued[-1][1] + piece)
        else:
            glued.append((label, piece))
    return glued


def _place_digits(pieces: list[Piece]) -> list[Piece]:
    if len(pieces) == 1:
        return [("zh", pieces[0][1])]
    placed: list[Piece] = []
    for index, (label, piece) in enumerate(pieces):
        language = _digit_language(pieces, index) if label == "digit" else label
        placed.append((language, piece))
    return placed


def _digit_language(pieces: list[Piece], index: int) -> str:
    if index == len(pieces) - 1:
        return pieces[index - 1][0]
    after_label, after = pieces[index + 1]
    if index == 0:
        return after_label
    before_label, before = pieces[index - 1]
    digits = pieces[index][1]
    if before_label == after_label:
        return before_label
    if before.endswith((",", ".", "!", "?", "，", "。", "！", "？")):
        return after_label
    if after.startswith((",", ".", "!", "?", "，", "。", "！", "？")):
        return before_label
    if digits.endswith(("。", ".")):
        return before_label
    return before_label if len(before) >= len(after) else after_label


def _place_doubt(pieces: list[Piece]) -> list[Piece]:
    placed: list[Piece] = []
    for label, piece in pieces:
        if label != "x":
            placed.append((label, piece))
        elif placed:
            placed.append((placed[-1][0], piece))
        else:
            following = pieces[1][0] if len(pieces) > 1 else "zh"
            placed.append(("zh" if following == "x" else following, piece))
    return placed


def mode_pieces(text: str, mode: str) -> list[Piece]:
    """Pieces of a text in one of the language modes; ``auto`` and ``auto_yue`` decide per piece."""
    if mode == "en":
        return [("en", text)]
    text = _SPACES.sub(" ", text)
    if mode in ("auto", "auto_yue"):
        pieces = split(text)
    elif mode.startswith("all_"):
        pieces = split(text, mode.removeprefix("all_").replace("yue", "zh"))
    else:
        labelled = split(text)
        return _glue([("en" if label == "en" else mode, piece) for label, piece in labelled])
    if mode.endswith("yue"):
        pieces = [("yue" if label == "zh" else label, piece) for label, piece in pieces]
    return pieces
