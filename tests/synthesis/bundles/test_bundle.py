"""Bundles: what is written is what is read, and anything altered is refused by name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import POSTERIOR, VoiceBundle
from synthesis.bundles.random_base import write_random_base
from synthesis.bundles.sealed_folder import seal
from synthesis.bundles.voice_card import VoiceCard
from synthesis.bundles.weights import load_tensors, save_weights
from synthesis.errors import BadBundle
from tests.synthesis.conftest import TRANSCRIPT, Workshop


def rewrite(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change voice.json and seal the folder again, as a careful forger would."""
    content = json.loads((folder / "voice.json").read_text(encoding="utf-8"))
    change(content)
    content.pop("files", None)
    seal(folder, "voice.json", content)


def test_it_reads_what_was_written(workshop: Workshop, tmp_path: Path) -> None:
    bundle = VoiceBundle.open(workshop.write(tmp_path / "v", half=False).sealed.folder)
    assert bundle.card.model_version == "v2"
    assert bundle.card.consent_ids == ("cns_1",)
    assert bundle.card.styles["default"][0].transcript == TRANSCRIPT
    read = bundle.acoustic().state_dict()
    assert not any(key.startswith(POSTERIOR) for key in read)
    original = workshop.base.acoustic().state_dict()
    assert all(torch.equal(value, original[key]) for key, value in read.items())
    [features] = bundle.references("default")
    assert torch.equal(features.codes, workshop.reference.features.codes)
    assert torch.equal(features.style, workshop.reference.features.style)


def test_the_same_voice_has_the_same_digest(workshop: Workshop, tmp_path: Path) -> None:
    digests = {workshop.write(tmp_path / name).sha256 for name in ("a", "b")}
    assert len(digests) == 1
    assert workshop.write(tmp_path / "c", half=False).sha256 not in digests


def test_half_precision_halves_the_weights(workshop: Workshop, tmp_path: Path) -> None:
    half, full = (workshop.write(tmp_path / str(h), half=h).sealed for h in (True, False))
    name = "s1.safetensors"
    assert full.path(name).stat().st_size > 1.9 * half.path(name).stat().st_size


def test_the_card_survives_json(voice: VoiceBundle) -> None:
    content = json.loads(json.dumps(voice.card.as_content()))
    assert VoiceCard.from_content(content) == voice.card


@pytest.mark.parametrize("name", ["s1.safetensors", "s2g.safetensors"])
def test_one_changed_byte_is_refused(workshop: Workshop, tmp_path: Path, name: str) -> None:
    folder = workshop.write(tmp_path / "v").sealed.folder
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BadBundle, match=name) as caught:
        VoiceBundle.open(folder)
    assert caught.value.data["file"] == name


def test_a_missing_and_an_unlisted_file_are_refused(workshop: Workshop, tmp_path: Path) -> None:
    folder = workshop.write(tmp_path / "v").sealed.folder
    (folder / "extra.json").write_text("{}")
    with pytest.raises(BadBundle, match=r"extra\.json is not listed"):
        VoiceBundle.open(folder)
    (folder / "extra.json").unlink()
    (folder / "s1.safetensors").unlink()
    with pytest.raises(BadBundle, match=r"s1\.safetensors is missing"):
        VoiceBundle.open(folder)


def test_a_link_out_of_the_folder_is_refused(workshop: Workshop, tmp_path: Path) -> None:
    folder = workshop.write(tmp_path / "v").sealed.folder
    (folder / "s1.safetensors").rename(tmp_path / "elsewhere.safetensors")
    (folder / "s1.safetensors").symlink_to(tmp_path / "elsewhere.safetensors")
    with pytest.raises(BadBundle, match=r"s1\.safetensors"):
        VoiceBundle.open(folder)


@pytest.mark.parametrize("name", ["../outside.json", "/etc/passwd.txt", "a\\b.json", "x.pkl"])
def test_a_file_name_that_leads_elsewhere_is_refused(
    workshop: Workshop, tmp_path: Path, name: str
) -> None:
    folder = workshop.write(tmp_path / "v").sealed.folder
    manifest = folder / "voice.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["files"][name] = {"sha256": "0" * 64, "bytes": 1}
    manifest.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadBundle, match="not an allowed file name"):
        VoiceBundle.open(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c.update(format_version=99), "format version 99"),
        (lambda c: c.update(format="recipe"), "does not describe"),
        (lambda c: c.update(surprise=1), "unknown or missing field"),
        (lambda c: c.pop("dataset_sha256"), "unknown or missing field"),
        (lambda c: c["semantic"].update(colour="red"), "SemanticConfig"),
        (lambda c: c.update(styles={}), "no style"),
    ],
)
def test_a_card_that_says_something_else_is_refused(
    workshop: Workshop, tmp_path: Path, change: Callable[[dict[str, object]], None], reason: str
) -> None:
    folder = workshop.write(tmp_path / "v").sealed.folder
    rewrite(folder, change)
    with pytest.raises(BadBundle, match=reason):
        VoiceBundle.open(folder)


def test_weights_that_do_not_fit_are_refused_by_name(workshop: Workshop, tmp_path: Path) -> None:
    folder = workshop.write(tmp_path / "v").sealed.folder
    path = folder / "s1.safetensors"
    tensors = load_tensors(path)
    tensors["bert_proj.bias"] = torch.zeros(3)
    save_weights(tensors, path, half=True)
    rewrite(folder, lambda _content: None)
    with pytest.raises(BadBundle, match=r"bert_proj\.bias has shape \[3\]"):
        VoiceBundle.open(folder).semantic()
    del tensors["bert_proj.bias"]
    save_weights(tensors, path, half=True)
    rewrite(folder, lambda _content: None)
    with pytest.raises(BadBundle, match=r"lacks bert_proj\.bias"):
        VoiceBundle.open(folder).semantic()


def test_a_pickle_under_a_safe_name_is_refused_and_not_executed(
    workshop: Workshop, tmp_path: Path
) -> None:
    folder = workshop.write(tmp_path / "v").sealed.folder
    torch.save({"weight": torch.zeros(1)}, folder / "s1.safetensors")
    rewrite(folder, lambda _content: None)
    with pytest.raises(BadBundle, match="not a readable safetensors file"):
        VoiceBundle.open(folder).semantic()


def test_a_failed_writing_leaves_no_folder(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_args: object, **_kwargs: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("synthesis.bundles.bundle.seal", full_disk)
    with pytest.raises(OSError, match="no space"):
        workshop.write(tmp_path / "v")
    assert not (tmp_path / "v").exists()


def test_a_random_base_has_the_same_bytes_for_the_same_seed(
    workshop: Workshop, tmp_path: Path
) -> None:
    again = write_random_base(tmp_path / "again", seed=7)
    assert again.sha256 == workshop.base.sha256
    assert not again.speech
    other = write_random_base(tmp_path / "other", seed=8)
    assert other.sha256 != again.sha256


def test_a_changed_base_is_refused(tmp_path: Path) -> None:
    folder = write_random_base(tmp_path / "b").sealed.folder
    with (folder / "hubert" / "config.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    with pytest.raises(BadBundle, match=r"hubert/config\.json was altered"):
        BaseModel.open(folder)
