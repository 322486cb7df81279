"""Where the work of an utterance is done: in the caller's thread, or by a scheduler for many."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from torch import Tensor

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Decoded, Sentence, decode
from synthesis.decoding.sampling import SeededNoise
from synthesis.types import Sampling

Result = TypeVar("Result")


class Compute(Protocol):
    """Decodes sentences and renders sound; it blocks until that is done."""

    def decode(
        self,
        decoder: Decoder,
        sentences: Sequence[Sentence],
        prompt: Tensor,
        sampling: Sampling,
        seeds: Sequence[int],
        *,
        limits: Sequence[int],
        should_stop: Callable[[], bool],
        on_code: Callable[[int, int], None] | None = None,
    ) -> list[Decoded]:
        """The codes of every sentence after the same prompt; each has a seed and a limit.

        `on_code` receives a sentence's index and its next code, in the caller's thread. The codes
        do not depend on what else is decoded at the time.
        """

    def run(self, work: Callable[[], Result]) -> Result:
        """What `work`, such as rendering, returns or raises."""


class Here:
    """Everything in the caller's thread, for one utterance at a time."""

    def decode(
        self,
        decoder: Decoder,
        sentences: Sequence[Sentence],
        prompt: Tensor,
        sampling: Sampling,
        seeds: Sequence[int],
        *,
        limits: Sequence[int],
        should_stop: Callable[[], bool],
        on_code: Callable[[int, int], None] | None = None,
    ) -> list[Decoded]:
        return decode(
            decoder,
            sentences,
            prompt,
            sampling,
            SeededNoise(seeds),
            limits=limits,
            should_stop=should_stop,
            on_code=on_code,
        )

    def run(self, work: Callable[[], Result]) -> Result:
        return work()
