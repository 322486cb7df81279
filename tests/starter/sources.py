"""Who lends the base a voice: synthesizers that it has not heard, each saying fixed sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.types import Pcm
from training.corpus import flite
from training.corpus.utterance import SAMPLE_RATE_HZ, render
from training.corpus.voices import Voice
from training.evaluation.retrieval import reference_voice
from training.evaluation.zero_shot import zero_shot_voice

SEED = 3
# What the clip says that the base is given; none of it is measured.
CLIPS = {
    "zh": "您的快递已经到了，请下楼来取，谢谢您的配合。",
    "en": "Your parcel is here now, please come down and pick it up, thank you.",
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A voice: its name, the languages that it speaks, and how it says a text."""

    name: str
    languages: tuple[str, ...]
    say: Callable[[str, str], Pcm]

    def clip_language(self, language: str) -> str:
        """Which clip the base gets before it speaks a language."""
        return language if language in self.languages else self.languages[0]

    def voice(self, base: BaseModel, language: str, folder: Path) -> VoiceBundle:
        """The base with this voice's clip, untrained, in a new folder."""
        spoken_in = self.clip_language(language)
        text = CLIPS[spoken_in]
        return zero_shot_voice(
            folder,
            base,
            self.say(text, spoken_in),
            SAMPLE_RATE_HZ,
            transcript=text,
            language=spoken_in,
        )


def espeak_source(voice: Voice) -> Source:
    """An eSpeak voice."""

    def say(text: str, language: str) -> Pcm:
        return render(text, language, voice, seed=SEED).audio

    return Source(name=f"espeak {voice.name}", languages=("zh", "en"), say=say)


def flite_source(voice: str) -> Source:
    """A Flite voice, which is another family of synthesizers and speaks English only."""

    def say(text: str, language: str) -> Pcm:
        return flite.render(text, voice)

    return Source(name=f"flite {voice}", languages=("en",), say=say)


SOURCES: dict[str, Callable[[], Source]] = {
    "espeak": lambda: espeak_source(reference_voice()),
    **{f"flite-{voice}": partial(flite_source, voice) for voice in flite.VOICES},
}
