"""Which language a stretch of text is in, by its script; a detector is asked only in doubt."""

import re

from synthesis.text import ja
from synthesis.text.language_detect import detect

Piece = tuple[str, str]

_KANA = re.compile(r"[\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fd-\u30ffー々]")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3131-\u3163]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
# Everyday words that Japanese does not write, and characters that Chinese does not.
_ONLY_CHINESE = re.compile(r"[的了是们这那您吗呢吧么没谁哪怎说请谢给让对还会为从]")
_ONLY_JAPANESE = re.compile(r"[円駅売読込働気発広対応様歳済戻桜沢辺歩関権観]")
_CLAUSE_END = re.compile(r"(?<=[。！？!?\n；，])(?![。！？!?\n；，”’」』）)])|(?<=[,.;])(?=\s)")


def clauses(text: str) -> list[str]:
    """Stretches up to and with their closing mark; a text in Latin letters alone is not cut."""
    if not any(script.search(text) for script in (_HAN, _KANA, _HANGUL)):
        return [text]
    return [clause for clause in _CLAUSE_END.split(text) if clause]


def _ideographs_language(clause: str, text: str) -> str:
    """Han characters alone are Japanese only beside kana and without a sign of Chinese."""
    if not _KANA.search(text) or _ONLY_CHINESE.search(clause):
        return "zh"
    if _ONLY_JAPANESE.search(clause):
        return "ja"
    return "ja" if detect(clause) == "ja" else "zh"


def clause_language(clause: str, text: str, mode: str, before: str) -> str:
    """The language that reads a clause's numbers: that of the mode, or by script when automatic."""
    if mode not in ("auto", "auto_yue"):
        chosen = mode.removeprefix("all_")
        latin_only = _LATIN.search(clause) and not any(
            script.search(clause) for script in (_HAN, _KANA, _HANGUL)
        )
        words = len(re.findall(r"[A-Za-z]{2,}", clause))
        return "en" if latin_only and words > 2 and not mode.startswith("all_") else chosen
    if _KANA.search(clause):
        return "ja"
    if _HANGUL.search(clause):
        return "ko"
    if _HAN.search(clause):
        language = _ideographs_language(clause, text)
        return "yue" if language == "zh" and mode == "auto_yue" else language
    if _LATIN.search(clause):
        return "en"
    return before or ("yue" if mode == "auto_yue" else "zh")


def _script_language(char: str, main: str) -> str | None:
    if _KANA.match(char):
        return "ja"
    if _HANGUL.match(char):
        return "ko"
    if _HAN.match(char):
        # OpenJTalk passes over words with an ideograph that it does not know.
        spoken = main in ("zh", "yue") or (main == "ja" and ja.can_say(char))
        return main if spoken else "zh"
    return "en" if _LATIN.match(char) else None


def script_runs(text: str, main: str) -> list[Piece]:
    """Cut words by script; marks and blanks stay with what stands before them."""
    runs: list[tuple[str | None, str]] = []
    for char in text:
        language = _script_language(char, main)
        if runs and (language is None or runs[-1][0] == language):
            runs[-1] = (runs[-1][0], runs[-1][1] + char)
        elif runs and runs[-1][0] is None:
            runs[-1] = (language, runs[-1][1] + char)
        else:
            runs.append((language, char))
    return [(language or main, piece) for language, piece in runs]
