"""The measurements, each a few rows of plain values."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from synthesis.errors import EngineError
from synthesis.types import Pcm
from tests.starter.sources import Source, espeak_source, flite_source
from tests.starter.trial import RATE_HZ, Trial, griffin_lim
from training.corpus import flite
from training.corpus.voices import VOICES
from training.evaluation.recognizer import NO_ERRORS, phone_errors
from training.evaluation.retrieval import Candidates, candidates
from training.evaluation.sentences import sentences
from training.evaluation.sound import mean, measure, pitch_distance, pitch_error, similarity

Row = dict[str, Any]
GROUPS = ("sentences", "phrases")
NAMED_AMONG = 10


def retrieval(trial: Trial, most: int) -> Iterator[Row]:
    """How often the nearest of all texts is the one that was to be said, and for the original."""
    for group in GROUPS:
        texts = getattr(sentences(trial.language), group)
        among = _candidates(texts, trial.language)
        chosen = texts[:most]
        original = _right(among, chosen, trial.original)
        spoken = {name: _right(among, chosen, voice.spoken) for name, voice in trial.voices.items()}
        yield {
            "what": group,
            "among": len(texts),
            "measured": len(chosen),
            "original": len(original),
            **{name: len(right) for name, right in spoken.items()},
            "missed": [text for text in chosen if text not in spoken["text_to_speech"]],
        }


def phones(trial: Trial, most: int) -> Iterator[Row]:
    """Phone error rates, with and without tones, on every way from the original to the text.

    Of a voice that was fine-tuned: beside the base as it came, and how many times its errors.
    """
    recognizer = trial.judges.recognizer
    if recognizer is None:
        raise EngineError("The base has no recognizer/; phone errors cannot be measured.")
    ways: dict[str, Callable[[str], Pcm]] = {
        "original": trial.original,
        "griffin_lim": lambda text: griffin_lim(trial.original(text)),
        "copy_synthesis": trial.copied,
        **{name: voice.spoken for name, voice in trial.voices.items()},
    }
    texts = sentences(trial.language).sentences[:most]
    rates: dict[str, float] = {}
    for way, sound in ways.items():
        errors = NO_ERRORS
        for text in texts:
            errors += phone_errors(recognizer, sound(text), RATE_HZ, trial.phones(text))
        rates[way] = errors.toneless_rate
        yield {
            "what": way,
            "measured": len(texts),
            "phone_error_rate": round(errors.rate, 3),
            "toneless_error_rate": round(errors.toneless_rate, 3),
        }
    if rates.get("zero_shot"):
        times = rates["text_to_speech"] / rates["zero_shot"]
        yield {"what": "over_zero_shot", "toneless_times": round(times, 3)}


def pitch(trial: Trial, most: int) -> Iterator[Row]:
    """Pitch of copies frame by frame, and of speech by its median against the source's."""
    texts = sentences(trial.language).sentences[:most]
    errors = [pitch_error(trial.copied(text), trial.original(text), RATE_HZ) for text in texts]
    yield {
        "what": "copy_synthesis",
        "measured": len(texts),
        "voiced_semitones": round(float(np.nanmean([error.semitones for error in errors])), 3),
        "voicing_errors": round(float(np.mean([error.voicing_errors for error in errors])), 3),
    }
    for name, voice in trial.voices.items():
        apart = [
            pitch_distance(
                measure(trial.original(text), RATE_HZ).pitch_hz,
                measure(voice.spoken(text), RATE_HZ).pitch_hz,
            )
            for text in texts
        ]
        found = [value for value in apart if value is not None]
        yield {
            "what": name,
            "measured": len(found),
            "median_semitones": round(float(np.median(found)), 3) if found else None,
            "within_2_semitones": sum(abs(value) <= 2 for value in found),
        }


def speaker(trial: Trial, most: int) -> Iterator[Row]:
    """Whether an encoder names the right one among ten voices, and how like it is."""
    encoder = trial.judges.speaker
    if encoder is None:
        raise EngineError("The base has no speaker/; likeness cannot be measured.")
    spoken_in = trial.source.clip_language(trial.language)
    texts = sentences(spoken_in).sentences
    known = [trial.source, *others(trial.source)]
    samples = [[(source.say(text, spoken_in), RATE_HZ) for text in texts[-3:]] for source in known]
    chosen = sentences(trial.language).sentences[:most]
    for name, voice in trial.voices.items():
        likeness, right = [], 0
        for text in chosen:
            said = (voice.spoken(text), RATE_HZ)
            near = [
                mean([similarity(encoder, said, sample) for sample in own]) or 0.0
                for own in samples
            ]
            right += int(np.argmax(near)) == 0
            likeness.append(near[0])
        yield {
            "what": name,
            "measured": len(chosen),
            "named_right": right,
            "among": len(known),
            "similarity": round(float(np.mean(likeness)), 3),
        }


PARTS: dict[str, Callable[[Trial, int], Iterator[Row]]] = {
    "retrieval": retrieval,
    "phones": phones,
    "pitch": pitch,
    "speaker": speaker,
}


@cache
def _candidates(texts: tuple[str, ...], language: str) -> Candidates:
    return candidates(texts, language)


def _right(among: Candidates, texts: Sequence[str], sound: Callable[[str], Pcm]) -> set[str]:
    return {text for text in texts if among.nearest(sound(text), RATE_HZ) == text}


def others(source: Source) -> list[Source]:
    """Nine further voices: all others of a small family, and eSpeak's, far apart in the table."""
    family = [flite_source(voice) for voice in flite.VOICES] if "flite" in source.name else []
    near = [other for other in family if other.name != source.name]
    wanted = NAMED_AMONG - 1 - len(near)
    far = [voice for voice in VOICES if not source.name.endswith(voice.name)]
    return [*near, *map(espeak_source, far[:: len(far) // wanted][:wanted])]
