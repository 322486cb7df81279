"""How brand names, acronyms and joined words are said in English."""

import re

from synthesis.text.en_dictionary import lookup

# Names that neither the dictionary nor spelling gets right, as common words that sound alike.
_SOUNDS_LIKE = {
    "wifi": "why fie",
    "wi-fi": "why fie",
    "iphone": "eye phone",
    "ipad": "eye pad",
    "ipod": "eye pod",
    "imac": "eye mack",
    "icloud": "eye cloud",
    "ios": "I O S",
    "ipv": "I P V",
    "www": "W W W",
    "macos": "mack O S",
    "ebay": "ee bay",
    "paypal": "pay pal",
    "wechat": "we chat",
    "tiktok": "tick tock",
    "linkedin": "linked in",
    "github": "git hub",
    "gitlab": "git lab",
    "youtube": "you tube",
    "whatsapp": "what's app",
    "airpods": "air pods",
    "saas": "sass",
    "jpeg": "jay peg",
    "mysql": "my S Q L",
    "nginx": "engine X",
    "covid": "co vid",
    "kubernetes": "koo burr net ease",
}
# Capitals that are said as a word although they are short.
_SAID_CAPITALS = (
    "SIM PIN RAM ROM GIF APP THE AND NEW FOR YOU NOT ALL NOW BUY OUR ARE CAN GET TOP HOT BIG ONE "
    "TWO OFF OUT IS IN ON TO OF AT BY WE MY NO SO GO DO UP BE DAY ADD BOX MAX MIN YES BAD BUT HOW"
)
_SAID = frozenset(_SAID_CAPITALS.split())
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PLURAL_CAPITALS = re.compile(r"([A-Z]{2,})('?s)")
_SHORTEST_SAID = 4


def _letters(word: str) -> str:
    return " ".join(word)


def _say(match: re.Match[str]) -> str:
    word = match[0]
    alias = _SOUNDS_LIKE.get(word.lower())
    if alias:
        return alias
    plural = _PLURAL_CAPITALS.fullmatch(word)
    if plural and plural[1] not in _SAID:
        return f"{_letters(plural[1])}'s"
    if word.isupper() and len(word) > 1:
        said = word in _SAID or (len(word) >= _SHORTEST_SAID and lookup(word.lower()))
        return word.lower() if said else _letters(word)
    parts = _JOINT.split(word)
    if len(parts) == 1 or lookup(word.lower()):
        return word if len(parts) == 1 else word.lower()
    return " ".join(_WORD.sub(_say, part) for part in parts)


def say_names(text: str) -> str:
    """Aliases for names, spaced letters for acronyms, separate words for CamelCase."""
    said = _WORD.sub(_say, re.sub(r"(?i)\bwi-fi\b", "wifi", text))
    return re.sub(r"(?<=\b[A-Z])-|-(?=[A-Z]\b)", " ", said)
