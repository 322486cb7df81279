"""How Mandarin words and tones change in company: word merging, 不, 一, neutral, third tone, 儿."""

from synthesis.text.zh_segment import Word, cut_for_search, word_finals
from synthesis.text.zh_words import (
    erhua_words,
    neutral_words,
    not_erhua_words,
    not_neutral_words,
)

_FINAL_PARTICLES = "吧呢哈啊呐噻嘛吖嗨呐哦哒滴哩哟喽啰耶喔诶的地得额"
_ASPECT_TAGS = frozenset(("ul", "uz", "ug"))
_DIRECTIONS = "上下进出回过起开"
_BEFORE_GE = "几有两半多各整每做是"
_PUNCTUATION = "、：，；。？！“”‘’':,;.?!…-"


def merge_words(words: list[Word]) -> list[Word]:
    """Join words that change tone together, in the order checkpoints were trained with."""
    words = _merge_bu(words)
    words = _merge_yi(words)
    words = _merge_equal(words)
    words = _merge_third_tones(words, whole_words=True)
    words = _merge_third_tones(words, whole_words=False)
    return _merge_er(words)


def _merge_bu(words: list[Word]) -> list[Word]:
    merged: list[Word] = []
    held = ""
    for text, tag in words:
        joined = held + text
        held = ""
        if joined == "不":
            held = joined
        else:
            merged.append((joined, tag))
    return [*merged, ("不", "d")] if held else merged


def _merge_yi(words: list[Word]) -> list[Word]:
    joined: list[Word] = []
    index = 0
    while index < len(words):
        text, tag = words[index]
        if (
            text == "一"
            and joined
            and index + 1 < len(words)
            and joined[-1][0] == words[index + 1][0]
            and joined[-1][1] == words[index + 1][1] == "v"
        ):
            joined[-1] = (f"{joined[-1][0]}一{joined[-1][0]}", "v")
            index += 2
            continue
        joined.append((text, tag))
        index += 1
    merged: list[Word] = []
    for text, tag in joined:
        if merged and merged[-1][0] == "一":
            merged[-1] = ("一" + text, merged[-1][1])
        else:
            merged.append((text, tag))
    return merged


def _merge_equal(words: list[Word]) -> list[Word]:
    merged: list[Word] = []
    for text, tag in words:
        if merged and merged[-1][0] == text:
            merged[-1] = (text + text, merged[-1][1])
        else:
            merged.append((text, tag))
    return merged


def _is_doubled(text: str) -> bool:
    return len(text) == 2 and text[0] == text[1]


def _is_third(final: str) -> bool:
    return final.endswith("3")


def _merge_third_tones(words: list[Word], *, whole_words: bool) -> list[Word]:
    finals = [word_finals(text) for text, _ in words]
    merged: list[Word] = []
    just_merged = False
    for index, (text, tag) in enumerate(words):
        before = finals[index - 1] if index else []
        here = finals[index]
        if whole_words:
            meets = all(map(_is_third, before)) and all(map(_is_third, here))
        else:
            meets = bool(before and here) and _is_third(before[-1]) and _is_third(here[0])
        previous = words[index - 1][0] if index else ""
        if (
            index
            and meets
            and not just_merged
            and not _is_doubled(previous)
            and len(previous) + len(text) <= 3
        ):
            merged[-1] = (merged[-1][0] + text, merged[-1][1])
            just_merged = True
        else:
            merged.append((text, tag))
            just_merged = False
    return merged


def _merge_er(words: list[Word]) -> list[Word]:
    merged: list[Word] = []
    for text, tag in words:
        if merged and text == "儿":
            merged[-1] = (merged[-1][0] + text, merged[-1][1])
        else:
            merged.append((text, tag))
    return merged


def change_tones(text: str, tag: str, finals: list[str]) -> list[str]:
    """The finals (with tone digit) of one merged word after every tone rule but erhua."""
    finals = list(finals)
    _bu(text, finals)
    _yi(text, finals)
    _neutral(text, tag, finals)
    _third(text, finals)
    return finals


def _set_tone(finals: list[str], index: int, tone: str) -> None:
    finals[index] = finals[index][:-1] + tone


def _bu(text: str, finals: list[str]) -> None:
    if len(text) == 3 and text[1] == "不":
        _set_tone(finals, 1, "5")
        return
    for index, char in enumerate(text[:-1]):
        if char == "不" and finals[index + 1].endswith("4"):
            _set_tone(finals, index, "2")


def _yi(text: str, finals: list[str]) -> None:
    if "一" not in text or all(char.isnumeric() for char in text if char != "一"):
        return
    if len(text) == 3 and text[1] == "一" and text[0] == text[2]:
        _set_tone(finals, 1, "5")
    elif text.startswith("第一"):
        _set_tone(finals, 1, "1")
    else:
        for index, char in enumerate(text[:-1]):
            if char != "一":
                continue
            if finals[index + 1].endswith("4"):
                _set_tone(finals, index, "2")
            elif text[index + 1] not in _PUNCTUATION:
                _set_tone(finals, index, "4")


def _is_neutral(text: str) -> bool:
    return text in neutral_words() or text[-2:] in neutral_words()


def _neutral(text: str, tag: str, finals: list[str]) -> None:
    kept = text in not_neutral_words()
    for index in range(1, len(text)):
        if text[index] == text[index - 1] and tag[:1] in ("n", "v", "a") and not kept:
            _set_tone(finals, index, "5")
    last, ge = text[-1:], text.find("个")
    if (
        last in _FINAL_PARTICLES
        or (text in ("了", "着", "过") and tag in _ASPECT_TAGS)
        or (len(text) > 1 and last in "们子" and tag in ("r", "n") and not kept)
        or (len(text) > 1 and last in "上下里" and tag in ("s", "l", "f"))
        or (len(text) > 1 and last in "来去" and text[-2] in _DIRECTIONS)
    ):
        _set_tone(finals, -1, "5")
    elif text == "个" or (ge > 0 and (text[ge - 1].isnumeric() or text[ge - 1] in _BEFORE_GE)):
        _set_tone(finals, ge, "5")
    elif _is_neutral(text):
        _set_tone(finals, -1, "5")
    start = 0
    for part in _halves(text):
        start += len(part)
        if part and _is_neutral(part):
            _set_tone(finals, start - 1, "5")


def _halves(text: str) -> tuple[str, str]:
    shortest = min(cut_for_search(text), key=len)
    if text.startswith(shortest):
        return shortest, text[len(shortest) :]
    return text[: -len(shortest)], shortest


def _third(text: str, finals: list[str]) -> None:
    if len(text) == 2:
        _third_pair(finals, 0)
    elif len(text) == 3:
        _third_triple(text, finals)
    elif len(text) == 4:
        _third_pair(finals, 0)
        _third_pair(finals, 2)


def _third_pair(finals: list[str], start: int) -> None:
    if all(map(_is_third, finals[start : start + 2])):
        _set_tone(finals, start, "2")


def _third_triple(text: str, finals: list[str]) -> None:
    split = len(_halves(text)[0])
    if all(map(_is_third, finals)):
        if split == 2:
            _set_tone(finals, 0, "2")
        _set_tone(finals, 1, "2")
        return
    spans = ((0, split), (split, 3))
    for index, (start, end) in enumerate(spans):
        if end - start == 2 and all(map(_is_third, finals[start:end])):
            _set_tone(finals, start, "2")
        elif (
            index == 1
            and start < end
            and not all(map(_is_third, finals[start:end]))
            and _is_third(finals[start])
            and _is_third(finals[start - 1])
        ):
            _set_tone(finals, start - 1, "2")


def merge_erhua(text: str, tag: str, finals: list[str]) -> list[str]:
    """Give a word-final 儿 the tone of the syllable it attaches to."""
    finals = list(finals)
    if text.endswith("儿") and finals[-1] == "er1":
        finals[-1] = "er2"
    if text not in erhua_words() and (text in not_erhua_words() or tag in ("a", "j", "nr")):
        return finals
    if (
        len(text) > 1
        and text.endswith("儿")
        and finals[-1] in ("er2", "er5")
        and text[-2:] not in not_erhua_words()
        and finals[-2]
    ):
        _set_tone(finals, -1, finals[-2][-1])
    return finals
