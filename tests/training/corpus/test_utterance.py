"""Utterances whose labels lie where the sound is."""

import numpy as np
import pytest

from synthesis.errors import UnspeakableText
from training.corpus.mnemonics import PhonesNotMapped
from training.corpus.utterance import SAMPLE_RATE_HZ, Utterance, read, render
from training.corpus.voices import VOICES

pytestmark = pytest.mark.synthesizers

BY_NAME = {voice.name: voice for voice in VOICES}
NOISE = {"S", "SH", "s", "x"}


def _brightness(said: Utterance, index: int) -> float:
    """The share of a phone's energy above 3 kHz, in the middle half of it."""
    start, end = said.edges[index : index + 2]
    quarter = (end - start) // 4
    piece = said.audio[start + quarter : end - quarter]
    power = np.abs(np.fft.rfft(piece)) ** 2
    hertz = np.fft.rfftfreq(len(piece), 1 / SAMPLE_RATE_HZ)
    return float(power[hertz > 3000].sum() / (power.sum() + 1e-12))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("她十四岁的时候学会了骑车，是不是？", "zh"),
        ("She sells six fish, does she?", "en"),
        ("请看 Sam 的 T-shirt。", "mixed"),
    ],
)
def test_phones_are_those_of_the_front_end_and_hisses_lie_where_they_say(
    text: str, language: str
) -> None:
    said = render(text, language, BY_NAME["m5-70-112"], seed=4)
    assert said.phones == tuple(phone for run in read(text, language) for phone in run.phones)
    assert len(said.edges) == len(said.phones) + 1
    assert all(a < b for a, b in zip(said.edges, said.edges[1:], strict=False))
    hisses = [i for i, phone in enumerate(said.phones) if phone in NOISE]
    vowels = [i for i, phone in enumerate(said.phones) if phone[-1].isdigit()]
    assert hisses
    assert min(_brightness(said, i) for i in hisses) > 0.5
    assert np.median([_brightness(said, i) for i in vowels]) < 0.1


def test_pauses_and_the_silence_around_are_silent_and_nothing_is_clipped() -> None:
    said = render("好，我们走吧。", "zh", BY_NAME["anika-40-97"], seed=1)
    comma = said.phones.index(",")
    assert not said.audio[said.edges[comma] : said.edges[comma + 1]].any()
    for around in (said.edges[0], len(said.audio) - said.edges[-1]):
        assert 60 <= around * 1000 / SAMPLE_RATE_HZ <= 150
    assert not said.audio[: said.edges[0]].any()
    assert 0.05 < np.abs(said.audio).max() < 0.9


def test_a_language_without_a_voice_is_refused() -> None:
    with pytest.raises(PhonesNotMapped, match="no voice speaks ja"):
        render("こんにちは", "ja", VOICES[0], seed=1)


def test_a_text_without_a_word_is_refused() -> None:
    with pytest.raises(UnspeakableText):
        render("…", "zh", VOICES[0], seed=1)
