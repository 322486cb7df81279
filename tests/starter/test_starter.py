"""The base that comes with the house: it is small, and what it says is understood."""

from pathlib import Path

import pytest

from synthesis.bundles.base import BaseModel
from tests.starter.parts import NAMED_AMONG, others
from tests.starter.sources import SOURCES
from tests.starter.trial import RATE_HZ, trials
from training.evaluation.retrieval import candidate_voices, candidates
from training.evaluation.sentences import sentences
from voiceassets.runtime.layout import STARTER_BASE

MAX_BYTES = 40 * 10**6
AMONG = 8


@pytest.fixture(scope="module")
def starter() -> BaseModel:
    return BaseModel.open(STARTER_BASE)


def test_it_is_small_enough_to_come_with_the_house(starter: BaseModel) -> None:
    assert starter.sealed.total_bytes <= MAX_BYTES
    assert starter.speech
    assert {"zh", "en"} <= set(starter.languages)


@pytest.mark.synthesizers
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_it_says_in_an_unheard_voice_is_told_from_other_sentences(
    starter: BaseModel, language: str, tmp_path: Path
) -> None:
    texts = sentences(language).sentences[:AMONG]
    among = candidates(texts, language, candidate_voices()[:1])
    with trials(starter, SOURCES["espeak"](), [language]) as (trial,):
        assert among.nearest(trial.spoken(texts[0]), RATE_HZ) == texts[0]


@pytest.mark.parametrize("source", SOURCES)
def test_a_voice_is_named_among_nine_others_and_all_of_its_own_small_family(source: str) -> None:
    voice = SOURCES[source]()
    found = {other.name for other in others(voice)}
    assert len(found) == NAMED_AMONG - 1
    assert voice.name not in found
    if source.startswith("flite"):
        assert sum(name.startswith("flite") for name in found) == 3
