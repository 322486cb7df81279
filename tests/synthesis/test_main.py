"""The commands of `python -m synthesis`."""

import json
import sys
from pathlib import Path

import pytest

from synthesis import audio
from synthesis.__main__ import main
from synthesis.bundle import VoiceBundle


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["synthesis", *map(str, arguments)])
    return main()


def test_it_speaks_into_a_wav_file(
    voice: VoiceBundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "out.wav"
    assert run(monkeypatch, "speak", voice.sealed.folder, "你好。", output, "--seed", 3) == 0
    said = json.loads(capsys.readouterr().out)
    pcm, rate = audio.read_mono(output)
    assert len(pcm) / rate == pytest.approx(said["seconds"], abs=1e-3)


def test_an_altered_bundle_ends_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "inspect", tmp_path) == 1
    assert "bad_bundle" in capsys.readouterr().err


def test_it_names_bundles_bases_and_shows_phones(
    voice: VoiceBundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, "inspect", voice.sealed.folder) == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == voice.sha256
    assert run(monkeypatch, "random-base", tmp_path / "base", "--seed", 4) == 0
    written = json.loads(capsys.readouterr().out)
    assert run(monkeypatch, "inspect", tmp_path / "base") == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == written["sha256"]
    assert run(monkeypatch, "phones", "你好，欢迎致电我们。", "--language", "zh") == 0
    [first, *_] = json.loads(capsys.readouterr().out)
    assert first["phones"][:2] == ["n", "i2"]
