"""A random base, a few clips of hums and noise with sentences, and their features."""

from pathlib import Path

import pytest

from synthesis.bundles.base import BaseModel
from synthesis.bundles.random_base import write_random_base
from tests.training.material import SENTENCES, hum, write_dataset
from tests.training.runs import Finetune, Whole
from training.data import Item
from training.features import extract_all
from training.prepare.manifest import read_dataset


@pytest.fixture(scope="session")
def base_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small base that was never trained."""
    folder = tmp_path_factory.mktemp("base") / "random"
    write_random_base(folder)
    return folder


@pytest.fixture(scope="session")
def base(base_dir: Path) -> BaseModel:
    """The same, opened."""
    return BaseModel.open(base_dir)


@pytest.fixture(scope="session")
def dataset_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frozen dataset of four clips, nine seconds in all."""
    clips = [
        (text, hum(duration_s, pitch_hz=110 + 20 * i, seed=i))
        for i, (text, duration_s) in enumerate(SENTENCES)
    ]
    return write_dataset(tmp_path_factory.mktemp("data") / "dataset", clips)


@pytest.fixture(scope="session")
def items(
    base: BaseModel, dataset_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Item, ...]:
    """The extracted clips."""
    extracted = extract_all(
        read_dataset(dataset_dir).clips,
        dataset_dir,
        base,
        tmp_path_factory.mktemp("features"),
        on_progress=lambda _: None,
        should_stop=lambda: False,
    )
    assert not extracted.dropped
    return extracted.items


@pytest.fixture(scope="session")
def whole(dataset_dir: Path, base_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A small fine-tune, run once, in a process of its own."""
    return Whole.of(Finetune(dataset_dir, base_dir, tmp_path_factory.mktemp("whole")))
