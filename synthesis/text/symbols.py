"""The phone inventories that checkpoints index into, built from their composition rules.

A phone's id is its place in the tuple.  v1 checkpoints use `SYMBOLS_V1` (322 symbols); every later
family uses `SYMBOLS_V2` (732), whose first 322 entries are `SYMBOLS_V1`.
"""

from collections.abc import Iterable

from synthesis.text.pinyin_phones import MANDARIN_FINALS, MANDARIN_INITIALS

PAD = "_"
PUNCTUATION = ("!", "?", "…", ",", ".", "-")
UNKNOWN = "UNK"
PAUSES = ("SP", "SP2", "SP3")

_JAPANESE = (
    "I N U a b by ch cl d dy e f g gy h hy i j k ky m my n ny o p py r ry s sh t ts u v w y z"
)
_ARPABET_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
_ARPABET_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"

_JAPANESE_PITCH = ("[", "]")

_KOREAN = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅓㅔㅗㅜㅡㅣ停空"

_ONSETS = "a aa ai ak au b c d e f g gw h j k kw l m n ng o oi ok on ou p s t uk w z"
CANTONESE_ONSETS = tuple(_ONSETS.split())
_CANTONESE_RIMES = (
    "a aa aai aak aam aan aang aap aat aau ai ak am an ang ap at au e ei ek eng eoi eon eot g i "
    "ik im in ing ip it iu k m n o oe oek oeng oi ok on ong ot ou p t u ui uk un ung ut yu yun yut"
)


def _with_tones(finals: Iterable[str], tones: str) -> list[str]:
    return [final + tone for final in finals for tone in tones]


def arpabet() -> list[str]:
    """The phones of English: consonants, and vowels with their stress digit."""
    return [*_ARPABET_CONSONANTS.split(), *_with_tones(_ARPABET_VOWELS.split(), "012")]


def _build_v1() -> tuple[str, ...]:
    pool = {PAD, UNKNOWN, *PAUSES, *PUNCTUATION}
    pool.update(MANDARIN_INITIALS, _with_tones(MANDARIN_FINALS, "12345"))
    # Two vowels are listed without a stress digit although no dictionary entry uses them so.
    pool.update(_JAPANESE.split(), arpabet(), ("ER", "IH"))
    return tuple(sorted(pool))


def _build_v2() -> tuple[str, ...]:
    cantonese = {"Y" + onset for onset in CANTONESE_ONSETS}
    cantonese.update("Y" + rime for rime in _with_tones(_CANTONESE_RIMES.split(), "123456"))
    return (*_build_v1(), *_JAPANESE_PITCH, *sorted(_KOREAN), *sorted(cantonese))


SYMBOLS_V1: tuple[str, ...] = _build_v1()
SYMBOLS_V2: tuple[str, ...] = _build_v2()

_ID_OF = {
    "v1": {symbol: index for index, symbol in enumerate(SYMBOLS_V1)},
    "v2": {symbol: index for index, symbol in enumerate(SYMBOLS_V2)},
}


def inventory(version: str) -> dict[str, int]:
    """Phone to id for a checkpoint family: ``v1`` has its own, every other shares v2's."""
    return _ID_OF["v1" if version == "v1" else "v2"]


def ids_of(phones: tuple[str, ...], version: str) -> tuple[int, ...]:
    """The ids of phones; a phone that the family's inventory lacks becomes the unknown mark."""
    table = inventory(version)
    return tuple(table.get(phone, table[UNKNOWN]) for phone in phones)
