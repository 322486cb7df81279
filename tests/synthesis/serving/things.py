"""Small random models, sentences for them, and what a request does, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Sentence, decode
from synthesis.decoding.sampling import SeededNoise
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.serving.scheduler import Scheduler
from synthesis.serving.turn import Turn
from synthesis.types import Sampling

PROMPT = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
CONFIG = SemanticConfig(phonemes=50, vocabulary=65, width=64, heads=4, layers=2, bert_width=16)

Result = TypeVar("Result")


def never() -> bool:
    return False


def make_decoder(seed: int, device: str = "cpu") -> Decoder:
    """A model whose codes depend on everything, and which ends now and then."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = SemanticModel(CONFIG).eval().requires_grad_(False)
        for parameter in model.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=1.5 / parameter.shape[1] ** 0.5)
    return Decoder(model.to(device))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One sentence with a voice: what it is, and what it gives alone."""

    decoder: Decoder
    number: int
    limit: int = 40
    phone: int | None = None

    @property
    def sentence(self) -> Sentence:
        generator = torch.Generator().manual_seed(self.number)
        count = 5 + self.number % 11
        phones = torch.randint(0, 50, (count,), generator=generator)
        if self.phone is not None:
            phones[0] = self.phone
        return Sentence(phones=phones, bert=torch.randn(16, count, generator=generator))

    @property
    def sampling(self) -> Sampling:
        return Sampling(top_k=5 + self.number % 10, top_p=1.0 if self.number % 2 else 0.9)

    def alone(self) -> list[int]:
        [decoded] = decode(
            self.decoder,
            [self.sentence],
            PROMPT,
            self.sampling,
            SeededNoise([self.number]),
            limits=[self.limit],
        )
        codes: list[int] = decoded.codes.tolist()
        return codes

    def through(
        self,
        scheduler: Scheduler,
        *,
        should_stop: Callable[[], bool] = never,
        on_code: Callable[[int, int], None] | None = None,
        client: str = "",
        deadline_s: float | None = None,
    ) -> list[int]:
        with scheduler.request(client=client, deadline_s=deadline_s) as turn:
            return self.with_turn(turn, should_stop=should_stop, on_code=on_code)

    def with_turn(
        self,
        turn: Turn,
        *,
        should_stop: Callable[[], bool] = never,
        on_code: Callable[[int, int], None] | None = None,
    ) -> list[int]:
        [decoded] = turn.decode(
            self.decoder,
            [self.sentence],
            PROMPT,
            self.sampling,
            [self.number],
            limits=[self.limit],
            should_stop=should_stop,
            on_code=on_code,
        )
        codes: list[int] = decoded.codes.tolist()
        return codes


def at_once(*works: Callable[[], Result]) -> list[Result]:
    """What each returns, all of them in threads of their own."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]
