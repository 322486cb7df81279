"""Finding the text that was said among others."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.corpus.utterance import SAMPLE_RATE_HZ, render
from training.evaluation import retrieval
from training.evaluation.sentences import LANGUAGES, sentences

pytestmark = pytest.mark.synthesizers

TEXTS = ("请稍等。", "窗户关上了。", "下雨了吗？", "他去北京。")


def _warped(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """The definition, cell by cell."""
    total = np.full((len(a) + 1, len(b) + 1), np.inf)
    total[0, 0] = 0
    for i, j in np.ndindex(len(a), len(b)):
        cost = float(np.linalg.norm(a[i] - b[j]))
        total[i + 1, j + 1] = min(
            total[i, j + 1] + cost, total[i + 1, j] + cost, total[i, j] + 2 * cost
        )
    return float(total[-1, -1]) / (len(a) + len(b))


def test_warping_many_together_equals_the_definition() -> None:
    chance = np.random.default_rng(2)
    query = chance.normal(size=(9, 3)).astype(np.float32)
    others = [chance.normal(size=(n, 3)).astype(np.float32) for n in (4, 9, 17, 1)]
    found = retrieval.distances(query, [*others, query])
    assert found[:-1] == pytest.approx([_warped(query, other) for other in others], rel=1e-4)
    assert found[-1] == pytest.approx(0, abs=1e-2)


def test_an_unheard_voice_is_understood_and_noise_is_not() -> None:
    among = retrieval.candidates(TEXTS, "zh", retrieval.candidate_voices()[:3])
    said = [
        (text, render(text, "zh", retrieval.reference_voice(), seed=2).audio, SAMPLE_RATE_HZ)
        for text in TEXTS
    ]
    assert retrieval.accuracy(said, among) == 1.0
    swapped = [(text, *said[index - 1][1:]) for index, text in enumerate(TEXTS)]
    assert retrieval.accuracy(swapped, among) == 0.0
    noise = np.random.default_rng(1).normal(scale=0.1, size=SAMPLE_RATE_HZ).astype(np.float32)
    assert retrieval.accuracy([(text, noise, SAMPLE_RATE_HZ) for text in TEXTS], among) <= 0.25


def test_the_reference_voice_renders_no_candidate() -> None:
    voices = {voice.name for voice in retrieval.candidate_voices()}
    assert len(voices) >= 4
    assert retrieval.reference_voice().name not in voices


def test_there_are_fifty_sentences_and_phrases_in_each_of_the_two_languages() -> None:
    for language in ("zh", "en"):
        found = sentences(language)
        assert len(set(found.sentences)) == len(set(found.phrases)) == 50
        lengths = {len(text if language == "zh" else text.split()) for text in found.phrases}
        assert lengths <= {2, 3, 4}
    for language in LANGUAGES:
        report = " ".join(sentences(language).report)
        assert any(letter.isdigit() for letter in report)
