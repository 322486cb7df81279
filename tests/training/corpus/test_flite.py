"""The other synthesizer."""

import numpy as np
import pytest

from synthesis.errors import EngineError
from training.corpus import flite
from training.corpus.utterance import SAMPLE_RATE_HZ

pytestmark = pytest.mark.synthesizers


def test_it_says_a_sentence() -> None:
    said = flite.render("Please hold the line.", "kal16")
    assert said.dtype == np.float32
    assert 0.8 < len(said) / SAMPLE_RATE_HZ < 4
    assert 0.05 < np.abs(said).max() <= 1


def test_it_refuses_a_voice_that_it_lacks() -> None:
    with pytest.raises(EngineError, match="none of the voices"):
        flite.render("Hello.", "nobody")


def test_it_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(flite.FliteMissing, match="apt-get install flite"):
        flite.render("Hello.")
