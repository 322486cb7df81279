"""Imported bases go back into the files they came from, every bit of them."""

import shutil
from pathlib import Path

import pytest
import torch

from synthesis.bundles.base import BaseModel, seal_base
from synthesis.bundles.weights import load_tensors
from synthesis.exchange.checkpoint import Kind
from synthesis.exchange.export_base import export_base, write_parts
from synthesis.exchange.export_voice import CannotExport
from synthesis.exchange.import_base import PUBLISHED
from synthesis.exchange.notes import Notes, save_notes
from tests.synthesis.conftest import Workshop


@pytest.fixture
def imported(workshop: Workshop, tmp_path: Path) -> BaseModel:
    """A small base with what its files said about themselves."""
    folder = tmp_path / "imported"
    shutil.copytree(workshop.base.sealed.folder, folder)
    notes = Notes(info="pretrained", settings={"train": {"epochs": 12}})
    save_notes(folder, {Kind.SEMANTIC: notes, Kind.ACOUSTIC: notes})
    base = workshop.base
    return seal_base(
        folder,
        name="v2",
        speech=True,
        languages=base.languages,
        semantic=base.semantic_config,
        acoustic=base.acoustic_config,
    )


def test_every_tensor_goes_back_under_its_published_name(
    imported: BaseModel, tmp_path: Path
) -> None:
    written = write_parts(imported, tmp_path / "out")
    published = PUBLISHED["v2"]
    assert written[Kind.SEMANTIC] == tmp_path / "out" / published.semantic
    for kind, prefix, name in (
        (Kind.SEMANTIC, "model.", "s1.safetensors"),
        (Kind.ACOUSTIC, "", "s2g.safetensors"),
    ):
        content = torch.load(written[kind], weights_only=True)
        assert (content["info"], content["config"]) == ("pretrained", {"train": {"epochs": 12}})
        state = load_tensors(imported.sealed.path(name))
        assert content["weight"].keys() == {prefix + key for key in state}
        for key, value in state.items():
            assert torch.equal(content["weight"][prefix + key].float(), value), key
    with pytest.raises(CannotExport, match="name another folder"):
        write_parts(imported, tmp_path / "out")


def test_a_base_of_other_sizes_or_made_here_has_no_such_form(
    imported: BaseModel, workshop: Workshop, tmp_path: Path
) -> None:
    with pytest.raises(CannotExport, match="sizes of their own"):
        export_base(imported, tmp_path / "out")
    with pytest.raises(CannotExport, match="came from no such file"):
        write_parts(workshop.base, tmp_path / "out")
