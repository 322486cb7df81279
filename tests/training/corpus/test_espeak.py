"""Making a corpus: reproducible, whole or not there, and without the texts to be measured on."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from synthesis.errors import EngineError
from training.__main__ import main
from training.corpus import espeak, folder
from training.corpus.texts import generate, same_text
from training.corpus.voices import VOICES
from training.evaluation.sentences import all_texts

pytestmark = pytest.mark.synthesizers

UTTERANCES = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("corpus") / "made"
    espeak.make(out, utterances=UTTERANCES, seed=5, processes=1)
    return out


def test_a_corpus_says_what_it_holds_and_can_be_read_back(made: Path) -> None:
    corpus = folder.read(made)
    assert corpus.card["utterances"] == len(corpus.lines) == UTTERANCES
    assert corpus.card["dropped"] == {}
    assert sum(line.samples for line in corpus.lines) == len(corpus.wave)
    last = corpus.lines[-1]
    assert corpus.audio(last).shape == (last.samples,)
    assert last.edges[-1] < last.samples


def test_the_command_makes_the_same_bytes_with_two_processes(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"--utterances": UTTERANCES, "--seed": 5, "--processes": 2, "--out": tmp_path / "again"}
    options = [str(word) for pair in asked.items() for word in pair]
    assert main(["corpus", "espeak", *options]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["sha256"] == folder.read(made).card["sha256"]


def test_a_folder_that_exists_is_not_overwritten(made: Path) -> None:
    with pytest.raises(EngineError, match="exists"):
        espeak.make(made, utterances=1, seed=5, processes=1)


def test_what_is_not_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not a corpus"):
        folder.read(tmp_path)


def test_held_out_voices_are_in_no_other_split(made: Path) -> None:
    held_out = {voice.name for voice in VOICES if voice.held_out}
    for line in folder.read(made).lines:
        assert (line.voice in held_out) == (line.split == "voices")


def test_there_are_many_voices_and_some_are_held_out() -> None:
    assert len({voice.name for voice in VOICES}) == len(VOICES)
    assert sum(not voice.held_out for voice in VOICES) >= 40
    assert sum(voice.held_out for voice in VOICES) >= 4


def test_texts_are_all_different_many_are_short_and_no_measured_one_is_among_them() -> None:
    measured = frozenset(map(same_text, all_texts()))
    texts = list(islice(generate(3, without=measured), 2000))
    keys = {same_text(text.text) for text in texts}
    assert len(keys) == len(texts)
    assert not keys & measured
    shares = Counter(text.language for text in texts)
    assert 0.35 < shares["zh"] / len(texts) < 0.45
    assert 0.15 < shares["mixed"] / len(texts) < 0.25
    short = [text for text in texts if text.language == "zh" and len(same_text(text.text)) <= 4]
    assert 0.12 < len(short) / shares["zh"] < 0.4


def test_the_same_seed_gives_the_same_texts() -> None:
    first, second = (list(islice(generate(9), 30)) for _ in range(2))
    assert first == second
    assert first != list(islice(generate(10), 30))
