"""Sound of a sentence while its codes are still being decoded, in growing chunks.

Each chunk renders the newest codes with enough codes before them that flow and decoder see what
they would see in the whole sentence. The noise belongs to a frame's place in the sentence, so
neighbouring chunks agree where they overlap and are joined by a short cross-fade, without moving
in time: the pieces last exactly as long as the sentence rendered at once.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from synthesis.decoding.sampling import frame_noise
from synthesis.models.vits import Prior, frames_for
from synthesis.serving.compute import Compute, Here
from synthesis.types import Pcm
from synthesis.voices import LoadedVoice, Prompt

FIRST_CHUNK = 20
LARGEST_CHUNK = 80
GROWTH = 1.5
# Codes rendered again before a chunk: flow and decoder reach back 43 frames.
CONTEXT = 22
# The newest codes wait, since those that follow still change them.
HELD_BACK = 4
FADE_SAMPLES = 640
SILENT_PEAK = 1e-4


def heard(pcm: Pcm, *, silence_allowed: bool = False) -> bool:
    """Whether samples are numbers, and loud enough to be speech."""
    peak = float(np.abs(pcm).max(initial=0.0))
    return math.isfinite(peak) and (silence_allowed or peak > SILENT_PEAK)


class Unheard(Exception):
    """A sentence began with nothing to hear, or went on with something that is not sound."""


class ChunkedSound:
    """Takes the codes of one sentence one by one and hands out its samples."""

    def __init__(
        self,
        voice: LoadedVoice,
        prompt: Prompt,
        phones: Tensor,
        *,
        most_codes: int,
        noise_scale: float,
        seed: int,
        emit: Callable[[Pcm, bool], None],
        compute: Compute | None = None,
    ) -> None:
        """`emit` gets each piece and whether it is the last; all of them stay in `given`."""
        self._voice, self._prompt = voice, prompt
        self._phones = phones[None].to(prompt.codes.device)
        noise = frame_noise(frames_for(most_codes), voice.card.acoustic.latent, seed)
        self._noise = noise.to(prompt.codes.device)
        self._noise_scale = noise_scale
        self._emit = emit
        self._compute = compute or Here()
        self._codes: list[int] = []
        self._given = 0
        self._chunk = FIRST_CHUNK
        self._tail: Pcm | None = None
        self.given: list[Pcm] = []

    def add(self, _row: int, code: int) -> None:
        """Take one more code; every so often this renders and hands out a chunk."""
        self._codes.append(code)
        if len(self._codes) - HELD_BACK - self._given >= self._chunk:
            self._give(len(self._codes) - HELD_BACK)
            self._chunk = min(LARGEST_CHUNK, math.ceil(GROWTH * self._chunk))

    def finish(self) -> None:
        """Hand out what is left; Unheard when there was nothing at all."""
        if not self._codes:
            raise Unheard
        self._give(len(self._codes))

    @property
    def begun(self) -> bool:
        """Whether anything was handed out."""
        return self._given > 0

    def _give(self, end: int) -> None:
        last = end == len(self._codes)
        start = max(0, self._given - CONTEXT)
        wave = self._compute.run(partial(self._render, start))
        per_code = 2 * self._voice.card.acoustic.hop
        ahead = 0 if last else FADE_SAMPLES
        piece = wave[(self._given - start) * per_code : (end - start) * per_code + ahead]
        if not heard(piece, silence_allowed=self.begun):
            raise Unheard
        if self._tail is not None:
            rising = np.linspace(0, 1, FADE_SAMPLES, endpoint=False, dtype=np.float32)
            piece[:FADE_SAMPLES] = rising * piece[:FADE_SAMPLES] + (1 - rising) * self._tail
        self._tail = None if last else piece[-FADE_SAMPLES:]
        self._given = end
        self.given.append(piece if last else piece[:-FADE_SAMPLES])
        self._emit(self.given[-1], last)

    @torch.inference_mode()
    def _render(self, start: int) -> Pcm:
        """Samples of every code from `start` on."""
        acoustic, style = self._voice.acoustic, self._prompt.style
        codes = torch.tensor([self._codes], device=self._phones.device)
        whole = acoustic.prior(codes, self._phones, style)
        window = slice(2 * start, 2 * len(self._codes))
        part = Prior(
            mean_bct=whole.mean_bct[:, :, window],
            log_std_bct=whole.log_std_bct[:, :, window],
            mixed_bct=whole.mixed_bct[:, :, window],
        )
        latent = acoustic.latent(part, style, self._noise[:, :, window], self._noise_scale)
        pcm: Pcm = acoustic.render(latent, style)[0, 0].cpu().numpy()
        return pcm
