"""The engine: keeps voices in memory and speaks utterances with them, sentence by sentence."""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack

import numpy as np

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.decoding.loop import Sentence
from synthesis.decoding.products import Arithmetic
from synthesis.device import usable_device
from synthesis.features.reference import ReferenceFeatures
from synthesis.front_end import FrontEnd
from synthesis.serving.compute import Compute, Here
from synthesis.serving.orders import Priority
from synthesis.serving.scheduler import Scheduler
from synthesis.speaking.performance import Performance
from synthesis.speaking.quality_gate import Pace
from synthesis.speaking.script import read_script
from synthesis.speaking.sentences import SentenceSpeaker
from synthesis.text import warm_up
from synthesis.types import Pcm, Precision, Sampling, Speech, Utterance
from synthesis.voices import VoiceCache

WARM_UP_CODES = 12


class Engine:
    """Holds loaded voices on one device, and the text encoder of `base`. Threads may share it."""

    def __init__(
        self,
        device: str = "cpu",
        *,
        base: BaseModel | None = None,
        cache_bytes: int = 4 << 30,
        precision: Precision = Precision.EXACT,
        arithmetic: Arithmetic | None = Arithmetic.FLOAT32,
        scheduler: Scheduler | None = None,
    ) -> None:
        """With a scheduler, the sentences of all requests decode together.

        Without an arithmetic, each voice gets the fastest that says the same; see `calibration`.
        """
        self._voices = VoiceCache(usable_device(device), cache_bytes, precision, arithmetic)
        self._scheduler = scheduler
        self._bert = base.bert() if base is not None else None

    @property
    def voices(self) -> VoiceCache:
        """The loaded voices; `voices.evict(bundle.sha256)` drops one."""
        return self._voices

    def warm_up(self, languages: Iterable[str]) -> None:
        """Load what reading these languages needs, so that the first sentence is not a slow one."""
        warm_up(tuple(languages))

    def preload(self, bundle: VoiceBundle, *, pin: bool = False) -> None:
        """Load a voice and decode a little with it, so that the first request is as fast as any."""
        voice = self._voices.preload(bundle, pin=pin)
        style = bundle.card.main_style
        # The clip's own words, which a voice that continues no prompt keeps to itself.
        words = bundle.references(style)[0]
        with ExitStack() as stack:
            compute: Compute = Here()
            if self._scheduler is not None:
                compute = stack.enter_context(self._scheduler.request(client="preload"))
            compute.decode(
                voice.decoder,
                [Sentence(phones=words.phones, bert=words.bert)],
                voice.prompt(style).codes,
                Sampling(),
                [0],
                limits=[WARM_UP_CODES],
                should_stop=lambda: False,
            )

    def speak(
        self,
        bundle: VoiceBundle,
        utterance: Utterance,
        *,
        should_stop: Callable[[], bool] | None = None,
        on_audio: Callable[[Pcm], None] | None = None,
        stream: bool = False,
        client: str = "",
        priority: Priority | None = None,
        deadline_s: float | None = None,
        reference: ReferenceFeatures | None = None,
    ) -> Speech:
        """Speak all of it, or raise an EngineError; silence is never returned as speech.

        The same bundle, text and settings give the same samples. `on_audio` receives samples as
        soon as they exist: sentence by sentence, or with `stream` while a sentence (at normal
        speed) is still being decoded; joined they are the result. `should_stop` is asked between
        decode steps; Stopped is raised when it says yes. A scheduler shares itself out between
        clients, takes the more urgent first (by default whoever streams), and raises Busy or
        TooLate when it cannot do it, or not in time. A `reference` takes the style's place.
        """
        urgent = Priority.LISTENING if stream else Priority.WAITING
        with ExitStack() as stack:
            compute: Compute = Here()
            if self._scheduler is not None:
                turn = self._scheduler.request(
                    client=client,
                    priority=urgent if priority is None else priority,
                    deadline_s=deadline_s,
                )
                compute = stack.enter_context(turn)
            voice = stack.enter_context(self._voices.borrow(bundle))
            card = voice.card
            front = FrontEnd(
                version=card.symbols,
                bert_width=card.semantic.bert_width,
                uses_bert=card.uses_bert,
                bert=self._bert,
            )
            prompt = voice.prompt(utterance.style)
            if reference is not None:
                prompt = voice.prompt_of(reference)
            script = read_script(front, utterance)
            speaker = SentenceSpeaker(
                voice=voice,
                prompt=prompt,
                sampling=utterance.sampling,
                should_stop=should_stop or (lambda: False),
                attempts=utterance.attempts,
                pace=Pace.of_reference(len(prompt.phones), len(prompt.codes), speech=card.speech),
                compute=compute,
                listened_to=on_audio is not None and priority is not Priority.BATCH,
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
