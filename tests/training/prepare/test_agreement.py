"""A transcript that is not what is said is shown, and the right one is left in peace."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from synthesis.text import phonemize
from synthesis.text.symbols import SYMBOLS_V2
from tests.training.prepare.sounds import DATA
from tests.training.prepare.test_pipeline import transcript_of
from training.evaluation.recognizer import spoken
from training.prepare.agreement import doubt_of_language, doubt_of_text
from training.prepare.doubts import DoubtCode
from training.prepare.ears import Ears
from training.prepare.pipeline import PreparedRecording, PreparedSegment, prepare_recording
from training.prepare.transcribe import Transcript

FRAMES_PER_S = 50


class Recogniser:
    """Hears, in sounds it was told about, the right phone in six frames of ten."""

    def __init__(self) -> None:
        self.known: dict[int, list[int]] = {}

    def tell(self, samples: int, text: str, language: str) -> None:
        phones = spoken([phone for run in phonemize(text, language) for phone in run.phones])
        self.known[samples] = [SYMBOLS_V2.index(phone) + 1 for phone in phones]

    def log_probs(self, wave_bs: Tensor) -> Tensor:
        samples = wave_bs.shape[1]
        said = np.array(self.known[samples])
        frames = samples * FRAMES_PER_S // 16_000
        chance = np.random.default_rng(samples)
        heard = said[np.arange(frames) * len(said) // frames]
        wrong = chance.random(frames) > 0.6
        heard[wrong] = chance.integers(1, len(SYMBOLS_V2), wrong.sum())
        probs = torch.full((frames, len(SYMBOLS_V2) + 1), 1e-3)
        probs[:, 0] = 0.2
        probs[torch.arange(frames), torch.from_numpy(heard)] = 0.5
        return (probs / probs.sum(1, keepdim=True)).log()[None]


@pytest.fixture(scope="module")
def recogniser(sample: PreparedRecording) -> Recogniser:
    """One that was told what is really said in the sample."""
    told = Recogniser()
    for segment in sample.segments:
        told.tell(len(wave_of(segment)), segment.text or "", segment.language or "")
    return told


def wave_of(segment: PreparedSegment) -> np.ndarray:
    """Its length is all that this recogniser needs."""
    return np.zeros((segment.end_ms - segment.start_ms) * 16, np.float32)


def test_two_wrong_texts_of_sixteen_are_found_and_no_other(
    sample: PreparedRecording, recogniser: Recogniser
) -> None:
    texts = [(segment.text or "", segment.language or "") for segment in sample.segments]
    texts[4] = ("今天下午三点我们在会议室里讨论新的产品计划。", "zh")
    texts[9] = ("He sold seven horses to a man from the coast.", "en")

    doubts = [
        doubt_of_text(wave_of(segment), 16_000, *text, recogniser)
        for segment, text in zip(sample.segments, texts, strict=True)
    ]

    assert [number for number, doubt in enumerate(doubts) if doubt] == [4, 9]
    assert doubts[4]
    assert doubts[4].message.startswith("The sound fits these words hardly better")


def test_every_text_in_another_language_is_found(
    sample: PreparedRecording, recogniser: Recogniser
) -> None:
    mandarin = sample.segments[::2]

    for number, segment in enumerate(mandarin):
        text = f"This is what the {number} sentence says in English, more or less."
        assert doubt_of_text(wave_of(segment), 16_000, text, "en", recogniser)


def test_preparation_shows_what_the_recogniser_doubts(tmp_path: Path) -> None:
    right = transcript_of("short_video.srt", "short_video.mp4")
    first = replace(right.cues[0], text="This is a short film about members of the club.")
    wrong = Transcript(cues=(first, *right.cues[1:]))
    recogniser, folder = Recogniser(), tmp_path / "a"
    plain = prepare_recording(DATA / "short_video.mp4", right, language="zh", work_dir=folder)
    for segment in plain.segments:
        recogniser.tell(len(wave_of(segment)), segment.text or "", segment.language or "")

    prepared = prepare_recording(
        DATA / "short_video.mp4",
        wrong,
        language="zh",
        work_dir=tmp_path / "b",
        ears=Ears(recognizer=recogniser),
    )

    assert [len(segment.doubts) for segment in prepared.segments] == [1, 0, 0]
    assert [doubt.code for doubt in prepared.doubts] == [
        DoubtCode.WRONG_TEXT,
        DoubtCode.WRONG_LANGUAGE,
    ]


def test_a_text_far_too_long_or_short_for_its_sound_needs_no_recogniser() -> None:
    silence = np.zeros(4 * 16_000, np.float32)

    for text in ("好。", "这句话非常长，" * 12):
        doubt = doubt_of_text(silence, 16_000, text, "zh", None)
        assert doubt is not None
        assert "phones per second" in doubt.message
    assert doubt_of_text(silence, 16_000, "今天天气很好，我们出去走走。", "zh", None) is None


def test_a_text_that_nobody_can_read_is_doubted() -> None:
    doubt = doubt_of_text(np.zeros(32_000, np.float32), 16_000, "……", "zh", None)

    assert doubt is not None
    assert doubt.message.startswith("It cannot be read aloud")


@pytest.mark.parametrize(
    ("declared", "texts", "is_doubted"),
    [
        ("zh", ["你好。", "Good morning."], False),
        ("zh", ["Good evening.", "Good morning."], True),
        ("en", ["你好。", "再见。"], True),
        ("auto", ["Good evening."], False),
        ("ja", ["おはようございます。", "東京"], False),
    ],
)
def test_the_language_of_a_transcript_is_held_against_the_declared_one(
    declared: str, texts: list[str], is_doubted: bool
) -> None:
    assert (doubt_of_language(texts, declared) is not None) == is_doubted
