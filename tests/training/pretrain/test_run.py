"""A base from nothing: whole, resumable to the same numbers, and able to make sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.device import NoSuchDevice
from synthesis.errors import Stopped
from tests.training.pretrain.conftest import STAGES, recipe
from training.decode import Pitch
from training.device import on_device
from training.evaluation.recognizer import PhoneRecognizer
from training.pretrain.recipe import BadRecipe, DiscriminatorSettings, Recipe
from training.pretrain.run import Pretraining
from training.pretrain.speaker import SpeakerEncoder
from training.progress import Progress
from training.start import Start
from training.tracking import NullTracker

JUDGED = "discriminators = {channel_divisor = 16, from_step = 1}\n"


def pretraining(
    tmp_path: Path,
    corpus: Path,
    *,
    work: str = "work",
    first_line: str = "",
    on_progress: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Pretraining:
    (tmp_path / work).mkdir(exist_ok=True)
    return Pretraining(
        recipe=Recipe.read(recipe(tmp_path, steps=4, first_line=first_line)),
        corpus=corpus,
        work=tmp_path / work,
        on_progress=on_progress,
        should_stop=should_stop,
        tracker=NullTracker(),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, hums: Path) -> Pretraining:
    """A base whose stages have all ended, with discriminators, and samples every second step."""
    folder = tmp_path_factory.mktemp("made")
    making = pretraining(folder, hums, first_line=f"sample_every_steps = 2\n{JUDGED}")
    making.run()
    return making


def test_it_makes_a_whole_base_that_can_be_opened_and_asked(
    made: Pretraining, tmp_path: Path
) -> None:
    base = made.assemble(tmp_path / "base")
    assert base.speech
    assert (base.name, base.languages) == ("hums", ("en",))
    assert BaseModel.open(tmp_path / "base").sha256 == base.sha256
    model = base.acoustic()
    codes = torch.randint(16, (1, 20))
    style = model.style_of([torch.rand(1, 1025, 60)])
    with torch.inference_mode():
        wave = model.speak(codes, torch.tensor([[5, 6]]), style, noise_bct=torch.randn(1, 8, 40))
    assert wave.shape == (1, 1, 20 * 2 * 640)
    assert torch.isfinite(wave).all()
    assert base.hubert().features(torch.randn(16_000)).shape[1] == 16
    log_probs = PhoneRecognizer.load(tmp_path / "base" / "recognizer").log_probs(
        torch.randn(1, 16_000)
    )
    assert log_probs.shape[-1] == 733
    vector = SpeakerEncoder.load(tmp_path / "base" / "speaker").embed(torch.randn(16_000))
    assert float(vector.norm()) == pytest.approx(1.0, abs=1e-3)


def test_discriminators_that_a_base_was_made_with_judge_its_fine_tunes(
    made: Pretraining, tmp_path: Path
) -> None:
    made.assemble(tmp_path / "base")
    judges = Start.open(tmp_path / "base", None).discriminators()
    assert judges is not None
    learned = made._ended("autoencoder")["discriminators"]
    for name, tensor in judges.state_dict().items():
        torch.testing.assert_close(tensor, learned[name].half().float(), atol=0, rtol=0)


def test_the_autoencoder_is_judged_from_the_step_that_the_recipe_names(made: Pretraining) -> None:
    rows = curve(made.work / "autoencoder.jsonl")
    assert ["discriminator" in row and "features" in row for row in rows] == [False] + 3 * [True]
    assert rows[0]["loss"] == pytest.approx(
        sum(rows[0][name] for name in ("mel", "log", "shape", "pitch", "kl")), rel=1e-4
    )


def test_a_folder_that_was_begun_with_other_sizes_is_left_alone(made: Pretraining) -> None:
    wider = replace(made.recipe, semantic=replace(made.recipe.semantic, width=32))
    with pytest.raises(BadRecipe, match="begun with other sizes of semantic; name another folder"):
        replace(made, recipe=wider).run()


def test_a_stage_that_was_begun_without_discriminators_goes_on_with_new_ones(
    tmp_path: Path, hums: Path
) -> None:
    plain = replace(pretraining(tmp_path, hums), names=("autoencoder",))
    plain.run()
    pace = replace(plain.recipe.stages.autoencoder, steps=5)
    stages = replace(plain.recipe.stages, autoencoder=pace)
    judges = DiscriminatorSettings(channel_divisor=16)
    replace(plain, recipe=replace(plain.recipe, stages=stages, discriminators=judges)).run()
    rows = curve(plain.work / "autoencoder.jsonl")
    assert ["discriminator" in row for row in rows] == 4 * [False] + [True]


def test_the_recogniser_starts_elsewhere_than_the_content_encoder(made: Pretraining) -> None:
    tasks = [made._content_task(name).ctc.hubert.encoder for name in ("content", "recognizer")]
    first, second = (next(p for p in task.parameters() if p.dim() > 1) for task in tasks)
    assert not torch.equal(first, second)


def test_a_stage_that_does_not_exist_is_refused_with_those_that_do(made: Pretraining) -> None:
    with pytest.raises(BadRecipe, match=r"no stage 'contents'\. Known: content, codes, "):
        replace(made, names=("contents",)).run()


def test_every_stage_shows_on_the_way_what_it_can_do(made: Pretraining) -> None:
    samples = made.work / "samples"
    for stage in ("autoencoder", "prior", "semantic", "decoder"):
        wavs = sorted(path.name for path in (samples / stage).glob("*.wav"))
        assert wavs == ["0000002-0.wav", "0000002-1.wav", "0000004-0.wav", "0000004-1.wav"]
        pcm, rate_hz = audio.read_mono(samples / stage / wavs[-1])
        assert (rate_hz, bool(np.isfinite(pcm).all())) == (32_000, True)
        assert (samples / stage / "0000004-0.png").read_bytes().startswith(b"\x89PNG")
    text = (samples / "recognizer" / "0000004-0.txt").read_text(encoding="utf-8")
    assert "said:  " in text
    assert "heard:" in text
    page = (made.work / "progress.html").read_text(encoding="utf-8")
    assert all(f"<h2>{stage}</h2>" in page for stage in STAGES)
    assert "samples/semantic/0000004-1.wav" in page
    assert "0000002" not in page


# That of the decoder resamples by torchaudio, which makes numbers of its own on any device.
@pytest.mark.parametrize("stage", STAGES[:-1])
def test_losses_make_their_tensors_where_the_batch_lies(made: Pretraining, stage: str) -> None:
    task, batch_at = made._stage(stage, getattr(made.recipe.stages, stage), seed=1)
    batch = batch_at(0)
    with torch.no_grad():
        task.losses(batch)  # fills the caches of windows and filters
        # Whoever names no device makes an empty tensor now, which meets none of the batch.
        with torch.device("meta"):
            losses = task.losses(batch)
    assert all(loss.device.type == "cpu" and bool(loss.isfinite()) for loss in losses.values())


def test_a_batch_follows_to_the_device_with_all_its_parts() -> None:
    pitch = Pitch(log_bt=torch.zeros(1, 2), voiced_bt=torch.ones(1, 2))
    moved = on_device((pitch, [torch.zeros(3)], 7), "meta")
    assert (moved[0].voiced_bt.device.type, moved[1][0].device.type, moved[2]) == (
        "meta",
        "meta",
        7,
    )


@pytest.mark.parametrize("name", ["cuda:99", "tpu", "meta"])
def test_a_device_that_is_not_here_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoSuchDevice, match=name):
        Recipe.read(recipe(tmp_path, steps=1, first_line=f'device = "{name}"\n'))


def test_a_run_that_was_stopped_goes_on_to_the_same_losses(
    made: Pretraining, tmp_path: Path, hums: Path
) -> None:
    seen: list[Progress] = []
    interrupted = pretraining(
        tmp_path,
        hums,
        first_line=JUDGED,
        on_progress=seen.append,
        should_stop=lambda: bool(seen) and seen[-1].done == 3,
    )
    stops = 0
    while True:
        try:
            interrupted.run()
        except Stopped:
            stops += 1
            seen.clear()
        else:
            break
    assert stops == len(STAGES)
    for stage in STAGES:
        whole, halves = (
            {row["step"]: row["loss"] for row in curve(work / f"{stage}.jsonl")}
            for work in (made.work, interrupted.work)
        )
        assert halves == pytest.approx(whole, abs=1e-6), stage


def test_a_stage_refuses_to_run_before_the_one_it_needs(tmp_path: Path, hums: Path) -> None:
    early = pretraining(tmp_path, hums)
    early.work.joinpath("content.pt").unlink(missing_ok=True)
    with pytest.raises(BadRecipe, match="Stage content has not ended"):
        Pretraining(**{**vars(early), "names": ("codes",)}).run()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("vocabulary = 17", "vocabulary = 18"), "acoustic.codes \\+ 1"),
        (("codes = 16", "codez = 16"), "unknown field 'codez'"),
        (("ssl_width = 16", "ssl_width = 8"), "content.width"),
        (('name = "hums"', 'name = "hums"\nprecision = "int8"'), "precision must be one of fp32"),
        (('name = "hums"', 'name = "hums"\nsample_every_steps = 0'), "sample_every_steps"),
        (('name = "hums"', 'name = "hums"\ndiscriminators = {channel_divisor = 3}'), "1, 2, 4, 8"),
        (("[stages.speaker]", "[stages.listener]"), "unknown field 'listener'"),
        (('name = "hums"', "name = "), "not a readable TOML"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    path = recipe(tmp_path, steps=1)
    path.write_text(path.read_text().replace(*change, 1))
    with pytest.raises(BadRecipe, match=message):
        Recipe.read(path)


def curve(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
