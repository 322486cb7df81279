"""One sentence at a time: codes from the semantic model, sound from the acoustic one, and retries.

Seeds are made from the utterance's seed, the sentence's place and the attempt, so nothing depends
on what was spoken before.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from synthesis.decoding import Decoded, Ending, Sentence, decode
from synthesis.errors import NothingSpoken, Stopped
from synthesis.front_end import SpokenText
from synthesis.models.vits import frames_for
from synthesis.sampling import SeededNoise
from synthesis.types import Pcm, Sampling, SentenceReport
from synthesis.voices import LoadedVoice, Prompt

ATTEMPTS = 3
CODES_PER_SECOND = 25
# Nobody speaks more slowly than this; a sentence that goes on is a runaway.
SLOWEST_PHONES_PER_SECOND = 3
SILENT_PEAK = 1e-4
RAN_AWAY = "did not end by itself"


@dataclass(frozen=True, kw_only=True)
class SentenceSpeaker:
    """A voice in one style with fixed settings."""

    voice: LoadedVoice
    prompt: Prompt
    sampling: Sampling
    should_stop: Callable[[], bool]

    def codes(self, texts: Sequence[SpokenText], first: int) -> list[Decoded]:
        """Codes of several sentences in one batch; `first` is the place of the first."""
        return self._decode(texts, [self._seed(first + i, 0) for i in range(len(texts))])

    def sound(self, text: SpokenText, index: int, decoded: Decoded) -> tuple[Pcm, SentenceReport]:
        """Samples in [-1, 1] of a sentence, and what happened.

        A take without sound, or one that ran away, is replaced by one with another seed.
        NothingSpoken is raised when no attempt had any sound; a runaway is kept, and noted, if
        there is no better.
        """
        kept: tuple[Pcm, SentenceReport] | None = None
        for attempt in range(ATTEMPTS):
            if attempt:
                [decoded] = self._decode([text], [self._seed(index, attempt)])
            if self.should_stop():
                raise Stopped("The synthesis was stopped before it finished.")
            pcm = self._render(text, decoded, self._seed(index, attempt))
            if pcm is None:
                continue
            ran_away = decoded.ending is Ending.LIMIT
            report = SentenceReport(
                text=text.text,
                phones=text.phones,
                tokens=len(decoded.codes),
                attempts=attempt + 1,
                note=RAN_AWAY if ran_away else "",
            )
            kept = pcm, report
            if not ran_away:
                break
        if kept is None:
            raise NothingSpoken(
                "The voice made no sound for a sentence; try another seed, or train it again.",
                data={"sentence": index, "attempts": ATTEMPTS},
            )
        return kept

    def _seed(self, index: int, attempt: int) -> int:
        name = f"{self.sampling.seed}:{index}:{attempt}"
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") >> 1

    def _decode(self, texts: Sequence[SpokenText], seeds: Sequence[int]) -> list[Decoded]:
        prompt = self.prompt
        return decode(
            self.voice.semantic,
            [
                Sentence(
                    phones=torch.cat([prompt.phones, text.ids]),
                    bert=torch.cat([prompt.bert, text.bert], dim=1),
                )
                for text in texts
            ],
            prompt.codes,
            self.sampling,
            SeededNoise(seeds),
            limits=[most_codes(len(text.ids)) for text in texts],
            should_stop=self.should_stop,
        )

    @torch.inference_mode()
    def _render(self, text: SpokenText, decoded: Decoded, seed: int) -> Pcm | None:
        """The sentence's samples, or None when there is nothing to hear."""
        count = len(decoded.codes)
        if not count:
            return None
        device = self.prompt.codes.device
        shape = (1, self.voice.card.acoustic.latent, frames_for(count, self.sampling.speed))
        noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        wave = self.voice.acoustic.speak(
            decoded.codes[None].to(device),
            text.ids[None].to(device),
            self.prompt.style,
            noise_bct=noise.to(device),
            noise_scale=self.sampling.noise_scale,
            speed=self.sampling.speed,
        )[0, 0]
        peak = float(wave.abs().max())
        if not SILENT_PEAK < peak < float("inf"):
            return None
        pcm: Pcm = (wave / max(peak, 1.0)).cpu().numpy()
        return pcm


def most_codes(phones: int) -> int:
    """The most codes that a sentence of so many phones may have."""
    return CODES_PER_SECOND * (1 + phones // SLOWEST_PHONES_PER_SECOND)
