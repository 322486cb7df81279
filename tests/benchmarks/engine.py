"""The engine at full size with random weights, beside what the processor can do."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from synthesis.decoder import Decoder
from synthesis.decoding import Sentence, decode
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.vits import AcousticConfig, AcousticModel, frames_for
from synthesis.models.weight_norm import fold_weight_norm
from synthesis.types import Sampling
from tests.benchmarks.measure import Figure, median_s

PHONES, PROMPT_CODES, STEPS = 85, 140, 80
CODES = 100
CODES_PER_S = 25
GEMM = 2048
READ_BYTES = 320 * 1024**2


def figures() -> Iterator[Figure]:
    torch.manual_seed(0)
    read = _read_bytes_per_s()
    gemm = _gemm_flops()
    yield Figure(name="memory read", value=read / 1e9, unit="GB/s")
    yield Figure(name=f"fp32 matrix product {GEMM}", value=gemm / 1e9, unit="GFLOP/s")
    yield from _semantic(read)
    yield from _acoustic()


def _semantic(read_bytes_per_s: float) -> Iterator[Figure]:
    config = SemanticConfig()
    model = SemanticModel(config).eval()
    with torch.no_grad():
        model.ar_predict_layer.weight[config.eos] = 0  # so that the length is what we ask for
    matrices = sum(p.numel() for p in model.h.parameters() if p.dim() == 2)
    floor = read_bytes_per_s / (matrices * 4)
    decoder = Decoder(model)
    for rows in (1, 4, 8):
        seconds = median_s(lambda rows=rows: _decode(decoder, rows), runs=3)
        yield Figure(
            name=f"semantic decode fp32, {rows} sentence(s)",
            value=rows * STEPS / seconds,
            unit="tokens/s",
            floor=floor if rows == 1 else None,
            floor_name="reading the weights once a token",
        )


def _decode(decoder: Decoder, rows: int) -> None:
    sentence = Sentence(
        phones=torch.randint(0, 700, (PHONES,)), bert=torch.zeros(decoder.config.bert_width, PHONES)
    )
    decode(
        decoder,
        [sentence] * rows,
        torch.randint(0, 1000, (PROMPT_CODES,)),
        Sampling(),
        lambda step, kept, columns: torch.rand(len(kept), columns) + 1e-3,
        limits=[STEPS] * rows,
    )


def _acoustic() -> Iterator[Figure]:
    for version in ("v2", "v2Pro"):
        model = AcousticModel(AcousticConfig.for_version(version), with_posterior=False).eval()
        fold_weight_norm(model)
        seconds = median_s(lambda model=model: _render(model), runs=3)
        yield Figure(
            name=f"acoustic real-time factor fp32, {version}",
            value=seconds / (CODES / CODES_PER_S),
            unit="s/s",
        )


@torch.inference_mode()
def _render(model: AcousticModel) -> None:
    config = model.config
    speakers = [torch.randn(1, config.speaker_width)] if config.has_speaker else None
    model.speak(
        torch.randint(0, config.codes, (1, CODES)),
        torch.randint(0, 700, (1, PHONES)),
        model.style_of([torch.rand(1, config.spec_bins, 200)], speakers),
        noise_bct=torch.randn(1, config.latent, frames_for(CODES)),
    )


def _read_bytes_per_s() -> float:
    block = torch.ones(READ_BYTES // 4)
    return READ_BYTES / median_s(block.sum)


def _gemm_flops() -> float:
    a, b = torch.randn(GEMM, GEMM), torch.randn(GEMM, GEMM)
    return 2 * GEMM**3 / median_s(lambda: a @ b)
