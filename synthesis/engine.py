"""The engine: keeps voices in memory and speaks utterances with them, sentence by sentence."""

import hashlib
from collections.abc import Callable

import numpy as np
import torch

from synthesis import audio
from synthesis.base import BaseModel
from synthesis.bundle import VoiceBundle
from synthesis.front_end import FrontEnd
from synthesis.speaking import SentenceSpeaker
from synthesis.types import Pcm, SentenceReport, Speech, Utterance
from synthesis.voices import VoiceCache

# The first sentence is decoded alone, so that its sound is ready early; then so many together.
GROUP = 4
SENTENCE_PAUSE_MS = 300
CLAUSE_PAUSE_MS = 180
CLAUSE_MARKS = frozenset("，、；：,;:")


class Engine:
    """Holds loaded voices on one device, and the text encoder of `base`. Threads may share it."""

    def __init__(
        self,
        device: str = "cpu",
        *,
        base: BaseModel | None = None,
        cache_bytes: int = 4 << 30,
    ) -> None:
        self._voices = VoiceCache(torch.device(device), cache_bytes)
        self._bert = base.bert() if base is not None else None

    @property
    def voices(self) -> VoiceCache:
        """The loaded voices; `voices.evict(bundle.sha256)` drops one."""
        return self._voices

    def speak(
        self,
        bundle: VoiceBundle,
        utterance: Utterance,
        *,
        should_stop: Callable[[], bool] | None = None,
        on_audio: Callable[[Pcm], None] | None = None,
    ) -> Speech:
        """Speak all of it, or raise an EngineError; silence is never returned as speech.

        The same bundle, text and settings give the same samples. `on_audio` receives each
        sentence's samples, with the pause before it, as soon as they exist; joined they are the
        result. `should_stop` is asked between decode steps; Stopped is raised when it says yes.
        """
        with self._voices.borrow(bundle) as voice:
            card = voice.card
            front = FrontEnd(
                version=card.symbols,
                bert_width=card.semantic.bert_width,
                uses_bert=card.uses_bert,
                bert=self._bert,
            )
            speaker = SentenceSpeaker(
                voice=voice,
                prompt=voice.prompt(utterance.style),
                sampling=utterance.sampling,
                should_stop=should_stop or (lambda: False),
            )
            texts = front.sentences(utterance.text, utterance.language)
            chunks: list[Pcm] = []
            reports: list[SentenceReport] = []
            rate = card.acoustic.sample_rate_hz
            for start, end in _groups(len(texts)):
                for index, decoded in enumerate(speaker.codes(texts[start:end], start), start):
                    pcm, report = speaker.sound(texts[index], index, decoded)
                    if index:
                        pcm = np.concatenate([_pause_after(texts[index - 1].text, rate), pcm])
                    chunks.append(pcm)
                    reports.append(report)
                    if on_audio is not None:
                        on_audio(pcm)
        joined = np.concatenate(chunks)
        return Speech(
            pcm=joined,
            sample_rate_hz=rate,
            seed=utterance.sampling.seed,
            pcm_sha256=hashlib.sha256(audio.to_int16(joined).tobytes()).hexdigest(),
            sentences=tuple(reports),
        )


def _groups(count: int) -> list[tuple[int, int]]:
    starts = [0, *range(1, count, GROUP)]
    return list(zip(starts, [*starts[1:], count], strict=True))


def _pause_after(text: str, sample_rate_hz: int) -> Pcm:
    """The silence after a sentence or clause, by its last mark."""
    pause_ms = CLAUSE_PAUSE_MS if text.rstrip()[-1:] in CLAUSE_MARKS else SENTENCE_PAUSE_MS
    return np.zeros(sample_rate_hz * pause_ms // 1000, dtype=np.float32)
