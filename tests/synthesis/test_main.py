"""The commands of `python -m synthesis`."""

import json
import sys
from pathlib import Path

import pytest

from synthesis import audio
from synthesis.__main__ import main
from synthesis.bundles.bundle import VoiceBundle
from synthesis.text import Entry, Lexicon


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["synthesis", *map(str, arguments)])
    return main()


def test_it_speaks_into_a_wav_file(
    voice: VoiceBundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output, captions = tmp_path / "out.wav", tmp_path / "out.srt"
    arguments = ("--seed", 3, "--captions", captions, "--sample-rate", 24000)
    assert run(monkeypatch, "speak", voice.sealed.folder, "你好。", output, *arguments) == 0
    said = json.loads(capsys.readouterr().out)
    pcm, rate = audio.read_mono(output)
    assert rate == 24_000
    assert len(pcm) / rate == pytest.approx(said["seconds"], abs=1e-3)
    assert "-->" in captions.read_text(encoding="utf-8")


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
    [line] = json.loads(capsys.readouterr().out)["steps"]
    assert line["runs"][0]["phones"][:2] == ["n", "i2"]
    assert line["words"][0] == ["你", "n i2"]


def test_it_shows_what_markup_and_lexicon_make_of_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = Entry(word="青禾", alphabet="pinyin", value="qing1 he4")
    lexicon = tmp_path / "words.pls"
    lexicon.write_text(Lexicon((entry,)).to_pls(), encoding="utf-8")
    document = '<speak>欢迎来到青禾。<break time="1s"/>再见😀</speak>'
    assert run(monkeypatch, "phones", document, "--language", "zh", "--lexicon", lexicon) == 0
    shown = json.loads(capsys.readouterr().out)
    first, silence, second = shown["steps"]
    assert first["lexicon"] == [
        {
            "start": document.index("青禾"),
            "word": "青禾",
            "alphabet": "pinyin",
            "value": "qing1 he4",
        }
    ]
    assert first["words"][-1] == ["禾", "h e4"]
    assert silence == {"silence_ms": 1000}
    assert document[second["start"] :].startswith("再见")
    assert shown["unspoken"] == [[document.index("😀"), "😀"]]
