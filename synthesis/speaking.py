"""Sentences spoken one after another: codes from the semantic model, sound from the acoustic one.

Seeds are made from the utterance's seed, the sentence's place and the attempt, so nothing depends
on what was spoken before. A sentence that comes out unusable is tried again with another seed.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from synthesis.compute import Compute, Here
from synthesis.decoding import Decoded, Ending, Sentence
from synthesis.errors import NothingSpoken, Stopped
from synthesis.front_end import SpokenText
from synthesis.models.vits import frames_for
from synthesis.sampling import frame_noise
from synthesis.streaming import ChunkedSound, Unheard, heard
from synthesis.types import Pcm, Sampling, SentenceReport
from synthesis.voices import LoadedVoice, Prompt

ATTEMPTS = 3
# The first sentence is decoded alone, so that its sound is ready early; then so many together.
GROUP = 4
CODES_PER_SECOND = 25
# Nobody speaks more slowly than this; a sentence that goes on is a runaway.
SLOWEST_PHONES_PER_SECOND = 3
RAN_AWAY = "did not end by itself"
SENTENCE_PAUSE_MS = 300
CLAUSE_PAUSE_MS = 180
CLAUSE_MARKS = frozenset("，、；：,;:")

Emit = Callable[[Pcm], None]


@dataclass(frozen=True, kw_only=True)
class SentenceSpeaker:
    """A voice in one style with fixed settings; `should_stop` is asked between decode steps."""

    voice: LoadedVoice
    prompt: Prompt
    sampling: Sampling
    should_stop: Callable[[], bool]
    compute: Compute = field(default_factory=Here)

    def speak(self, texts: Sequence[SpokenText], emit: Emit) -> list[SentenceReport]:
        """Hand out each sentence's samples, and the pause before it, when it is finished.

        A take that ran away is replaced by one with another seed, and kept, and noted, if there is
        no better. NothingSpoken is raised for a sentence without sound in any take.
        """
        reports: list[SentenceReport] = []
        starts = [0, *range(1, len(texts), GROUP)]
        for start, end in zip(starts, [*starts[1:], len(texts)], strict=True):
            seeds = [self._seed(index, 0) for index in range(start, end)]
            for index, decoded in enumerate(self._decode(texts[start:end], seeds), start):
                pcm, report = self._best_take(texts[index], index, decoded)
                self._pause(texts, index, emit)
                emit(pcm)
                reports.append(report)
        return reports

    def stream(self, texts: Sequence[SpokenText], emit: Emit) -> list[SentenceReport]:
        """Hand out samples while a sentence is still being decoded; its speed is always 1.

        A take that begins without sound is replaced as long as nothing of it was handed out.
        """
        reports: list[SentenceReport] = []
        for index, text in enumerate(texts):
            self._pause(texts, index, emit)
            reports.append(self._stream_sentence(text, index, emit))
        return reports

    def _best_take(
        self, text: SpokenText, index: int, decoded: Decoded
    ) -> tuple[Pcm, SentenceReport]:
        kept: tuple[Pcm, SentenceReport] | None = None
        for attempt in range(ATTEMPTS):
            seed = self._seed(index, attempt)
            if attempt:
                [decoded] = self._decode([text], [seed])
            if self.should_stop():
                raise Stopped("The synthesis was stopped before it finished.")
            pcm = self.compute.run(partial(self._render, text, decoded, seed))
            if heard(pcm):
                kept = pcm, _report(text, decoded, attempt)
                if decoded.ending is Ending.EOS:
                    break
        if kept is None:
            raise _nothing_spoken(index)
        return kept

    def _stream_sentence(self, text: SpokenText, index: int, emit: Emit) -> SentenceReport:
        for attempt in range(ATTEMPTS):
            seed = self._seed(index, attempt)
            sound = ChunkedSound(
                self.voice,
                self.prompt,
                text.ids,
                most_codes=most_codes(len(text.ids)),
                noise_scale=self.sampling.noise_scale,
                seed=seed,
                emit=emit,
                compute=self.compute,
            )
            try:
                [decoded] = self._decode([text], [seed], sound.add)
                sound.finish()
            except Unheard:
                if sound.begun:
                    break
            else:
                return _report(text, decoded, attempt)
        raise _nothing_spoken(index)

    def _seed(self, index: int, attempt: int) -> int:
        name = f"{self.sampling.seed}:{index}:{attempt}"
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") >> 1

    def _decode(
        self,
        texts: Sequence[SpokenText],
        seeds: Sequence[int],
        on_code: Callable[[int, int], None] | None = None,
    ) -> list[Decoded]:
        prompt = self.prompt
        return self.compute.decode(
            self.voice.decoder,
            [
                Sentence(
                    phones=torch.cat([prompt.phones, text.ids]),
                    bert=torch.cat([prompt.bert, text.bert], dim=1),
                )
                for text in texts
            ],
            prompt.codes,
            self.sampling,
            seeds,
            limits=[most_codes(len(text.ids)) for text in texts],
            should_stop=self.should_stop,
            on_code=on_code,
        )

    @torch.inference_mode()
    def _render(self, text: SpokenText, decoded: Decoded, seed: int) -> Pcm:
        """All samples of a sentence at once; none when it has no codes."""
        count = len(decoded.codes)
        if not count:
            return np.empty(0, dtype=np.float32)
        device = self.prompt.codes.device
        frames = frames_for(count, self.sampling.speed)
        noise = frame_noise(frames, self.voice.card.acoustic.latent, seed)
        wave = self.voice.acoustic.speak(
            decoded.codes[None].to(device),
            text.ids[None].to(device),
            self.prompt.style,
            noise_bct=noise.to(device),
            noise_scale=self.sampling.noise_scale,
            speed=self.sampling.speed,
        )
        pcm: Pcm = wave[0, 0].cpu().numpy()
        return pcm

    def _pause(self, texts: Sequence[SpokenText], index: int, emit: Emit) -> None:
        """Hand out the silence before a sentence, by the last mark of the one before."""
        if index == 0:
            return
        clause = texts[index - 1].text.rstrip()[-1:] in CLAUSE_MARKS
        pause_ms = CLAUSE_PAUSE_MS if clause else SENTENCE_PAUSE_MS
        samples = self.voice.card.acoustic.sample_rate_hz * pause_ms // 1000
        emit(np.zeros(samples, dtype=np.float32))


def most_codes(phones: int) -> int:
    """The most codes that a sentence of so many phones may have."""
    return CODES_PER_SECOND * (1 + phones // SLOWEST_PHONES_PER_SECOND)


def _report(text: SpokenText, decoded: Decoded, attempt: int) -> SentenceReport:
    return SentenceReport(
        text=text.text,
        phones=text.phones,
        tokens=len(decoded.codes),
        attempts=attempt + 1,
        note=RAN_AWAY if decoded.ending is Ending.LIMIT else "",
    )


def _nothing_spoken(index: int) -> NothingSpoken:
    return NothingSpoken(
        "The voice made no sound for a sentence; try another seed, or train it again.",
        data={"sentence": index, "attempts": ATTEMPTS},
    )
