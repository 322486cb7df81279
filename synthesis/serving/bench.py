"""`python -m synthesis serve-bench`: what serving many requests at once brings, and costs."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import torch

from synthesis.bundles.bundle import Origin, Reference, VoiceBundle, write_bundle
from synthesis.bundles.random_base import SIZES, random_acoustic, random_semantic
from synthesis.decoding.products import Arithmetic
from synthesis.engine import Engine
from synthesis.features.reference import ReferenceFeatures
from synthesis.models.semantic import SemanticConfig
from synthesis.models.vits import AcousticConfig
from synthesis.serving.scheduler import Capacity, Scheduler
from synthesis.types import Pcm, Sampling, Speech, Utterance

TEXT = "您好，欢迎致电客户服务中心，请问需要什么？"
SHORT_TEXT = "您好。"
PROMPT_PHONES, PROMPT_CODES = 40, 140
BENCH_SIZES = {**SIZES, "full": (SemanticConfig(), AcousticConfig.for_version("v2Pro"))}
SETTLED_AFTER = 200
RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was measured; `crosstalk` counts requests that sounded otherwise than alone."""

    requests: int
    voices: int
    shared_weights: bool
    alone_s: float
    together_s: float
    throughput_ratio: float
    codes_per_step: float
    crosstalk: int
    first_audio_whole_ms: float
    first_audio_streamed_ms: float
    first_audio_ratio: float
    cache_bytes: int
    growth_requests: int
    memory_settled_mb: float
    memory_end_mb: float
    memory_growth: float


def run(
    *,
    size: str = "tiny",
    requests: int = 16,
    voices: int = 4,
    shared_weights: bool = False,
    growth_requests: int = 2000,
    arithmetic: Arithmetic | None = Arithmetic.FLOAT32,
) -> Report:
    """Measure with random voices of a size; `shared_weights` gives all one semantic model."""
    with tempfile.TemporaryDirectory(prefix="serve-bench-") as folder:
        bundles = [
            random_voice(
                Path(folder) / f"voice-{number}",
                size=size,
                semantic_seed=0 if shared_weights else number,
                acoustic_seed=number,
            )
            for number in range(voices)
        ]
        scheduler = Scheduler(Capacity(slots=requests, requests=2 * requests))
        engine = Engine(arithmetic=arithmetic, scheduler=scheduler)
        direct = Engine(arithmetic=arithmetic)
        for bundle in bundles:
            engine.preload(bundle, pin=True)
            direct.preload(bundle, pin=True)
        asked = [(bundles[number % voices], _utterance(TEXT, number)) for number in range(requests)]
        direct.speak(*asked[0])
        alone, alone_s = _timed(lambda: [direct.speak(*one) for one in asked])
        before = scheduler.load()
        together, together_s = _timed(
            lambda: _at_once([partial(engine.speak, *one) for one in asked], requests)
        )
        after = scheduler.load()
        whole_ms = first_audio_ms(engine, bundles[0], stream=False)
        streamed_ms = first_audio_ms(engine, bundles[0], stream=True)
        settled, end = _growth(engine, bundles, growth_requests, requests)
        report = Report(
            requests=requests,
            voices=voices,
            shared_weights=shared_weights,
            alone_s=alone_s,
            together_s=together_s,
            throughput_ratio=alone_s / together_s,
            codes_per_step=(after.codes - before.codes) / max(1, after.steps - before.steps),
            crosstalk=sum(
                one.pcm_sha256 != other.pcm_sha256
                for one, other in zip(alone, together, strict=True)
            ),
            first_audio_whole_ms=whole_ms,
            first_audio_streamed_ms=streamed_ms,
            first_audio_ratio=streamed_ms / whole_ms,
            cache_bytes=after.cache_bytes,
            growth_requests=growth_requests,
            memory_settled_mb=settled / 1e6,
            memory_end_mb=end / 1e6,
            memory_growth=end / settled - 1,
        )
        scheduler.close()
    return report


def random_voice(folder: Path, *, size: str, semantic_seed: int, acoustic_seed: int) -> VoiceBundle:
    """Write a voice with random weights and a random reference: it makes sound, but no sense."""
    semantic_config, acoustic_config = BENCH_SIZES[size]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(semantic_seed)
        semantic = random_semantic(semantic_config)
        torch.manual_seed(1000 + acoustic_seed)
        acoustic = random_acoustic(acoustic_config)
        features = ReferenceFeatures(
            codes=torch.randint(0, acoustic_config.codes, (PROMPT_CODES,)),
            style=0.1 * torch.randn(acoustic_config.style_channels),
            phones=torch.randint(0, acoustic_config.symbols, (PROMPT_PHONES,)),
            bert=torch.zeros(semantic_config.bert_width, PROMPT_PHONES),
        )
    silence: Pcm = np.zeros(acoustic_config.sample_rate_hz, dtype=np.float32)
    reference = Reference(
        pcm=silence,
        sample_rate_hz=acoustic_config.sample_rate_hz,
        transcript="",
        language="zh",
        features=features,
    )
    return write_bundle(
        folder,
        semantic=semantic,
        acoustic=acoustic,
        styles={"default": [reference]},
        languages=["zh"],
        origin=Origin(
            base_name=f"random-{size}",
            base_sha256="0" * 64,
            dataset_sha256="0" * 64,
            speech=False,
        ),
    )


def _utterance(text: str, seed: int) -> Utterance:
    return Utterance(text=text, language="zh", sampling=Sampling(seed=seed))


def _timed(do: Callable[[], list[Speech]]) -> tuple[list[Speech], float]:
    started = time.perf_counter()
    made = do()
    return made, time.perf_counter() - started


def _at_once(works: Sequence[Callable[[], Speech]], threads: int) -> list[Speech]:
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def first_audio_ms(engine: Engine, bundle: VoiceBundle, *, stream: bool) -> float:
    """The median time from asking for a sentence of 20 characters to hearing something of it."""

    def once(seed: int) -> float:
        heard: list[float] = []
        started = time.perf_counter()
        engine.speak(
            bundle,
            _utterance(TEXT, seed),
            stream=stream,
            on_audio=lambda _pcm: heard.append(time.perf_counter()),
        )
        return 1e3 * (heard[0] - started)

    return statistics.median(once(seed) for seed in range(RUNS))


def _growth(
    engine: Engine, bundles: Sequence[VoiceBundle], count: int, threads: int
) -> tuple[int, int]:
    """Resident bytes after the first requests, and after all of them."""
    process = psutil.Process()
    settled = process.memory_info().rss
    for first, works in enumerate(_waves(engine, bundles, count, threads)):
        _at_once(works, threads)
        if first * threads < SETTLED_AFTER:
            settled = process.memory_info().rss
    return settled, process.memory_info().rss


def _waves(
    engine: Engine, bundles: Sequence[VoiceBundle], count: int, threads: int
) -> Iterator[list[Callable[[], Speech]]]:
    for first in range(0, count, threads):
        yield [
            partial(engine.speak, bundles[number % len(bundles)], _utterance(SHORT_TEXT, number))
            for number in range(first, min(first + threads, count))
        ]
