"""An engine with a scheduler: the same samples as without, for any number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from synthesis.bundles.bundle import VoiceBundle
from synthesis.engine import Engine
from synthesis.errors import NothingSpoken, TooLate
from synthesis.serving.scheduler import Capacity, Scheduler
from synthesis.types import Pcm, Sampling, Speech, Utterance
from tests.synthesis.conftest import Workshop
from tests.synthesis.serving.things import at_once


@pytest.fixture(scope="module")
def three(
    voice: VoiceBundle, workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> list[VoiceBundle]:
    """A voice, one with other semantic weights, and one that makes no sound."""
    folder = tmp_path_factory.mktemp("three")
    return [
        voice,
        workshop.write(folder / "b", half=False),
        workshop.write(folder / "mute", silent=True),
    ]


@pytest.fixture(scope="module")
def served() -> Iterator[Engine]:
    scheduler = Scheduler(Capacity(slots=4, positions=1024))
    yield Engine(scheduler=scheduler)
    scheduler.close()


def utterance(seed: int) -> Utterance:
    return Utterance(text="Good day. Thank you.", language="en", sampling=Sampling(seed=seed))


def test_requests_at_once_get_the_samples_that_each_gets_alone(
    served: Engine, three: list[VoiceBundle]
) -> None:
    first, second, mute = three
    alone = Engine()
    expected = {
        (bundle.sha256, seed): alone.speak(bundle, utterance(seed)).pcm_sha256
        for bundle in (first, second)
        for seed in (1, 2)
    }

    def speak(bundle: VoiceBundle, seed: int) -> tuple[tuple[str, int], str]:
        return (bundle.sha256, seed), served.speak(bundle, utterance(seed)).pcm_sha256

    def speak_with_no_sound() -> tuple[tuple[str, int], str]:
        with pytest.raises(NothingSpoken):
            served.speak(mute, utterance(1))
        return ("", 0), ""

    found = at_once(
        speak_with_no_sound,
        *[partial(speak, bundle, seed) for bundle in (first, second) for seed in (1, 2)],
    )
    assert dict(found[1:]) == expected


def test_a_streamed_request_is_heard_before_others_are_done(
    served: Engine, voice: VoiceBundle
) -> None:
    pieces: list[Pcm] = []

    def stream() -> Speech:
        return served.speak(voice, utterance(3), stream=True, on_audio=pieces.append)

    speech, _ = at_once(stream, partial(served.speak, voice, utterance(4)))
    np.testing.assert_array_equal(np.concatenate(pieces), speech.pcm)
    assert len(pieces) > len(speech.sentences)
    assert speech.pcm_sha256 == Engine().speak(voice, utterance(3), stream=True).pcm_sha256


def test_a_preloaded_voice_is_held_and_an_expired_request_is_refused(
    served: Engine, voice: VoiceBundle
) -> None:
    served.preload(voice, pin=True)
    assert voice.sha256 in served.voices.held()
    with pytest.raises(TooLate):
        served.speak(voice, utterance(1), deadline_s=0.0)
    served.voices.unpin(voice.sha256)
