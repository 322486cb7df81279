"""A whole voice of v2Pro at full size, random: loading, speaking five sentences, and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from synthesis.bundles.bundle import VoiceBundle
from synthesis.decoding.products import Arithmetic
from synthesis.engine import Engine
from synthesis.serving.bench import random_voice
from synthesis.types import Precision, Sampling, Utterance
from synthesis.voices import load_voice
from tests.benchmarks.measure import Figure, median_s

TEXT = "您好，欢迎致电客户服务中心。请问需要什么？我们会尽快处理。感谢您的耐心等待。祝您生活愉快。"
# RoBERTa-large as far as it is read, and HuBERT-base.
BERT_LAYERS, BERT_WIDTH, BERT_HEADS = 22, 1024, 16


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="voice-bench-") as folder:
        bundle = random_voice(Path(folder) / "v", size="full", semantic_seed=0, acoustic_seed=0)
        cpu = torch.device("cpu")
        yield Figure(
            name="v2Pro bundle into memory, from page cache",
            value=median_s(lambda: load_voice(bundle, cpu), runs=3),
            unit="s",
        )
        for precision, arithmetic in (
            (Precision.EXACT, Arithmetic.FLOAT32),
            (Precision.FAST, Arithmetic.FLOAT32),
            (Precision.FAST, Arithmetic.INT8),
        ):
            yield _pipeline(bundle, precision, arithmetic)
        for encoders in (True, False):
            yield _peak(bundle, encoders=encoders)


def _pipeline(bundle: VoiceBundle, precision: Precision, arithmetic: Arithmetic) -> Figure:
    engine = Engine(precision=precision, arithmetic=arithmetic)
    engine.preload(bundle)
    utterance = Utterance(text=TEXT, language="zh", sampling=Sampling(seed=1), attempts=1)
    engine.speak(bundle, utterance)
    started = time.perf_counter()
    speech = engine.speak(bundle, utterance)
    seconds = time.perf_counter() - started
    return Figure(
        name=f"five sentences, v2Pro, sound {precision}, codes {arithmetic}",
        value=seconds / (len(speech.pcm) / speech.sample_rate_hz),
        unit="s/s",
    )


def _peak(bundle: VoiceBundle, *, encoders: bool) -> Figure:
    """In a process of its own, since a peak never falls."""
    order = json.dumps({"bundle": str(bundle.sealed.folder), "encoders": encoders})
    command = [sys.executable, "-m", "tests.benchmarks.voices", order]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    name = "with both encoders" if encoders else "no encoder needed"
    return Figure(
        name=f"peak memory, v2Pro, {name}", value=int(done.stdout) * 1024 / 1e9, unit="GB"
    )


def _speak_once(bundle: str, *, encoders: bool) -> None:
    held: list[torch.nn.Module] = []
    if encoders:
        from transformers import BertConfig, BertModel, HubertConfig, HubertModel

        config = BertConfig(
            hidden_size=BERT_WIDTH,
            num_hidden_layers=BERT_LAYERS,
            num_attention_heads=BERT_HEADS,
            intermediate_size=4 * BERT_WIDTH,
            vocab_size=21_128,
        )
        held = [BertModel(config, add_pooling_layer=False), HubertModel(HubertConfig())]
    utterance = Utterance(text=TEXT, language="zh", attempts=1)
    Engine().speak(VoiceBundle.open(bundle), utterance)
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    held.clear()
    print(peak)


if __name__ == "__main__":
    _speak_once(**json.loads(sys.argv[1]))
