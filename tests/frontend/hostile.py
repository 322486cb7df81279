"""Hostile texts: each must be answered within two seconds, by phones or by a clear error."""

import random
import time
from collections import Counter
from collections.abc import Iterator

from synthesis.errors import EngineError
from synthesis.text import phonemize, warm_up
from synthesis.text.compat import MODES
from synthesis.text.phonemizer import LONGEST_TEXT, Profile

LONGEST_ANSWER_S = 2.0

_ALPHABETS = (
    "".join(map(chr, range(32))) + "\x7f\x80\x9f\u200b\u200d\ufeff\u2028\u2029",
    "".join(map(chr, range(0xD800, 0xD810))),
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069ابجدשלום",
    "".join(map(chr, range(0x300, 0x340))) + "aeé",
    "!?.,;:…—-~·、。，！？；：“”‘’《》（）[]{}<>@#$%^&*_+=|\\/`'\"",
    "😀🙏👍🏽👨‍👩‍👧❤️🇨🇳★●→",
    "<>/&;\"'=speak p break phoneme![CDATA[]]",
    "0123456789.,-:/+%$¥€×÷=²³½",
    "一不儿子了上下个第龘〇㐂𠮷嗯呣兙覅",
    "abcABC'.-@www:/",
    "あアｱん゛ーッ々〜",
    "가힣ㄱㅏㅋᄀ",
    "०१२٣٤٥๑๒",
    " \t\n\u3000\xa0",
)
_REPEATED = (
    *("1", "一", "a", "A", ".", " ", "-", "1/", "1-", "1.", "1:", "1,000", "a.", "a@", "a1"),
    *("<p>", "字(zi4)", "[pause:1ms]", "가1", "あa", "中a", "好不", "supercalifragil", "\n"),
    *("e\u0301", "1 2 ", "$1 ", "2024年", "https://a", "+1 ", "ｱﾞ", "😀a", "儿", "子曰一"),
)
_BOMBS = (
    *((part * LONGEST_TEXT)[:LONGEST_TEXT] for part in _REPEATED),
    "中文" * 50_000,
    "hello world " * 9_000,
)


def hostile_texts(count: int, seed: int) -> Iterator[str]:
    """Generated texts; a twentieth of them are long ones that tempt a pattern to backtrack."""
    chance = random.Random(seed)
    for index in range(count):
        if index % 20 == 0:
            yield _BOMBS[index // 20 % len(_BOMBS)]
            continue
        alphabets = chance.sample(_ALPHABETS, k=chance.randint(1, 4))
        letters = "".join(alphabets)
        yield "".join(chance.choice(letters) for _ in range(chance.randint(0, 60)))


def answer(text: str, mode: str, profile: Profile) -> tuple[str, float]:
    """``phones`` or an error's code, and the seconds of processor time that it took."""
    started = time.process_time()
    try:
        runs = phonemize(text, mode, profile=profile)
    except EngineError as refused:
        outcome = refused.code
    else:
        outcome = "phones"
        assert all(len(run.phones) == len(run.ids) for run in runs)
        assert all(run.word2ph is None or sum(run.word2ph) == len(run.phones) for run in runs)
    return outcome, time.process_time() - started


def run_hostile(count: int, seed: int = 0) -> int:
    """Print how texts were answered in every mode and both profiles; the number of slow ones."""
    slow = 0
    warm_up(("zh", "en", "ja", "ko", "yue"))
    phonemize("1", "auto", profile="compat")
    profiles: tuple[Profile, ...] = ("compat", "studio")
    for profile in profiles:
        for mode in sorted(MODES):
            outcomes: Counter[str] = Counter()
            slowest = 0.0
            for text in hostile_texts(count, seed):
                outcome, seconds = answer(text, mode, profile)
                outcomes[outcome] += 1
                slowest = max(slowest, seconds)
                if seconds > LONGEST_ANSWER_S:
                    slow += 1
                    print(f"  slow: {profile} {mode} {seconds:.1f} s {text[:40]!r}")
            print(f"{profile:7} {mode:9} {dict(outcomes)} slowest {slowest * 1000:.0f} ms")
    return slow
