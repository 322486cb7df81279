"""Foreign checkpoints: known ones are named by their tensors, dangerous ones never run."""

import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from synthesis import checkpoint
from synthesis.checkpoint import Kind, read_checkpoint
from synthesis.errors import UnsupportedCheckpoint
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.speaker import SpeakerConfig, SpeakerNet
from synthesis.models.vits import VERSIONS, AcousticConfig, AcousticModel


def meta_state(build: Callable[[], nn.Module]) -> dict[str, Tensor]:
    """A model's tensors without memory: names and shapes are all that counts."""
    with torch.device("meta"):
        return dict(build().state_dict())


@pytest.fixture
def bag(monkeypatch: pytest.MonkeyPatch) -> type:
    """The settings class of exported voices, importable while a test saves one."""
    module = ModuleType("utils")
    kind = type("HParams", (), {"__module__": "utils"})
    module.HParams = kind  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "utils", module)
    return kind


def test_an_exported_voice_is_read_with_its_settings_bag_and_version_mark(
    bag: type, tmp_path: Path
) -> None:
    state = {
        key: torch.zeros(value.shape, dtype=torch.float16)
        for key, value in meta_state(
            lambda: AcousticModel(AcousticConfig.for_version("v2Pro"), with_posterior=False)
        ).items()
    }
    settings = bag()
    settings.__dict__.update(train=bag(), version="v2Pro")
    path = tmp_path / "voice.pth"
    torch.save({"weight": state, "config": settings, "info": "8epoch_120iteration"}, path)
    with path.open("r+b") as file:
        file.write(b"05")
    found = read_checkpoint(path)
    assert (found.kind, found.version) == (Kind.ACOUSTIC, "v2Pro")
    assert found.info == "8epoch_120iteration"
    assert found.state.keys() == state.keys()
    assert found.state["sv_emb.weight"].dtype == torch.float32


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("posterior", [True, False])
def test_every_acoustic_version_is_known_by_its_shapes(version: str, posterior: bool) -> None:
    config = AcousticConfig.for_version(version)
    state = meta_state(lambda: AcousticModel(config, with_posterior=posterior))
    found = checkpoint._identified(state, "", "x.pth")
    assert (found.kind, found.version, found.config) == (Kind.ACOUSTIC, version, config)


@pytest.mark.parametrize("phonemes", [512, 732])
def test_a_semantic_model_is_known_by_its_phoneme_rows(phonemes: int) -> None:
    config = SemanticConfig(phonemes=phonemes)
    state = meta_state(lambda: SemanticModel(config))
    found = checkpoint._identified({f"model.{k}": v for k, v in state.items()}, "", "x.ckpt")
    assert (found.kind, found.config) == (Kind.SEMANTIC, config)
    assert found.state.keys() == state.keys()


def test_the_speaker_network_is_known_and_loses_its_unused_head() -> None:
    state = meta_state(lambda: SpeakerNet(SpeakerConfig()))
    head = {"seg_1.weight": torch.zeros(1), "seg_1.bias": torch.zeros(1)}
    found = checkpoint._identified({**state, **head}, "", "sv.ckpt")
    assert (found.kind, found.state.keys()) == (Kind.SPEAKER, state.keys())


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"cfm.estimator.proj_out.weight": torch.zeros(1)}, "v3 or v4"),
        ({"encoder.weight": torch.zeros(1)}, "not those of a known model"),
    ],
)
def test_what_is_not_supported_says_so(
    state: dict[str, Tensor], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.pth"
    torch.save({"weight": state}, path)
    with pytest.raises(UnsupportedCheckpoint, match=reason):
        read_checkpoint(path)


def test_a_tensor_of_another_shape_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "narrow.ckpt"
    torch.save({"weight": {"model.ar_predict_layer.weight": torch.zeros(5, 5)}}, path)
    with pytest.raises(UnsupportedCheckpoint, match=r"narrow\.ckpt lacks"):
        read_checkpoint(path)


class Trap:
    """Unpickling this would make a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.target),)


def test_an_object_in_a_checkpoint_is_refused_and_not_executed(tmp_path: Path) -> None:
    path, proof = tmp_path / "trap.pth", tmp_path / "executed"
    torch.save({"weight": {"x": torch.zeros(1)}, "config": Trap(proof)}, path)
    with pytest.raises(UnsupportedCheckpoint, match="never loaded"):
        read_checkpoint(path)
    assert not proof.exists()


@pytest.mark.parametrize("content", [b"PK\x03\x04 and nothing more", b"RIFF....WAVE"])
def test_a_file_that_is_no_checkpoint_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(UnsupportedCheckpoint, match=r"x\.pth cannot be used"):
        read_checkpoint(path)


def test_an_ordinary_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(UnsupportedCheckpoint):
        read_checkpoint(path)
