"""The base that ships with the engine: what short arithmetic changes, and how soon it is heard."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

import synthesis
from synthesis.bundles.base import BaseModel
from synthesis.decoding.calibration import calibrate
from synthesis.decoding.loop import Sentence
from synthesis.engine import Engine
from synthesis.serving.bench import first_audio_ms, starter_voice
from synthesis.serving.scheduler import Scheduler
from tests.benchmarks.measure import Figure

STARTER = Path(synthesis.__file__).parent / "bases" / "starter"
READ = (
    ("zh", "您好，欢迎致电客户服务中心，请问需要什么？"),
    ("zh", "您的订单已经发货，预计后天下午送到。"),
    ("zh", "今天天气很好，我们出去走走吧。"),
    ("zh", "请在听到提示音以后，输入您的密码。"),
    ("en", "Thank you for calling, how can I help you today?"),
    ("en", "Your parcel was sent this morning and will arrive on Friday."),
    ("en", "Please stay on the line, and we will be with you shortly."),
    ("en", "The weather is fine, so let us take a walk."),
)
# Enough for all the steps that a calibration takes at most, on a machine however busy.
BUDGET_S = 600.0


def figures() -> Iterator[Figure]:
    torch.manual_seed(0)
    base = BaseModel.open(STARTER)
    yield from agreement(base)
    with tempfile.TemporaryDirectory(prefix="starter-bench-") as folder:
        voice = starter_voice(Path(folder) / "voice")
        scheduler = Scheduler()
        engine = Engine(scheduler=scheduler)
        engine.preload(voice)
        whole, streamed = (first_audio_ms(engine, voice, stream=stream) for stream in (False, True))
        scheduler.close()
    yield Figure(name="first audio, starter, streamed", value=streamed, unit="ms")
    yield Figure(name="first audio, starter, streamed to whole", value=streamed / whole, unit="")


def agreement(base: BaseModel, *, sentences: int = len(READ)) -> Iterator[Figure]:
    """How often each arithmetic finds the code likeliest that float32 does, on trained weights."""
    model, front = base.semantic().requires_grad_(False), base.front_end()
    agreed: dict[str, float] = {}
    steps = 0
    for language, text in READ[:sentences]:
        read = front.read(text, language)
        sentence = Sentence(phones=read.ids, bert=read.bert)
        nothing = torch.empty(0, dtype=torch.long)
        measured = calibrate(model, sentence, nothing, budget_s=BUDGET_S).measured
        steps += measured[0].codes
        for one in measured:
            agreed[one.arithmetic] = agreed.get(one.arithmetic, 0.0) + one.agreement * one.codes
    for arithmetic, count in agreed.items():
        yield Figure(
            name=f"likeliest code as in float32, starter, {arithmetic}, {steps} steps",
            value=100 * count / steps,
            unit="%",
        )
