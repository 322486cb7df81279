"""Foreign checkpoints: known ones are named by their tensors, dangerous ones never run.

Each start of the reading child costs seconds, so it is started for what a child alone can show.
"""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from synthesis.errors import BadBundle, UnsupportedCheckpoint
from synthesis.exchange import checkpoint, checkpoint_reader
from synthesis.exchange.checkpoint import Kind, read_checkpoint
from synthesis.exchange.notes import Notes
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.speaker import SpeakerConfig, SpeakerNet
from synthesis.models.vits import VERSIONS, AcousticConfig, AcousticModel

NOTES = Notes(info="")


def meta_state(build: Callable[[], nn.Module]) -> dict[str, Tensor]:
    """A model's tensors without memory: names and shapes are all that counts."""
    with torch.device("meta"):
        return dict(build().state_dict())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("posterior", [True, False])
def test_every_acoustic_version_is_known_by_its_shapes(version: str, posterior: bool) -> None:
    config = AcousticConfig.for_version(version)
    state = meta_state(lambda: AcousticModel(config, with_posterior=posterior))
    found = checkpoint._identified(state, NOTES, "x.pth")
    assert (found.kind, found.version, found.config) == (Kind.ACOUSTIC, version, config)


@pytest.mark.parametrize("phonemes", [512, 732])
def test_a_semantic_model_is_known_by_its_phoneme_rows(phonemes: int) -> None:
    config = SemanticConfig(phonemes=phonemes)
    state = meta_state(lambda: SemanticModel(config))
    found = checkpoint._identified({f"model.{k}": v for k, v in state.items()}, NOTES, "x.ckpt")
    assert (found.kind, found.config) == (Kind.SEMANTIC, config)
    assert found.state.keys() == state.keys()


def test_the_speaker_network_is_known_and_loses_its_unused_head() -> None:
    state = meta_state(lambda: SpeakerNet(SpeakerConfig()))
    head = {"seg_1.weight": torch.zeros(1), "seg_1.bias": torch.zeros(1)}
    found = checkpoint._identified({**state, **head}, NOTES, "sv.ckpt")
    assert (found.kind, found.state.keys()) == (Kind.SPEAKER, state.keys())


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"cfm.estimator.proj_out.weight": torch.zeros(1)}, "v3 or v4"),
        ({"encoder.weight": torch.zeros(1)}, "not those of a known model"),
    ],
)
def test_what_is_not_supported_says_so(state: dict[str, Tensor], reason: str) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=rf"other\.pth cannot be used: .*{reason}"):
        checkpoint._identified(state, NOTES, "other.pth")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_missing_tensor_or_one_of_another_shape_is_refused_by_name(version: str) -> None:
    key = "flow.flows.4.enc.in_layers.2.weight_v"
    state = meta_state(lambda: AcousticModel(AcousticConfig.for_version(version)))
    transposed = {**state, key: state[key].transpose(0, 1)}
    with pytest.raises(BadBundle, match=rf"voice\.pth: {key} has shape \[192, 384, 5\], expected"):
        checkpoint._identified(transposed, NOTES, "voice.pth")
    del state[key]
    with pytest.raises(BadBundle, match=rf"voice\.pth lacks {key}\."):
        checkpoint._identified(state, NOTES, "voice.pth")


def test_what_does_not_fit_is_refused_for_a_person(tmp_path: Path) -> None:
    path = tmp_path / "narrow.ckpt"
    torch.save({"weight": {"model.ar_predict_layer.weight": torch.zeros(5, 5)}}, path)
    with pytest.raises(UnsupportedCheckpoint, match=r"narrow\.ckpt lacks"):
        read_checkpoint(path)


def test_a_table_entry_that_is_no_tensor_is_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.pth"
    torch.save({"weight": {"dec.conv_pre.bias": torch.zeros(1), "dec.conv_post": [1.0]}}, path)
    with pytest.raises(ValueError, match=r"dec\.conv_post in its table is not a tensor"):
        checkpoint_reader.read(path, tmp_path / "tensors")


class Trap:
    """Unpickling this would make a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.target),)


def test_an_object_in_a_checkpoint_is_refused_and_not_executed(tmp_path: Path) -> None:
    path, proof = tmp_path / "trap.pth", tmp_path / "executed"
    for content in (
        {"weight": {"x": torch.zeros(1)}, "config": Trap(proof)},
        {"weight": {"x": Trap(proof)}},
    ):
        torch.save(content, path)
        with pytest.raises(UnsupportedCheckpoint, match=r"tensors \(\w+\.mkdir\), which are never"):
            read_checkpoint(path)
    assert not proof.exists()


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UnsupportedCheckpoint, match=r"x\.pth cannot be used"):
        read_checkpoint(path)
    path.write_bytes(b"RIFF....WAVE")
    with pytest.raises(ValueError, match="it is not a PyTorch archive"):
        checkpoint_reader.read(path, tmp_path / "tensors")


def test_an_ordinary_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(RuntimeError):  # one of those that the child turns into a refusal
        checkpoint_reader.read(path, tmp_path / "tensors")
