"""Hostile texts: each must be answered within two seconds, by a plan of speech or a clear error."""

import random
import time
from collections import Counter
from collections.abc import Iterator

from synthesis.errors import EngineError
from synthesis.front_end import FrontEnd
from synthesis.speaking.script import LONGEST_UTTERANCE, read_script
from synthesis.text import Entry, Lexicon, Profile, phonemize, warm_up
from synthesis.text.compat import MODES
from synthesis.text.words import words_of
from synthesis.types import Utterance

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
    *((part * 1000)[:1000] for part in _REPEATED),
    *((part * LONGEST_UTTERANCE)[:LONGEST_UTTERANCE] for part in ("字", "Ab, ", "（", "1。")),
    "中文" * 50_000,
    "hello world " * 9_000,
    "<speak>" + "<p>" * 5_000,
    "<speak>" + "<s>a</s>" * 1_200 + "</speak>",
    "<speak>" + "<prosody rate='50%'>" * 30 + "a" + "</prosody>" * 30 + "</speak>",
    '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><speak>&b;</speak>',
    "<speak " + " ".join(f"a{index}='x'" for index in range(900)) + ">a</speak>",
)
_TAGS = (
    *("<speak>", "</speak>", "<p>", "</p>", "<s>", "</s>", "<break/>", "<break time='9999ms'/>"),
    *("<prosody rate='200%'>", "<prosody pitch='high' volume='+6dB'>", "</prosody>", "<sub>"),
    *(
        "<sub alias='x'>",
        "</sub>",
        "<mark name='m'/>",
        "<mark/>",
        "<lang xml:lang='en'>",
        "</lang>",
    ),
    *(
        "<say-as interpret-as='digits'>",
        "</say-as>",
        "<phoneme ph='zi4'>",
        "</phoneme>",
        "<![CDATA[",
    ),
    *("]]>", "<!--", "-->", "&lt;", "&amp;", "&x;", "&#0;", "&#xD800;", "<", ">", "[pause:3s]"),
    *("[EN]", "[ZH]", "[AUTO]", "[pinyin:zi4|字]", "[alias:a]|b]", "(zi4)", "[phones:zh:|a]"),
)
FRONT = FrontEnd(version="v2", bert_width=1, uses_bert=False)
# Entries that overlap, contain each other, differ in case only, or look like patterns and markup.
CLASHES = Lexicon(
    tuple(
        Entry(word=word, alphabet=alphabet, value=value, whole_word=whole, case_sensitive=case)
        for word, alphabet, value, whole, case in (
            ("一", "alias", "一一", False, False),
            ("一不", "pinyin", "yi1 bu4", False, False),
            ("a", "alias", "A a b", False, False),
            ("A", "alias", "a", True, True),
            ("ab", "arpabet", "EY1 B IY1", True, False),
            (".*", "alias", "everything", False, False),
            ("1", "alias", "one.", False, False),
            ("<p>", "alias", "paragraph", False, False),
            ("字", "phones", "zh:z i04", False, False),
            ("字(zi4)", "alias", "字", False, False),
            ("。", "alias", "stop", False, False),
            ("e\u0301", "alias", "e", False, False),
        )
    )
)


def hostile_texts(count: int, seed: int) -> Iterator[str]:
    """Generated texts: mostly wild mixtures, a quarter of them documents full of broken markup.

    At every twentieth place stands a long one that tempts a pattern to backtrack, each once.
    """
    chance = random.Random(seed)
    for index in range(count):
        if index % 20 == 0 and index // 20 < len(_BOMBS):
            yield _BOMBS[(index // 20 + seed) % len(_BOMBS)]
            continue
        letters = "".join(chance.sample(_ALPHABETS, k=chance.randint(1, 4)))
        text = "".join(chance.choice(letters) for _ in range(chance.randint(0, 60)))
        yield _marked_up(text, chance) if index % 4 == 1 else text


def _marked_up(text: str, chance: random.Random) -> str:
    """A text with tags at any place, mostly inside <speak> so that they are followed."""
    for _ in range(chance.randint(1, 12)):
        place = chance.randint(0, len(text))
        text = text[:place] + chance.choice(_TAGS) + text[place:]
    return f"<speak>{text}</speak>" if chance.random() < 0.7 else text


def answer(text: str, mode: str, profile: Profile) -> tuple[str, float]:
    """``plan`` or an error's code, and the seconds of processor time that it took."""
    started = time.process_time()
    try:
        script = read_script(
            FRONT, Utterance(text=text, language=mode, profile=profile, lexicon=CLASHES)
        )
    except EngineError as refused:
        return refused.code, time.process_time() - started
    for line in script.lines:
        assert len(line.read.phones) == len(line.read.ids) > 0
        places = [
            place
            for word in words_of(line.read.text, line.read.runs)
            for place in (line.places[word.start], line.places[word.end - 1])
        ]
        assert all(0 <= place < len(text) for place in places)
        for run in line.read.runs:
            assert run.word2ph is None or sum(run.word2ph) == len(run.phones)
    assert script.lines
    assert all(text[offset : offset + 1] for offset, _ in script.unspoken)
    return "plan", time.process_time() - started


def run_hostile(count: int, seed: int = 0) -> int:
    """Print how texts were answered in every mode and both profiles; the number of slow ones."""
    slow = 0
    warm_up(("zh", "en", "ja", "ko", "yue"))
    phonemize("1", "auto", profile="compat")
    profiles: tuple[Profile, ...] = ("studio", "compat")
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
            figures = f"{dict(outcomes)} slowest {slowest * 1000:.0f} ms"
            print(f"{profile:7} {mode:9} {figures}", flush=True)
    return slow
