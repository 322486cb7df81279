"""The engine at full size with random weights, beside what the processor can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional

from synthesis import audio
from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Batch, Row, Sentence, of_row
from synthesis.decoding.products import Arithmetic, Halves, Plain, Product, product
from synthesis.decoding.sampling import SeededNoise
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.vits import AcousticConfig, AcousticModel, frames_for
from synthesis.models.weight_norm import fold_weight_norm
from synthesis.types import Sampling
from tests.benchmarks.measure import Figure, median_s

PHONES, PROMPT_CODES, STEPS = 85, 140, 80
ROWS = (1, 4, 8)
CODES = 100
CODES_PER_S = 25
GEMM = 2048
READ_BYTES = 320 * 1024**2
RUNS = 5
WEIGHT_BYTES = {
    Arithmetic.FLOAT32: 4,
    Arithmetic.FLOAT16: 2,
    Arithmetic.BFLOAT16: 2,
    Arithmetic.INT8: 1,
}


def figures() -> Iterator[Figure]:
    torch.manual_seed(0)
    read = _read_bytes_per_s()
    yield Figure(name="threads", value=torch.get_num_threads(), unit="")
    yield Figure(name="memory read", value=read / 1e9, unit="GB/s")
    for dtype in (torch.float32, torch.bfloat16):
        name = f"{str(dtype).removeprefix('torch.')} matrix product {GEMM}"
        yield Figure(name=name, value=_gemm_flops(dtype) / 1e9, unit="GFLOP/s")
    model = _semantic_model()
    yield from _products(model)
    for arithmetic in Arithmetic:
        yield from _decoding(model, arithmetic, read)
    for version in ("v2", "v2Pro", "v2ProPlus"):
        yield from _acoustic(version)


def _semantic_model() -> SemanticModel:
    config = SemanticConfig()
    model = SemanticModel(config).eval().requires_grad_(False)
    model.ar_predict_layer.weight[config.eos] = 0  # so that the length is what we ask for
    return model


def _products(model: SemanticModel) -> Iterator[Figure]:
    """All large matrices once, by every way in which they can lie in memory."""
    matrices = [parameter for parameter in model.h.parameters() if parameter.dim() == 2]
    ways: dict[str, Callable[[Tensor], Product]] = {
        "row by row": lambda weight: Plain(weight, None),
        "column by column": lambda weight: Plain(weight.T.contiguous().T, None),
        "packed float16": lambda weight: Halves([weight.half().float()], None),
        "packed float32, two parts": lambda weight: product(weight, None),
        "bfloat16": lambda weight: product(weight, None, Arithmetic.BFLOAT16),
        "int8": lambda weight: product(weight, None, Arithmetic.INT8),
    }
    for name, lay_out in ways.items():
        laid_out = [(lay_out(weight), weight.shape[1]) for weight in matrices]
        for rows in ROWS:
            inputs = {width: torch.randn(rows, width) for _, width in laid_out}

            def multiply(laid_out: object = laid_out, inputs: object = inputs) -> None:
                for multiplied, width in laid_out:  # type: ignore[attr-defined]
                    multiplied(inputs[width])  # type: ignore[index]

            seconds = median_s(multiply, runs=RUNS)
            yield Figure(
                name=f"products of a step, {name}, {rows} row(s)", value=1e3 * seconds, unit="ms"
            )


def _decoding(
    model: SemanticModel, arithmetic: Arithmetic, read_bytes_per_s: float
) -> Iterator[Figure]:
    """Steps alone: reading the sentence is measured apart."""
    decoder = Decoder(model, arithmetic)
    weights = sum(parameter.numel() for parameter in model.h.parameters() if parameter.dim() == 2)
    floor = read_bytes_per_s / (weights * WEIGHT_BYTES[arithmetic])
    for rows in ROWS:
        slots = decoder.slots(rows, PHONES + PROMPT_CODES + STEPS)
        batch = Batch(decoder, slots)
        for number in range(rows):
            batch.join(_row(number))
        joined = list(batch.rows)

        def steps(batch: Batch = batch, joined: list[Row] = joined) -> None:
            for _ in range(STEPS // RUNS // 2):
                batch.step()
            assert len(batch.rows) == len(joined)

        seconds = median_s(steps, runs=RUNS)
        yield Figure(
            name=f"semantic decode {arithmetic}, {rows} sentence(s)",
            value=rows * (STEPS // RUNS // 2) / seconds,
            unit="tokens/s",
            floor=floor * rows,
            floor_name="reading the weights once a step",
        )
    alone = decoder.slots(1, PHONES + PROMPT_CODES)
    row = _row(0)

    def read() -> None:
        decoder.read(row.sentence.phones, row.sentence.bert, row.prompt, alone, 0)

    yield Figure(
        name=f"reading a sentence {arithmetic}", value=1e3 * median_s(read, runs=3), unit="ms"
    )


def _row(number: int) -> Row:
    generator = torch.Generator().manual_seed(number)
    return Row(
        sentence=Sentence(
            phones=torch.randint(0, 700, (PHONES,), generator=generator),
            bert=torch.zeros(1024, PHONES),
        ),
        prompt=torch.randint(0, 1000, (PROMPT_CODES,), generator=generator),
        sampling=Sampling(),
        noise=of_row(SeededNoise([number]), 0),
        limit=STEPS,
    )


def _acoustic(version: str) -> Iterator[Figure]:
    """Exact, and with a bfloat16 decoder: the distance is between their spectra, in decibels."""
    model = AcousticModel(AcousticConfig.for_version(version), with_posterior=False).eval()
    fold_weight_norm(model)
    model.lay_out_for_processor()
    inputs = _acoustic_inputs(model)
    waves = {}
    for name in ("exact", "fast"):
        if name == "fast":
            model.dec.lower(torch.bfloat16)
        waves[name] = inputs()
        yield Figure(
            name=f"acoustic real-time factor {name}, {version}",
            value=median_s(inputs, runs=RUNS) / (CODES / CODES_PER_S),
            unit="s/s",
        )
    exact, fast = (_decibels(wave) for wave in waves.values())
    yield Figure(
        name=f"spectral distance of fast to exact, {version}",
        value=float((exact - fast).abs().mean()),
        unit="dB",
    )


def _acoustic_inputs(model: AcousticModel) -> Callable[[], Tensor]:
    """Renders the same codes each time it is called."""
    config = model.config
    speakers = [torch.randn(1, config.speaker_width)] if config.has_speaker else None
    codes = torch.randint(0, config.codes, (1, CODES))
    phones = torch.randint(0, 700, (1, PHONES))
    noise = torch.randn(1, config.latent, frames_for(CODES))
    with torch.inference_mode():
        style = model.style_of([torch.rand(1, config.spec_bins, 200)], speakers)

    @torch.inference_mode()
    def render() -> Tensor:
        return model.speak(codes, phones, style, noise_bct=noise)

    return render


def _decibels(wave: Tensor) -> Tensor:
    decibels: Tensor = 8.686 * audio.log_mel(audio.spectrogram(wave[0]))
    return decibels


def _read_bytes_per_s() -> float:
    block = torch.ones(READ_BYTES // 4)
    return READ_BYTES / median_s(block.sum)


def _gemm_flops(dtype: torch.dtype) -> float:
    a, b = torch.randn(GEMM, GEMM).to(dtype), torch.randn(GEMM, GEMM).to(dtype)
    return 2 * GEMM**3 / median_s(lambda: functional.linear(a, b))
