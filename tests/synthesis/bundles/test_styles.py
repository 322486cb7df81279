"""Styles of a voice: added, chosen, given a timbre of their own or not, and removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from synthesis import audio
from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.random_base import write_random_base
from synthesis.bundles.styles import Clip, with_style, without_style
from synthesis.engine import Engine
from synthesis.errors import BadBundle, BadReference
from synthesis.types import Utterance
from synthesis.voices import load_voice
from tests.synthesis.conftest import RATE_HZ, TRANSCRIPT, Workshop, hum
from tests.synthesis.test_main import run

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def cheerful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip in another pitch."""
    path = tmp_path_factory.mktemp("clip") / "cheerful.wav"
    audio.write_wav(path, hum(3.2, pitch_hz=220.0), RATE_HZ)
    return path


def restyled(
    workshop: Workshop, voice: VoiceBundle, folder: Path, clip: Path, *, timbre: bool = True
) -> VoiceBundle:
    clips = [Clip(path=clip, transcript=TRANSCRIPT, language="zh", timbre=timbre)]
    return with_style(voice, folder, name="cheerful", clips=clips, base=workshop.base)


def test_an_added_style_is_one_to_choose_and_leaves_the_others_as_they_were(
    workshop: Workshop, voice: VoiceBundle, cheerful: Path, tmp_path: Path
) -> None:
    made = restyled(workshop, voice, tmp_path / "more", cheerful)
    assert set(made.card.styles) == {"default", "cheerful"}
    assert VoiceBundle.open(voice.sealed.folder).card == voice.card
    engine = Engine()
    said = [
        engine.speak(bundle, Utterance(text="你好。", language="zh", style=style)).pcm_sha256
        for bundle, style in ((voice, "default"), (made, "default"), (made, "cheerful"))
    ]
    assert said[0] == said[1] != said[2]


def test_a_style_of_manner_only_has_the_timbre_of_the_default_one(
    workshop: Workshop, voice: VoiceBundle, cheerful: Path, tmp_path: Path
) -> None:
    lent = restyled(workshop, voice, tmp_path / "lent", cheerful, timbre=False)
    own = restyled(workshop, voice, tmp_path / "own", cheerful)
    lent_prompts, own_prompts = load_voice(lent, CPU).prompts, load_voice(own, CPU).prompts
    timbre = lent_prompts["default"].style.full_bg1
    assert torch.equal(lent_prompts["cheerful"].style.full_bg1, timbre)
    assert not torch.equal(own_prompts["cheerful"].style.full_bg1, timbre)
    assert torch.equal(lent_prompts["cheerful"].codes, own_prompts["cheerful"].codes)
    assert not torch.equal(lent_prompts["cheerful"].codes, lent_prompts["default"].codes)


def test_a_removed_style_takes_its_clips_along(
    workshop: Workshop, voice: VoiceBundle, cheerful: Path, tmp_path: Path
) -> None:
    made = restyled(workshop, voice, tmp_path / "more", cheerful)
    less = without_style(made, tmp_path / "less", name="cheerful")
    assert less.sha256 == voice.sha256
    with pytest.raises(BadBundle) as unknown:
        without_style(less, tmp_path / "none", name="cheerful")
    assert unknown.value.code == "unknown_style"
    with pytest.raises(BadBundle) as needed:
        without_style(less, tmp_path / "none", name="default")
    assert needed.value.code == "default_style"
    assert not (tmp_path / "none").exists()


def test_a_clip_that_is_too_short_leaves_no_folder(
    workshop: Workshop, voice: VoiceBundle, tmp_path: Path
) -> None:
    short = tmp_path / "short.wav"
    audio.write_wav(short, hum(1.0), RATE_HZ)
    with pytest.raises(BadReference, match="3 to 10 s"):
        restyled(workshop, voice, tmp_path / "none", short)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "长" * 65])
def test_a_name_that_cannot_be_shown_is_refused(
    workshop: Workshop, voice: VoiceBundle, cheerful: Path, tmp_path: Path, name: str
) -> None:
    clips = [Clip(path=cheerful, transcript=TRANSCRIPT, language="zh")]
    with pytest.raises(BadReference, match="name"):
        with_style(voice, tmp_path / "none", name=name, clips=clips, base=workshop.base)


def test_another_base_is_refused_by_name(
    workshop: Workshop, voice: VoiceBundle, cheerful: Path, tmp_path: Path
) -> None:
    other = write_random_base(tmp_path / "other", seed=1)
    clips = [Clip(path=cheerful, transcript=TRANSCRIPT, language="zh")]
    with pytest.raises(BadBundle, match=workshop.base.name):
        with_style(voice, tmp_path / "none", name="x", clips=clips, base=other)


def test_the_commands_add_list_and_remove_a_style(
    workshop: Workshop,
    voice: VoiceBundle,
    cheerful: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    more, less = tmp_path / "more", tmp_path / "less"
    clip = ("--clip", cheerful, "zh", TRANSCRIPT, "--manner-only")
    base = ("--base", workshop.base.sealed.folder)
    assert run(monkeypatch, "add-style", voice.sealed.folder, "cheerful", more, *clip, *base) == 0
    assert json.loads(capsys.readouterr().out)["styles"] == ["cheerful", "default"]
    assert run(monkeypatch, "inspect", more) == 0
    listed = json.loads(capsys.readouterr().out)["styles"]
    assert [entry["timbre"] for entry in listed["cheerful"]] == [False, True]
    assert run(monkeypatch, "remove-style", more, "cheerful", less) == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == voice.sha256
