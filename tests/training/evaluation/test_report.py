"""Scoring, choosing and reporting voices of a base that was never trained."""

import json
import struct
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from synthesis.bundles.base import BaseModel
from synthesis.errors import EngineError
from synthesis.text.symbols import SYMBOLS_V2
from tests.training.material import hum
from training.__main__ import main
from training.data import Dropped
from training.evaluation.choice import best, falls, merit
from training.evaluation.judges import Judges
from training.evaluation.page import page_of
from training.evaluation.picture import curves, png
from training.evaluation.recognizer import PhoneErrors
from training.evaluation.report import Report, evaluate
from training.evaluation.scoring import Line, SentenceScore, VoiceScore, report_lines
from training.evaluation.zero_shot import zero_shot_voice

LINES = [Line(text="<b>您好</b>，请讲。", language="zh"), Line(text="Hello.", language="en")]
TRANSCRIPT = "您好，很高兴为您服务。"


class Deaf:
    """Hears nothing at all."""

    def log_probs(self, wave_bs: Tensor) -> Tensor:
        found = torch.full((1, 50, len(SYMBOLS_V2) + 1), -5.0)
        found[..., 0] = 0
        return found


@pytest.fixture(scope="module")
def voices(base: BaseModel, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("voices")
    paths = [folder / "first", folder / "a<i>b"]
    for path, pitch_hz in zip(paths, (110, 190), strict=True):
        pcm = hum(3.5, pitch_hz=pitch_hz, seed=1).astype(np.float32) / np.float32(32768)
        zero_shot_voice(path, base, pcm, 32_000, transcript=TRANSCRIPT, language="zh")
    return paths


@pytest.fixture(scope="module")
def report(base: BaseModel, voices: list[Path]) -> Report:
    judges = Judges(recognizer=Deaf())
    return evaluate(voices, base=base, against=voices[0], lines=LINES, judges=judges)


def _scored(similarity: float, errors: int, *, faults: tuple[str, ...] = ()) -> VoiceScore:
    counted = PhoneErrors(errors=errors, toneless_errors=errors, phones=100)
    sentence = SentenceScore(line=LINES[0], errors=counted, similarity=similarity, faults=faults)
    return VoiceScore(name="v", sha256="0", sentences=(sentence,))


def test_every_voice_speaks_every_line_and_is_scored(report: Report) -> None:
    assert [len(score.sentences) for score in report.scores] == [2, 2]
    assert report.best is max(report.scores, key=merit)
    for score in report.scores:
        assert score.errors is not None
        assert score.errors.rate == 1.0
        assert score.mean("similarity") is None
        assert score.mean("duration_ratio") is not None
    assert report.own_words.line.text == TRANSCRIPT
    assert json.loads(json.dumps(report.as_dict()))["best"] == report.best.name


def test_the_page_is_whole_and_escapes_what_was_written_by_others(report: Report) -> None:
    silent = Dropped(clip="ab" * 32, stage="features", reason="it is <i>silent")
    page = page_of(report, {"loss<": {"total": [(1.0, 2.0), (2.0, 1.0)]}}, [silent])
    assert "it is &lt;i&gt;silent" in page

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.tags: list[str] = []
            self.outside: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.append(tag)
            named = dict(attrs)
            self.outside += [
                str(value)
                for name, value in named.items()
                if name in ("src", "href") and not str(value).startswith("data:")
            ]

    reader = Reader()
    reader.feed(page)
    assert "b" not in reader.tags
    assert "i" not in reader.tags
    assert not reader.outside
    assert reader.tags.count("audio") == reader.tags.count("img") == 6
    assert reader.tags.count("polyline") >= 2


def test_fewer_errors_more_likeness_and_no_faults_are_better() -> None:
    good = _scored(0.8, 10)
    assert best([_scored(0.8, 40), good, _scored(0.2, 10), _scored(0.8, 10, faults=("x",))]) is good
    assert best([good, replace(good, name="later")]) is good


def test_a_fall_is_named_with_both_numbers() -> None:
    before = _scored(0.8, 10)
    assert falls(_scored(0.77, 12), before) == ()
    found = falls(_scored(0.6, 20, faults=("clipping",)), before)
    assert {fall.measure for fall in found} == {"toneless_error_rate", "similarity", "faulty"}
    assert "was 0.800 and is 0.600" in " ".join(fall.text for fall in found)


def test_a_measure_that_is_missing_cannot_fall() -> None:
    unheard = replace(_scored(0.8, 10).sentences[0], errors=None, similarity=None)
    assert falls(VoiceScore(name="v", sha256="0", sentences=(unheard,)), _scored(0.8, 10)) == ()


def test_mixed_sentences_are_for_voices_of_both_languages() -> None:
    assert {line.language for line in report_lines(("zh", "en"))} == {"zh", "en", "mixed"}
    assert {line.language for line in report_lines(("zh",))} == {"zh"}


def test_without_a_voice_there_is_no_report(base: BaseModel) -> None:
    with pytest.raises(EngineError, match="at least one voice"):
        evaluate([], base=base)


def test_voices_of_one_name_are_refused(base: BaseModel, voices: list[Path]) -> None:
    with pytest.raises(EngineError, match="different names"):
        evaluate([voices[0], voices[0]], base=base)


def test_the_command_refuses_what_is_no_voice(
    base_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["evaluate", str(tmp_path), "--base", str(base_dir), "--out", str(out)]) == 2
    assert not out.exists()
    assert "voice.json" in capsys.readouterr().err


def test_a_picture_holds_the_rows_that_were_drawn() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    encoded = png(grey)
    width, height = struct.unpack(">II", encoded[16:24])
    body = encoded[encoded.index(b"IDAT") + 4 : -16]
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, width + 1)
    assert (rows[:, 1:] == grey).all()


def test_curves_without_points_are_left_out() -> None:
    assert curves("none", {}) == ""
