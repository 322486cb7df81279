"""The starter's corpus: texts said by many eSpeak voices, in worker processes, reproducibly."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.errors import UnspeakableText
from synthesis.text import warm_up
from training.corpus import folder
from training.corpus.espeak_library import espeak, restart
from training.corpus.mnemonics import PhonesNotMapped, mandarin_syllables
from training.corpus.texts import LANGUAGES, CorpusText, generate
from training.corpus.utterance import render
from training.corpus.voices import VOICES, Voice

# The synthesizer starts afresh with every block, so the number of processes changes nothing.
_BLOCK = 50
_HELD_OUT_VOICES_SHARE = 0.04
_HELD_OUT_TEXTS_SHARE = 0.03


@dataclass(frozen=True, kw_only=True)
class _Order:
    id: str
    text: CorpusText
    voice: Voice
    split: str
    seed: int


def make(
    out_dir: Path,
    *,
    utterances: int,
    seed: int,
    processes: int | None = None,
    without: frozenset[str] = frozenset(),
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Write a corpus of so many texts less the dropped ones, and return its card."""
    dropped: Counter[str] = Counter()
    espeak()
    orders = list(_orders(utterances, seed, without))
    blocks = [orders[at : at + _BLOCK] for at in range(0, len(orders), _BLOCK)]
    spoken = _spoken(blocks, processes or os.cpu_count() or 1, dropped, on_progress)
    folder.write(
        out_dir,
        spoken,
        seed=seed,
        asked_utterances=utterances,
        dropped=lambda: dict(dropped),
        synthesizer=f"eSpeak NG {espeak().version}",
        voices=[vars(voice) for voice in VOICES],
        languages=list(LANGUAGES),
    )
    return folder.read(out_dir).card


def _orders(utterances: int, seed: int, without: frozenset[str]) -> Iterator[_Order]:
    chance = np.random.default_rng((seed, 1))
    seen = [voice for voice in VOICES if not voice.held_out]
    unheard = [voice for voice in VOICES if voice.held_out]
    for index, text in enumerate(islice(generate(seed, without=without), utterances)):
        draw = chance.random()
        if draw < _HELD_OUT_VOICES_SHARE:
            split, voices = "voices", unheard
        else:
            split, voices = "train", seen
            if draw < _HELD_OUT_VOICES_SHARE + _HELD_OUT_TEXTS_SHARE:
                split = "texts"
        yield _Order(
            id=f"{seed}-{index:06d}",
            text=text,
            voice=voices[int(chance.integers(len(voices)))],
            split=split,
            seed=int(chance.integers(2**31)),
        )


def _spoken(
    blocks: list[list[_Order]],
    processes: int,
    dropped: Counter[str],
    on_progress: Callable[[int, int], None],
) -> Iterator[tuple[dict[str, Any], bytes]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        max_workers=min(processes, len(blocks)), mp_context=context, initializer=_prepare
    ) as pool:
        for done, results in enumerate(pool.map(_say_block, blocks), start=1):
            for line, sound in results:
                if sound is None:
                    dropped[line["language"]] += 1
                else:
                    yield line, sound
            on_progress(min(done * _BLOCK, sum(map(len, blocks))), sum(map(len, blocks)))


def _prepare() -> None:
    warm_up(("zh", "en"))
    mandarin_syllables()


def _say_block(orders: list[_Order]) -> list[tuple[dict[str, Any], bytes | None]]:
    restart()
    return [_say(order) for order in orders]


def _say(order: _Order) -> tuple[dict[str, Any], bytes | None]:
    line: dict[str, Any] = {
        "id": order.id,
        "text": order.text.text,
        "language": order.text.language,
        "voice": order.voice.name,
        "split": order.split,
    }
    try:
        said = render(order.text.text, order.text.language, order.voice, seed=order.seed)
    except (PhonesNotMapped, UnspeakableText) as reason:
        return {**line, "reason": str(reason)}, None
    line |= {"phones": said.phones, "edges": said.edges}
    return line, np.round(said.audio * 32767).astype("<i2").tobytes()
