"""Bases of every kind: with a speaker network, with discriminators of their own."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from synthesis.bundles.base import (
    ACOUSTIC_FILE,
    DISCRIMINATOR_FILE,
    HUBERT_FOLDER,
    SEMANTIC_FILE,
    SPEAKER_FILE,
    BaseModel,
    seal_base,
)
from synthesis.bundles.weights import save_weights
from synthesis.errors import BadBundle
from synthesis.models.speaker import SpeakerConfig, SpeakerNet
from synthesis.models.vits import AcousticModel
from tests.training.test_stages import CONFIG
from training.data import read_features
from training.discriminators import PERIODS, DiscriminatorConfig, Discriminators
from training.features import extract_all
from training.prepare.manifest import read_dataset
from training.stages import acoustic_stage
from training.start import Start

SPEAKER = SpeakerConfig(base_channels=8, blocks=(1, 1, 1, 1))


def write_pro_base(folder: Path, plain: BaseModel, *, judges: Discriminators) -> BaseModel:
    """Write a small v2Pro base with a speaker network and discriminators."""
    torch.manual_seed(0)
    config = replace(
        plain.acoustic_config, version="v2Pro", speaker_width=SPEAKER.output_width, dropout=0.0
    )
    shutil.copytree(plain.sealed.folder / HUBERT_FOLDER, folder / HUBERT_FOLDER)
    shutil.copy(plain.sealed.path(SEMANTIC_FILE), folder / SEMANTIC_FILE)
    for module, name in (
        (AcousticModel(config), ACOUSTIC_FILE),
        (SpeakerNet(SPEAKER), SPEAKER_FILE),
        (judges, DISCRIMINATOR_FILE),
    ):
        save_weights(module.state_dict(), folder / name, half=True)
    return seal_base(
        folder,
        name="pro",
        speech=False,
        languages=("zh",),
        semantic=plain.semantic_config,
        acoustic=config,
        speaker=SPEAKER,
    )


def test_a_pro_base_learns_from_speaker_vectors_and_its_own_discriminators(
    base: BaseModel, dataset_dir: Path, tmp_path: Path
) -> None:
    narrow = DiscriminatorConfig(periods=PERIODS["v2Pro"], channel_divisor=16)
    judges = Discriminators(narrow)
    pro = write_pro_base(tmp_path / "base", base, judges=judges)
    stored = Start(base=pro).discriminators()
    assert stored is not None
    found = stored.state_dict()
    for name, tensor in judges.state_dict().items():
        assert torch.equal(found[name], tensor.half().float()), name

    items = extract_all(
        read_dataset(dataset_dir).clips[:1],
        dataset_dir,
        pro,
        tmp_path / "features",
        on_progress=lambda _: None,
        should_stop=lambda: False,
    ).items
    vector = read_features(items[0].path).speaker_v
    assert vector is not None
    assert vector.shape == (SPEAKER.output_width,)
    stage = acoustic_stage(Start(base=pro), items, CONFIG)
    before = stage.model.sv_emb.weight.detach().clone()
    stage.trainer.step(stage.batch_at(0))
    assert not torch.equal(stage.model.sv_emb.weight, before)


def test_discriminators_of_another_version_are_refused_by_name(
    base: BaseModel, tmp_path: Path
) -> None:
    judges = Discriminators(DiscriminatorConfig(periods=PERIODS["v2"], channel_divisor=16))
    pro = write_pro_base(tmp_path / "base", base, judges=judges)
    with pytest.raises(BadBundle, match=r"s2d\.safetensors lacks discriminators\.6"):
        Start(base=pro).discriminators()
