"""A whole voice of v2Pro at full size, random: loading, speaking five sentences, and memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from synthesis.bundles.base import BERT_FOLDER, HUBERT_FOLDER
from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.weights import save_weights
from synthesis.decoding.products import Arithmetic
from synthesis.engine import Engine
from synthesis.serving.bench import first_audio_ms, random_voice
from synthesis.types import Precision, Sampling, Utterance
from synthesis.voices import load_voice
from tests.benchmarks.measure import Figure, median_s
from tests.benchmarks.speaking_once import TEXT

# RoBERTa-large; its last layers are not read.
BERT_LAYERS, BERT_WIDTH, BERT_HEADS = 24, 1024, 16


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
        engine = Engine(precision=Precision.FAST, arithmetic=Arithmetic.INT8)
        engine.preload(bundle)
        whole, streamed = (
            first_audio_ms(engine, bundle, stream=stream) for stream in (False, True)
        )
        yield Figure(name="first audio, v2Pro, streamed to whole", value=streamed / whole, unit="")
        del engine
        yield _peak(bundle, None)
        yield _peak(bundle, _write_encoders(Path(folder) / "encoders"))


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


def _peak(bundle: VoiceBundle, encoders: Path | None) -> Figure:
    """In a process of its own, since a peak never falls."""
    command = [sys.executable, "-m", "tests.benchmarks.speaking_once", str(bundle.sealed.folder)]
    if encoders is not None:
        command.append(str(encoders))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    name = "with both encoders" if encoders else "no encoder needed"
    return Figure(
        name=f"peak memory, v2Pro, {name}", value=int(done.stdout) * 1024 / 1e9, unit="GB"
    )


def _write_encoders(folder: Path) -> Path:
    """Random encoders of the released sizes, in float16 as the released ones are."""
    from transformers import BertConfig, BertModel, HubertConfig, HubertModel

    text = BertConfig(
        hidden_size=BERT_WIDTH,
        num_hidden_layers=BERT_LAYERS,
        num_attention_heads=BERT_HEADS,
        intermediate_size=4 * BERT_WIDTH,
        vocab_size=21_128,
    )
    models = {
        BERT_FOLDER: BertModel(text, add_pooling_layer=False),
        HUBERT_FOLDER: HubertModel(HubertConfig()),
    }
    for name, model in models.items():
        (folder / name).mkdir(parents=True)
        model.config.save_pretrained(folder / name)
        save_weights(model.state_dict(), folder / name / "model.safetensors", half=True)
    words = ["[UNK]", "[CLS]", "[SEP]", *sorted({*TEXT})]
    (folder / BERT_FOLDER / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    return folder
