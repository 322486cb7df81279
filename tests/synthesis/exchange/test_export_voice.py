"""Voices go back into the files of GPT-SoVITS, every bit of them."""

import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from synthesis.bundles.bundle import Origin, VoiceBundle, write_bundle
from synthesis.bundles.weights import fit, save_weights
from synthesis.exchange.checkpoint import Kind, read_checkpoint
from synthesis.exchange.export_voice import CannotExport, export_voice, write_checkpoint
from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.vits import AcousticConfig, AcousticModel
from tests.synthesis.conftest import Workshop

# Above this many KiB the other tools take a file without a mark for v2, below it for v1.
V2_FROM_KIB = 82_978


@pytest.fixture
def bag(monkeypatch: pytest.MonkeyPatch) -> type:
    """The settings class of exported voices, as it exists in the tools that load them."""
    module = ModuleType("utils")
    kind = type("HParams", (), {"__module__": "utils"})
    module.HParams = kind  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "utils", module)
    return kind


def random_state(model: nn.Module, seed: int) -> "OrderedDict[str, Tensor]":
    """Every bit pattern that is a number can occur in a weight."""
    generator = torch.Generator().manual_seed(seed)
    return OrderedDict(
        (key, torch.randn(value.shape, generator=generator).half())
        for key, value in model.state_dict().items()
    )


def write_semantic(path: Path) -> Path:
    """A fine-tuned semantic model as the other tools write it."""
    with torch.device("meta"):
        model = SemanticModel(SemanticConfig())
    state = OrderedDict((f"model.{k}", v) for k, v in random_state(model, 1).items())
    config = {"train": {"epochs": 15}, "model": {"dropout": 0}}
    torch.save({"weight": state, "config": config, "info": "GPT-e15"}, path)
    return path


def write_acoustic(path: Path, version: str, mark: bytes, bag: type) -> Path:
    """A fine-tuned acoustic model as the other tools write it, without posterior encoder."""
    inner, outer = bag(), bag()
    vars(inner).update(upsample_rates=[10, 8, 2, 2, 2], semantic_frame_rate="25hz")
    vars(outer).update(model=inner, version=version)
    with torch.device("meta"):
        model = AcousticModel(AcousticConfig.for_version(version), with_posterior=False)
    content = {"weight": random_state(model, 2), "config": outer, "info": "8epoch_96iteration"}
    torch.save(content, path)
    with path.open("r+b") as file:
        file.write(mark)
    return path


def load_as_they_do(path: Path) -> dict[str, object]:
    """Restore the archive's first bytes and unpickle all of it, with their class at hand."""
    data = bytearray(path.read_bytes())
    data[:2] = b"PK"
    whole = path.with_suffix(".whole")
    whole.write_bytes(data)
    content: dict[str, object] = torch.load(whole, weights_only=False)
    return content


def assert_same(ours: Path, theirs: Path) -> None:
    """Same names, same bits, same words."""
    again, before = load_as_they_do(ours), load_as_they_do(theirs)
    assert again["info"] == before["info"]
    state, original = again["weight"], before["weight"]
    assert isinstance(state, OrderedDict)
    assert isinstance(original, OrderedDict)
    assert state.keys() == original.keys()
    for key, value in original.items():
        assert torch.equal(state[key].view(torch.int16), value.view(torch.int16)), key


def test_a_voice_of_v2_is_the_same_after_import_and_export(
    bag: type, workshop: Workshop, tmp_path: Path
) -> None:
    pair = (
        write_semantic(tmp_path / "theirs.ckpt"),
        write_acoustic(tmp_path / "theirs.pth", "v2", b"PK", bag),
    )
    s1, s2 = (read_checkpoint(path) for path in pair)
    assert isinstance(s1.config, SemanticConfig)
    assert isinstance(s2.config, AcousticConfig)
    s1_config, s2_config = s1.config, s2.config
    voice = write_bundle(
        tmp_path / "voice",
        semantic=fit(lambda: SemanticModel(s1_config), s1.state, "s1"),
        acoustic=fit(lambda: AcousticModel(s2_config, with_posterior=False), s2.state, "s2"),
        styles={"default": [workshop.reference]},
        languages=["zh"],
        origin=Origin(base_name="v2", base_sha256="", dataset_sha256=""),
        notes={s1.kind: s1.notes},
    )
    with pytest.raises(CannotExport, match=r"name a \.pth file of a v2 voice"):
        export_voice(voice, tmp_path / "ours", name="anna")
    exported = export_voice(voice, tmp_path / "ours", name="anna", settings_from=[pair[1]])
    for path, theirs in zip(exported.values(), pair, strict=True):
        assert_same(path, theirs)
    assert exported[Kind.ACOUSTIC].read_bytes()[:2] == b"PK"
    assert exported[Kind.ACOUSTIC].stat().st_size > V2_FROM_KIB * 1024


@pytest.mark.parametrize(("version", "mark"), [("v2Pro", b"05"), ("v2ProPlus", b"06")])
def test_later_versions_are_the_same_with_their_mark_and_settings(
    version: str, mark: bytes, bag: type, tmp_path: Path
) -> None:
    theirs = write_acoustic(tmp_path / "theirs.pth", version, mark, bag)
    found = read_checkpoint(theirs)
    assert (found.kind, found.version) == (Kind.ACOUSTIC, version)
    save_weights(found.state, tmp_path / "s2g.safetensors", half=True)
    ours = tmp_path / "ours.pth"
    write_checkpoint(
        ours, tmp_path / "s2g.safetensors", kind=found.kind, version=version, notes=found.notes
    )
    assert ours.read_bytes()[:2] == mark
    assert_same(ours, theirs)
    settings = load_as_they_do(ours)["config"]
    assert type(settings) is bag
    assert vars(vars(settings)["model"])["upsample_rates"] == [10, 8, 2, 2, 2]


def test_a_voice_of_other_sizes_is_not_exported(voice: VoiceBundle, tmp_path: Path) -> None:
    with pytest.raises(CannotExport, match="stems from random-tiny-7, whose models have sizes"):
        export_voice(voice, tmp_path / "out", name="x")
    assert not (tmp_path / "out").exists()
