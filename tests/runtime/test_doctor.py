"""What the doctor finds, and that a gap makes the command fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceassets.runtime import binaries, doctor
from voiceassets.runtime.doctor import Finding
from voiceassets.runtime.layout import Layout


def test_servers_are_named_with_version_and_origin(tmp_path: Path) -> None:
    for found in (doctor.postgres(Layout.at(tmp_path)), doctor.redis()):
        assert found.ok
        assert found.version[0].isdigit()
        assert "/" in found.origin


def test_a_machine_without_a_broker_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(binaries, "_redis_candidates", lambda: iter(()))
    found = doctor.redis()
    assert not found.ok
    assert "Install `redis-server`" in found.missing


def test_a_package_that_is_not_installed_is_missing() -> None:
    found = doctor.package("no-such-package")
    assert (found.ok, found.version) == (False, "-")
    assert "bootstrap --force" in found.missing


def test_a_package_that_does_not_load_is_missing_although_installed() -> None:
    found = doctor.package("torch", problem="OSError: libc10_cuda.so")
    assert not found.ok
    assert found.version.startswith("2.")
    assert "libc10_cuda.so" in found.missing


def test_every_compiled_package_loads_here() -> None:
    assert [found.missing for found in doctor.native_packages() if not found.ok] == []


def test_the_base_that_comes_with_the_house_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BASE_MODEL_DIR", raising=False)
    found = doctor.base_model()
    assert (found.ok, found.version, found.missing) == (True, "starter", "")


def test_a_missing_base_model_says_which_setting_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_MODEL_DIR", str(tmp_path))
    found = doctor.base_model()
    assert not found.ok
    assert "BASE_MODEL_DIR" in found.missing


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_a_gap_makes_the_command_fail(
    ok: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = Finding(part="disk", version="1 GB free", origin="/", ok=ok, missing="Free some.")
    assert doctor.print_findings([finding]) == code
    assert "Free some." in capsys.readouterr().out


def test_a_base_that_was_never_trained_is_named_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_MODEL_DIR", str(tmp_path))
    (tmp_path / "base.json").write_text('{"name": "random-tiny-0", "speech": false}')
    found = doctor.base_model()
    assert found.ok
    assert "does not speak yet" in found.missing
