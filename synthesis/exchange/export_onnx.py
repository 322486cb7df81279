"""Writes a voice's two models as ONNX graphs, and checks them in onnxruntime against themselves.

Shapes: p phones, c text-feature width, t prompt codes, n positions so far, v vocabulary, y layers,
h heads, e width per head, k new codes, g style channels, w mixer width, l latent channels,
s samples.

    semantic_first   phones [p], bert [c, p], prompt [t]     -> logits [v], past [y, 2, h, n, e]
    semantic_step    code [1], place [1], past               -> logits [v], past, one longer
    acoustic         codes [1, k], phones [1, p], style [1, g, 1], mixer_style [1, w, 1],
                     noise [1, l, 2k], noise_scale [1]       -> wave [1, 1, s]

`place` counts the codes of prompt and sentence before this one. The sampler is the caller's.
"""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import Dim
from torch.nn import functional

from synthesis.bundles.bundle import VoiceBundle
from synthesis.errors import EngineError
from synthesis.models.semantic import Layer, SelfAttention, SemanticModel, sinusoid
from synthesis.models.vits import AcousticModel, Style
from synthesis.models.weight_norm import fold_weight_norm

POSITIONS = 4096
OPSET = 20
# Float32 sums in another order; what is beyond is another graph.
TOLERANCE = 1e-3
Arrays = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A written graph, and how far its outputs are at most from the model's.

    The difference is a share of the largest value of its output.
    """

    path: Path
    largest_difference: float


class _Positioned(nn.Module):
    """What both semantic graphs share: tables of codes and places, and the layers."""

    text_places: Tensor
    code_places: Tensor

    def __init__(self, model: SemanticModel) -> None:
        super().__init__()
        self.model = model
        table = sinusoid(POSITIONS, model.config.width)
        self.register_buffer("text_places", model.ar_text_position.alpha.detach() * table)
        self.register_buffer("code_places", model.ar_audio_position.alpha.detach() * table)

    def through(
        self, x_nd: Tensor, mask: Tensor | None, past: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """The last position's logits [v], and keys and values [y, 2, h, n, e] of all so far."""
        heads = self.model.config.heads
        kept = []
        for index, layer in enumerate(self.model.h.layers):
            assert isinstance(layer, Layer)
            attention = layer.self_attn
            assert isinstance(attention, SelfAttention)
            qkv = functional.linear(x_nd, attention.in_proj_weight, attention.in_proj_bias)
            q, k, v = qkv.view(-1, 3, heads, qkv.shape[-1] // 3 // heads).permute(1, 2, 0, 3)
            if past is not None:
                k, v = torch.cat([past[index, 0], k], 1), torch.cat([past[index, 1], v], 1)
            kept.append(torch.stack([k, v]))
            scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
            if mask is not None:
                scores = scores.masked_fill(~mask, -torch.inf)
            mixed = (scores.softmax(dim=-1) @ v).transpose(0, 1).flatten(1)
            x_nd = layer.norm1(x_nd + attention.out_proj(mixed))
            x_nd = layer.norm2(x_nd + layer.linear2(layer.linear1(x_nd).relu()))
        logits: Tensor = self.model.ar_predict_layer(x_nd[-1])
        return logits, torch.stack(kept)


class _First(_Positioned):
    def forward(self, phones: Tensor, bert: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        model = self.model
        text = model.ar_text_embedding(phones) + model.bert_proj(bert.T)
        codes = model.ar_audio_embedding(prompt)
        count, new = phones.shape[0], prompt.shape[0]
        x = torch.cat([text + self.text_places[:count], codes + self.code_places[:new]])
        position = torch.arange(count + new)
        return self.through(x, position <= position.clamp(min=count - 1)[:, None], None)


class _Step(_Positioned):
    def forward(self, code: Tensor, place: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        return self.through(
            self.model.ar_audio_embedding(code) + self.code_places[place], None, past
        )


class _Sound(nn.Module):
    def __init__(self, model: AcousticModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        codes: Tensor,
        phones: Tensor,
        style: Tensor,
        mixer_style: Tensor,
        noise: Tensor,
        noise_scale: Tensor,
    ) -> Tensor:
        by = Style(full_bg1=style, mixer_bw1=mixer_style)
        prior = self.model.prior(codes, phones, by)
        sample = prior.mean_bct + noise * noise_scale * torch.exp(prior.log_std_bct)
        mask = torch.ones_like(sample[:, :1])
        latent = self.model.flow(sample, mask, style, inverse=True)
        return self.model.render(latent, by)


def export_onnx(bundle: VoiceBundle, folder: Path) -> list[Exported]:
    """Write three graphs into a new folder.

    Raises:
        EngineError: the extra `onnx` is not installed, the voice's sound has no graph, or a graph
            computes something else than its model; then nothing can be relied on there.
    """
    if bundle.card.acoustic.decoder == "source_filter":
        # Its noise and its inverse transform last as long as the sentence, and PyTorch's exporter
        # takes neither with a length that is known only later.
        raise EngineError(
            "ONNX has no graph for the source-filter decoder of this voice's base, since its noise "
            "and spectra are as long as the sentence. Export a voice of another base.",
            code="onnx_unsupported",
            data={"decoder": "source_filter"},
        )
    folder.mkdir(parents=True)
    semantic = bundle.semantic().requires_grad_(False)
    acoustic = bundle.acoustic().requires_grad_(False)
    fold_weight_norm(acoustic)
    config = semantic.config
    past = (config.layers, 2, config.heads, None, config.width // config.heads)
    phones, prompt, codes = Dim("p", min=2), Dim("t", min=2), Dim("k", min=3)
    graphs: list[tuple[str, nn.Module, dict[str, object], Sequence[Arrays]]] = [
        (
            "semantic_first",
            _First(semantic),
            {"phones": {0: phones}, "bert": {1: phones}, "prompt": {0: prompt}},
            [_first_inputs(semantic, *sizes) for sizes in ((9, 7), (23, 40))],
        ),
        (
            "semantic_step",
            _Step(semantic),
            {"code": {}, "place": {}, "past": {3: Dim("n", min=2)}},
            [_step_inputs(past, count) for count in (11, 60)],
        ),
        (
            "acoustic",
            _Sound(acoustic),
            {
                "codes": {1: codes},
                "phones": {1: phones},
                "style": {},
                "mixer_style": {},
                "noise": {2: 2 * codes},
                "noise_scale": {},
            },
            [_sound_inputs(acoustic, *sizes) for sizes in ((6, 9), (17, 30))],
        ),
    ]
    return [
        _export(folder / f"{name}.onnx", graph.eval(), shapes, cases)
        for name, graph, shapes, cases in graphs
    ]


def _export(
    path: Path, graph: nn.Module, shapes: dict[str, object], cases: Sequence[Arrays]
) -> Exported:
    """Trace the graph with the first case; it must hold for the second, of other sizes, too."""
    try:
        import onnxscript  # noqa: F401  the exporter says only late, and less clearly, that it lacks
    except ImportError as error:
        raise EngineError(
            "Install the extra `onnx` to export: pip install 'voice-assets[onnx]'.",
            code="onnx_missing",
        ) from error
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's remarks on its own parts
        torch.onnx.export(
            graph,
            (),
            path,
            kwargs=dict(cases[0]),
            dynamic_shapes=shapes,
            input_names=list(cases[0]),
            output_names=["wave"] if isinstance(graph, _Sound) else ["logits", "new_past"],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    difference = max(_difference(path, graph, case) for case in cases)
    if not difference <= TOLERANCE:
        raise EngineError(
            f"{path.name} computes something else than its model (by {difference:.3g}).",
            code="onnx_differs",
        )
    return Exported(path=path, largest_difference=difference)


@torch.no_grad()
def _difference(path: Path, graph: nn.Module, case: Arrays) -> float:
    import onnxruntime  # slow to load

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found: list[NDArray[np.float32]] = session.run(
        None, {name: value.numpy() for name, value in case.items()}
    )
    expected = graph(**case)
    outputs = expected if isinstance(expected, tuple) else (expected,)
    return max(
        float(np.abs(one - other.numpy()).max() / np.abs(other.numpy()).max())
        for one, other in zip(found, outputs, strict=True)
    )


def _first_inputs(model: SemanticModel, phones: int, codes: int) -> Arrays:
    config = model.config
    return {
        "phones": torch.randint(0, config.phonemes, (phones,)),
        "bert": torch.randn(config.bert_width, phones),
        "prompt": torch.randint(0, config.eos, (codes,)),
    }


def _step_inputs(past: Sequence[int | None], count: int) -> Arrays:
    return {
        "code": torch.tensor([1]),
        "place": torch.tensor([count - 5]),
        "past": torch.randn([count if size is None else size for size in past]),
    }


def _sound_inputs(model: AcousticModel, codes: int, phones: int) -> Arrays:
    config = model.config
    return {
        "codes": torch.randint(0, config.codes, (1, codes)),
        "phones": torch.randint(0, config.symbols, (1, phones)),
        "style": 0.1 * torch.randn(1, config.style_channels, 1),
        "mixer_style": 0.1 * torch.randn(1, config.mixer_width, 1),
        "noise": torch.randn(1, config.latent, 2 * codes),
        "noise_scale": torch.tensor([0.5]),
    }
