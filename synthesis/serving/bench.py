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

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import Origin, Reference, VoiceBundle, write_bundle
from synthesis.bundles.random_base import SIZES, random_acoustic, random_semantic
from synthesis.decoding.products import Arithmetic
from synthesis.engine import Engine
from synthesis.features.reference import ReferenceFeatures
from synthesis.models.semantic import SemanticConfig
from synthesis.models.vits import AcousticConfig
from synthesis.serving.scheduler import Capacity, Scheduler
from synthesis.types import Pcm, Precision, Sampling, Speech, Utterance

TEXT = "您好，欢迎致电客户服务中心，请问需要什么？"
SHORT_TEXT = "您好。"
PROMPT_PHONES, PROMPT_CODES = 40, 140
BENCH_SIZES = {**SIZES, "full": (SemanticConfig(), AcousticConfig.for_version("v2Pro"))}
STARTER = "starter"
SETTLED_AFTER = 200
LEAST_RATIO, MOST_GROWTH = 3.0, 0.03
MOST_FIRST_RATIO, MOST_FIRST_MS = 0.5, 300.0
RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was measured; `crosstalk` counts requests that sounded otherwise than alone.

    Of `asked` requests so many as `requests` are under way at a time, as a server has them: while
    the sound of some is rendered, others decode.
    `render_s` is how long sound was rendered for the requests one at a time: no more is gained by
    serving them together than all the rest, and what `renderers` do at once.
    """

    size: str
    requests: int
    asked: int
    voices: int
    shared_weights: bool
    threads: int
    renderers: int
    alone_s: float
    render_s: float
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

    def lines(self) -> Iterator[str]:
        """Each goal with what was measured, whether it is met, and what bounds it."""
        render_s = self.render_s / self.renderers
        yield (
            f"{self.asked} requests over {self.voices} voices, {self.requests} at once, "
            f"{self.threads} thread(s) an operation, {self.renderers} renderer(s): "
            f"{self.throughput_ratio:.2f} x one at a time ({self.alone_s:.1f} s to "
            f"{self.together_s:.1f} s), goal 3 x: {_verdict(self.throughput_ratio >= LEAST_RATIO)}"
            f"; floor: rendering takes {render_s:.1f} s, so {self.alone_s / render_s:.2f} x at most"
        )
        yield (
            f"cross-talk: {self.crosstalk} of {self.asked} requests sounded otherwise than "
            f"alone, goal 0: {_verdict(self.crosstalk == 0)}"
        )
        grown = f"memory over {self.growth_requests} requests: "
        if self.growth_requests <= SETTLED_AFTER:
            yield f"{grown}not measured, it settles in the first {SETTLED_AFTER}"
        else:
            yield (
                f"{grown}{self.memory_settled_mb:.0f} MB after the first {SETTLED_AFTER}, "
                f"{self.memory_end_mb:.0f} MB at the end, {100 * self.memory_growth:+.1f} %, "
                f"goal 3 %: {_verdict(self.memory_growth <= MOST_GROWTH)}"
            )
        yield (
            f"first audio of 20 characters: {self.first_audio_streamed_ms:.0f} ms streamed, "
            f"{self.first_audio_whole_ms:.0f} ms whole, {self.first_audio_ratio:.2f} of it, "
            f"goal 0.5: {_verdict(self.first_audio_ratio <= MOST_FIRST_RATIO)}"
        )
        if self.size == "starter":
            met = _verdict(self.first_audio_streamed_ms <= MOST_FIRST_MS)
            yield f"first audio, starter: {self.first_audio_streamed_ms:.0f} ms, goal 300 ms: {met}"


def _verdict(met: bool) -> str:
    return "met" if met else "missed"


def run(
    *,
    size: str = "tiny",
    requests: int = 16,
    rounds: int = 3,
    voices: int = 4,
    shared_weights: bool = False,
    growth_requests: int = 2000,
    precision: Precision = Precision.EXACT,
    arithmetic: Arithmetic | None = Arithmetic.FLOAT32,
    device: str = "cpu",
) -> Report:
    """Measure `rounds` times as many requests as are under way at once, with voices of a size.

    `shared_weights` gives all one semantic model.

    Voices of the starter base always share it, and differ in their style.
    """
    with tempfile.TemporaryDirectory(prefix="serve-bench-") as folder:
        bundles = [
            _voice(Path(folder) / f"voice-{number}", size, number, shared_weights=shared_weights)
            for number in range(voices)
        ]
        scheduler = Scheduler(Capacity(slots=requests, requests=2 * requests))
        engine = Engine(device, precision=precision, arithmetic=arithmetic, scheduler=scheduler)
        for bundle in bundles:
            engine.preload(bundle, pin=True)
        works = [
            partial(engine.speak, bundles[number % voices], _utterance(TEXT, number))
            for number in range(requests * rounds)
        ]
        works[0]()
        busy_s = scheduler.lane.busy_s
        alone, alone_s = _timed(lambda: [work() for work in works])
        render_s = scheduler.lane.busy_s - busy_s
        before = scheduler.load()
        together, together_s = _timed(lambda: _at_once(works, requests))
        after = scheduler.load()
        whole_ms = first_audio_ms(engine, bundles[0], stream=False)
        streamed_ms = first_audio_ms(engine, bundles[0], stream=True)
        settled, end = _growth(engine, bundles, growth_requests, requests)
        report = Report(
            size=size,
            requests=requests,
            asked=len(works),
            voices=voices,
            shared_weights=shared_weights,
            threads=torch.get_num_threads(),
            renderers=scheduler.renderers,
            alone_s=alone_s,
            render_s=render_s,
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


def _voice(folder: Path, size: str, number: int, *, shared_weights: bool) -> VoiceBundle:
    if size == STARTER:
        return starter_voice(folder, style_seed=number)
    return random_voice(
        folder,
        size=size,
        semantic_seed=0 if shared_weights else number,
        acoustic_seed=number,
    )


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
    return write_bundle(
        folder,
        semantic=semantic,
        acoustic=acoustic,
        styles={"default": [_reference(features, acoustic_config)]},
        languages=["zh"],
        origin=Origin(
            base_name=f"random-{size}",
            base_sha256="0" * 64,
            dataset_sha256="0" * 64,
            speech=False,
        ),
    )


def starter_voice(folder: Path, *, style_seed: int = 0) -> VoiceBundle:
    """Write a voice of the starter base's own models, in a style that nobody has."""
    base = BaseModel.open(Path(__file__).parents[1] / "bases" / STARTER)
    generator = torch.Generator().manual_seed(style_seed)
    features = ReferenceFeatures(
        codes=torch.zeros(1, dtype=torch.long),
        style=0.1 * torch.randn(base.acoustic_config.style_channels, generator=generator),
        phones=torch.ones(1, dtype=torch.long),
        bert=torch.zeros(base.semantic_config.bert_width, 1),
    )
    return write_bundle(
        folder,
        semantic=base.semantic(),
        acoustic=base.acoustic(),
        styles={"default": [_reference(features, base.acoustic_config)]},
        languages=base.languages,
        origin=Origin(
            base_name=base.name,
            base_sha256=base.sha256,
            dataset_sha256="0" * 64,
            speech=base.speech,
        ),
        defaults=base.defaults,
    )


def _reference(features: ReferenceFeatures, config: AcousticConfig) -> Reference:
    silence: Pcm = np.zeros(config.sample_rate_hz, dtype=np.float32)
    return Reference(
        pcm=silence,
        sample_rate_hz=config.sample_rate_hz,
        transcript="",
        language="zh",
        features=features,
    )


def _utterance(text: str, seed: int) -> Utterance:
    # A voice of random weights runs away in every take, and would be asked for more.
    return Utterance(text=text, language="zh", sampling=Sampling(seed=seed), attempts=1)


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
