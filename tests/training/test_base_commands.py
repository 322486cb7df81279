"""`python -m training import-base`: which of the published versions a folder holds."""

from pathlib import Path

import pytest

from synthesis.exchange.import_base import PUBLISHED, version_in
from training.__main__ import main


def lay(folder: Path, version: str) -> None:
    for name in (PUBLISHED[version].semantic, PUBLISHED[version].generator):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize("version", PUBLISHED)
def test_the_version_is_found_by_the_names_of_the_files(tmp_path: Path, version: str) -> None:
    lay(tmp_path, version)
    assert version_in(tmp_path) == version


def test_of_several_versions_one_must_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, "v2")
    lay(tmp_path, "v2Pro")
    assert main(["import-base", str(tmp_path)]) == 2
    assert "holds the models of v2, v2Pro; say with --version" in capsys.readouterr().err


def test_a_folder_without_published_models_is_told_what_belongs_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-base", str(tmp_path)]) == 2
    assert "s2G2333k.pth" in capsys.readouterr().err


def test_the_named_version_is_read_from_its_own_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, "v2")
    (tmp_path / PUBLISHED["v2"].semantic).write_text("no archive")
    assert main(["import-base", str(tmp_path), "--out", str(tmp_path / "base")]) == 2
    assert "is not a PyTorch archive" in capsys.readouterr().err
    assert not (tmp_path / "base").exists()
