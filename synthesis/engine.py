"""The engine: keeps voices in memory and speaks utterances with them, sentence by sentence."""

import hashlib
from collections.abc import Callable, Iterable

import numpy as np
import torch

from synthesis import audio
from synthesis.base import BaseModel
from synthesis.bundle import VoiceBundle
from synthesis.front_end import FrontEnd
from synthesis.performance import Performance
from synthesis.quality_gate import Pace
from synthesis.script import read_script
from synthesis.speaking import SentenceSpeaker
from synthesis.text import warm_up
from synthesis.types import Pcm, Precision, Speech, Utterance
from synthesis.voices import VoiceCache


class Engine:
    """Holds loaded voices on one device, and the text encoder of `base`. Threads may share it."""

    def __init__(
        self,
        device: str = "cpu",
        *,
        base: BaseModel | None = None,
        cache_bytes: int = 4 << 30,
        precision: Precision = Precision.EXACT,
    ) -> None:
        self._voices = VoiceCache(torch.device(device), cache_bytes, precision)
        self._bert = base.bert() if base is not None else None

    @property
    def voices(self) -> VoiceCache:
        """The loaded voices; `voices.evict(bundle.sha256)` drops one."""
        return self._voices

    def warm_up(self, languages: Iterable[str]) -> None:
        """Load what reading these languages needs, so that the first sentence is not a slow one."""
        warm_up(tuple(languages))

    def speak(
        self,
        bundle: VoiceBundle,
        utterance: Utterance,
        *,
        should_stop: Callable[[], bool] | None = None,
        on_audio: Callable[[Pcm], None] | None = None,
        stream: bool = False,
    ) -> Speech:
        """Speak all of it, or raise an EngineError; silence is never returned as speech.

        The same bundle, text and settings give the same samples. `on_audio` receives samples as
        soon as they exist: sentence by sentence, or with `stream` while a sentence (at normal
        speed) is still being decoded; joined they are the result. `should_stop` is asked between
        decode steps; Stopped is raised when it says yes.
        """
        with self._voices.borrow(bundle) as voice:
            card = voice.card
            front = FrontEnd(
                version=card.symbols,
                bert_width=card.semantic.bert_width,
                uses_bert=card.uses_bert,
                bert=self._bert,
            )
            prompt = voice.prompt(utterance.style)
            script = read_script(front, utterance)
            speaker = SentenceSpeaker(
                voice=voice,
                prompt=prompt,
                sampling=utterance.sampling,
                should_stop=should_stop or (lambda: False),
                attempts=utterance.attempts,
                pace=Pace.of_reference(len(prompt.phones), len(prompt.codes), speech=card.speech),
            )
            chunks: list[Pcm] = []

            def emit(pcm: Pcm) -> None:
                chunks.append(pcm)
                if on_audio is not None:
                    on_audio(pcm)

            performance = Performance(
                script,
                speaker,
                utterance,
                sample_rate_hz=card.acoustic.sample_rate_hz,
                emit=emit,
                stream=stream,
            )
            performance.run()
        joined = np.concatenate(chunks)
        return Speech(
            pcm=joined,
            sample_rate_hz=utterance.finish.sample_rate_hz or card.acoustic.sample_rate_hz,
            seed=utterance.sampling.seed,
            pcm_sha256=hashlib.sha256(audio.to_int16(joined).tobytes()).hexdigest(),
            sentences=tuple(performance.reports),
            marks=tuple(performance.marks),
            unspoken=script.unspoken,
            notes=script.notes,
        )
