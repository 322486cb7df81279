"""Sentences spoken one after another: codes from the semantic model, sound from the acoustic one.

Seeds are made from the utterance's seed, the sentence's place and the attempt, so nothing depends
on what was spoken before. A take that the quality gate finds at fault is tried again with another
seed; the best one is kept, and it says what is wrong with it.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from synthesis.decoding.loop import Decoded, Ending, Sentence
from synthesis.decoding.sampling import frame_noise
from synthesis.errors import NothingSpoken, Stopped
from synthesis.front_end import SpokenText
from synthesis.models.vits import frames_for
from synthesis.serving.compute import Compute, Here
from synthesis.speaking.quality_gate import (
    CODES_PER_SECOND,
    UNUSABLE,
    Pace,
    badness,
    judge_codes,
    judge_sound,
)
from synthesis.speaking.script import Line
from synthesis.speaking.streaming import ChunkedSound, Unheard
from synthesis.types import Fault, Pcm, Sampling
from synthesis.voices import LoadedVoice, Prompt

ATTEMPTS = 3
# So many sentences are decoded together.
GROUP = 5
# Nobody speaks more slowly than this; a sentence that goes on is a runaway.
SLOWEST_PHONES_PER_SECOND = 3

EmitPart = Callable[[Pcm, bool], None]


@dataclass(frozen=True, kw_only=True)
class Take:
    """One way in which a sentence was spoken, as the voice made it, and what was tried before."""

    pcm: Pcm
    codes: torch.Tensor
    faults: frozenset[Fault]
    rejected: tuple[frozenset[Fault], ...] = ()

    @property
    def attempts(self) -> int:
        """How often the sentence was spoken."""
        return 1 + len(self.rejected)


@dataclass(frozen=True, kw_only=True)
class SentenceSpeaker:
    """A voice in one style with fixed settings; `should_stop` is asked between decode steps.

    Where somebody listens already, the first sentence is decoded alone: its sound is ready early.
    """

    voice: LoadedVoice
    prompt: Prompt
    sampling: Sampling
    should_stop: Callable[[], bool]
    attempts: int = ATTEMPTS
    pace: Pace = field(default_factory=Pace)
    compute: Compute = field(default_factory=Here)
    listened_to: bool = True

    def takes(self, lines: Sequence[Line], *, first: int = 0) -> Iterator[Take]:
        """Each sentence's best take as soon as it is there; `first` is the place of the first one.

        NothingSpoken is raised for a sentence without sound in any take.
        """
        starts = [0, *range(1 if self.listened_to else GROUP, len(lines), GROUP)]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            seeds = [self._seed(first + index, 0) for index in range(start, end)]
            decoded = self._decode([line.read for line in lines[start:end]], seeds)
            for index, sentence in enumerate(decoded, start):
                yield self._best_take(lines[index], first + index, sentence)

    def stream(self, line: Line, index: int, emit: EmitPart) -> Take:
        """Hand out parts of a sentence while it is decoded, each with whether it is the last.

        The line's speed must be 1. A take that begins without sound is replaced as long as nothing
        of it was handed out; what is at fault later is only told.
        """
        rejected: list[frozenset[Fault]] = []
        for attempt in range(self.attempts):
            seed = self._seed(index, attempt)
            sound = self._chunked(line.read, seed, emit)
            try:
                [decoded] = self._decode([line.read], [seed], sound.add)
                sound.finish()
            except Unheard:
                rejected.append(frozenset({Fault.SILENT}))
                if sound.begun:
                    break
            else:
                pcm = np.concatenate(sound.given)
                return Take(
                    pcm=pcm,
                    codes=decoded.codes,
                    faults=self._faults(line.read, decoded, pcm),
                    rejected=tuple(rejected),
                )
        raise _nothing_spoken(index, rejected)

    def _chunked(self, text: SpokenText, seed: int, emit: EmitPart) -> ChunkedSound:
        return ChunkedSound(
            self.voice,
            self.prompt,
            text.ids,
            most_codes=most_codes(len(text.ids)),
            noise_scale=self.sampling.noise_scale,
            seed=seed,
            emit=emit,
            compute=self.compute,
        )

    def _best_take(self, line: Line, index: int, decoded: Decoded) -> Take:
        takes: list[Take] = []
        for attempt in range(self.attempts):
            seed = self._seed(index, attempt)
            if attempt:
                [decoded] = self._decode([line.read], [seed])
            if self.should_stop():
                raise Stopped("The synthesis was stopped before it finished.")
            pcm = self.compute.run(partial(self._render, line, decoded, seed))
            faults = self._faults(line.read, decoded, pcm)
            takes.append(Take(pcm=pcm, codes=decoded.codes, faults=faults))
            if not faults:
                break
        # The last of equally bad takes is kept: it stands where the report counts to.
        best = min(reversed(takes), key=lambda take: badness(take.faults))
        if best.faults & UNUSABLE:
            raise _nothing_spoken(index, [take.faults for take in takes])
        rejected = tuple(take.faults for take in takes if take is not best)
        return Take(pcm=best.pcm, codes=best.codes, faults=best.faults, rejected=rejected)

    def _faults(self, text: SpokenText, decoded: Decoded, pcm: Pcm) -> frozenset[Fault]:
        faults = judge_codes(text.phones, decoded.codes.tolist(), self.pace)
        if decoded.ending is Ending.LIMIT:
            faults.add(Fault.RAN_AWAY)
        if Fault.NO_TOKENS not in faults:
            rate_hz = self.voice.card.acoustic.sample_rate_hz
            faults |= judge_sound(pcm, rate_hz, speech=self.pace.speech)
        return frozenset(faults)

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
    def _render(self, line: Line, decoded: Decoded, seed: int) -> Pcm:
        """All samples of a sentence at once; none when it has no codes."""
        count = len(decoded.codes)
        if not count:
            return np.empty(0, dtype=np.float32)
        device = self.prompt.codes.device
        speed = self.speed_of(line)
        noise = frame_noise(frames_for(count, speed), self.voice.card.acoustic.latent, seed)
        wave = self.voice.acoustic.speak(
            decoded.codes[None].to(device),
            line.read.ids[None].to(device),
            self.prompt.style,
            noise_bct=noise.to(device),
            noise_scale=self.sampling.noise_scale,
            speed=speed,
        )
        pcm: Pcm = wave[0, 0].cpu().numpy()
        return pcm

    def speed_of(self, line: Line) -> float:
        """The utterance's speed times the line's, within what the voice can do."""
        return min(max(self.sampling.speed * line.speed, 0.25), 4.0)


def most_codes(phones: int) -> int:
    """The most codes that a sentence of so many phones may have."""
    return CODES_PER_SECOND * (1 + phones // SLOWEST_PHONES_PER_SECOND)


def _nothing_spoken(index: int, rejected: Sequence[frozenset[Fault]]) -> NothingSpoken:
    return NothingSpoken(
        "The voice made no sound for a sentence; try another seed, or train it again.",
        data={
            "sentence": index,
            "attempts": len(rejected),
            "faults": [sorted(faults) for faults in rejected],
        },
    )
