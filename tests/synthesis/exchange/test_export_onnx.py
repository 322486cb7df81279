"""The graphs compute what the models compute, also at sizes that they were not traced with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from synthesis.bundles.bundle import VoiceBundle
from synthesis.errors import EngineError
from synthesis.exchange import export_onnx
from synthesis.serving.bench import starter_voice


def test_a_voice_is_written_as_three_graphs_that_agree(voice: VoiceBundle, tmp_path: Path) -> None:
    exported = export_onnx.export_onnx(voice, tmp_path / "onnx")
    assert [one.path.name for one in exported] == [
        "semantic_first.onnx",
        "semantic_step.onnx",
        "acoustic.onnx",
    ]
    assert all(0 < one.largest_difference <= export_onnx.TOLERANCE for one in exported)


def test_a_graph_that_computes_something_else_is_refused(
    voice: VoiceBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_onnx, "TOLERANCE", -1.0)
    with pytest.raises(EngineError) as caught, torch.random.fork_rng(devices=[]):
        export_onnx.export_onnx(voice, tmp_path / "onnx")
    assert caught.value.code == "onnx_differs"


def test_a_voice_with_a_source_filter_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    voice = starter_voice(tmp_path / "voice")
    with pytest.raises(EngineError, match="source-filter decoder") as caught:
        export_onnx.export_onnx(voice, tmp_path / "onnx")
    assert caught.value.code == "onnx_unsupported"
    assert not (tmp_path / "onnx").exists()
