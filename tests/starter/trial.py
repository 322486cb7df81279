"""A base under test with the voice of one source: what it says, and every way there.

Shapes: s samples at 32 kHz, f bins, t frames.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.decoding.sampling import frame_noise
from synthesis.engine import Engine
from synthesis.errors import NothingSpoken
from synthesis.features.hubert import SAMPLE_RATE_HZ as HUBERT_RATE_HZ
from synthesis.features.hubert import Hubert
from synthesis.models.vits import AcousticModel, frames_for
from synthesis.types import Pcm, Utterance
from synthesis.voices import LoadedVoice, load_voice
from tests.starter.sources import Source
from training.corpus.utterance import front_end_language, read
from training.evaluation.judges import Judges
from training.evaluation.scoring import AS_IT_IS, STYLE

RATE_HZ = audio.SAMPLE_RATE_HZ
SEED = 11
GRIFFIN_LIM_FFT, GRIFFIN_LIM_HOP, GRIFFIN_LIM_ROUNDS = 1024, 256, 32


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One base, one source, one language.

    The voice may also be one that was fine-tuned; then `zero_shot` has the base as it came.
    """

    base: BaseModel
    source: Source
    language: str
    bundle: VoiceBundle
    judges: Judges
    zero_shot: "Trial | None" = None
    said: dict[str, Pcm] = field(default_factory=dict)

    @property
    def voices(self) -> dict[str, "Trial"]:
        """Who speaks, by the name that rows call it."""
        return {"text_to_speech": self} | ({"zero_shot": self.zero_shot} if self.zero_shot else {})

    @cached_property
    def engine(self) -> Engine:
        """The engine that speaks."""
        return Engine(base=self.base)

    @cached_property
    def _acoustic(self) -> AcousticModel:
        return self.base.acoustic()

    @cached_property
    def _hubert(self) -> Hubert:
        return self.base.hubert()

    @cached_property
    def _voice(self) -> LoadedVoice:
        return load_voice(self.bundle, torch.device("cpu"))

    def phones(self, text: str) -> tuple[str, ...]:
        """What is to be said."""
        return tuple(phone for run in read(text, self.language) for phone in run.phones)

    def original(self, text: str) -> Pcm:
        """The source itself."""
        return self.source.say(text, self.language)

    def spoken(self, text: str) -> Pcm:
        """Text to speech with the source's voice; silence where the voice makes no sound."""
        if text not in self.said:
            self.said[text] = self._speak(text)
        return self.said[text]

    def _speak(self, text: str) -> Pcm:
        utterance = Utterance(
            text=text,
            language=front_end_language(self.language),
            sampling=replace(self.base.defaults, seed=SEED),
            finish=AS_IT_IS,
        )
        try:
            return self.engine.speak(self.bundle, utterance).pcm
        except NothingSpoken:
            return np.zeros(RATE_HZ // 2, np.float32)

    @torch.inference_mode()
    def copied(self, text: str) -> Pcm:
        """The source's own codes made sound again, the codes of the base's content encoder."""
        wave_s = torch.from_numpy(self.original(text))
        features = self._hubert.features(audio.resample(wave_s, RATE_HZ, HUBERT_RATE_HZ))
        codes = self._acoustic.extract_codes(features)[0]
        voice = self._voice
        ids = torch.tensor(
            [index for run in read(text, self.language) for index in run.ids], dtype=torch.long
        )
        noise = frame_noise(frames_for(codes.shape[-1]), voice.card.acoustic.latent, SEED)
        wave = voice.acoustic.speak(
            codes.reshape(1, -1),
            ids[None],
            voice.prompt(STYLE).style,
            noise_bct=noise,
            noise_scale=self.base.defaults.noise_scale,
        )
        pcm: Pcm = wave[0, 0].numpy()
        return pcm


@contextmanager
def trials(
    base: BaseModel,
    source: Source,
    languages: Sequence[str],
    *,
    tuned: Path | None = None,
) -> Iterator[list[Trial]]:
    """A trial per language, its voice in a folder that goes away; `tuned` is a finished voice."""
    judges = Judges.of_base(base)
    with tempfile.TemporaryDirectory() as folder:
        found = [
            Trial(
                base=base,
                source=source,
                language=language,
                bundle=source.voice(base, language, Path(folder) / language),
                judges=judges,
            )
            for language in languages
        ]
        if tuned:
            voice = VoiceBundle.open(tuned)
            found = [replace(one, bundle=voice, zero_shot=one, said={}) for one in found]
        yield found


def griffin_lim(pcm: Pcm) -> Pcm:
    """The sound's true magnitudes with phases found anew (Griffin and Lim 1984)."""
    wave_s = torch.from_numpy(pcm)
    window = torch.hann_window(GRIFFIN_LIM_FFT)

    def spectrum(sound_s: Tensor) -> Tensor:
        return torch.stft(
            sound_s, GRIFFIN_LIM_FFT, GRIFFIN_LIM_HOP, window=window, return_complex=True
        )

    def sound(guess_ft: Tensor) -> Tensor:
        return torch.istft(
            guess_ft, GRIFFIN_LIM_FFT, GRIFFIN_LIM_HOP, window=window, length=len(pcm)
        )

    magnitudes_ft = spectrum(wave_s).abs()
    draw = torch.Generator().manual_seed(SEED)
    phases_ft = 2 * torch.pi * torch.rand(magnitudes_ft.shape, generator=draw)
    guess = torch.polar(magnitudes_ft, phases_ft)
    for _ in range(GRIFFIN_LIM_ROUNDS):
        guess = torch.polar(magnitudes_ft, spectrum(sound(guess)).angle())
    found: Pcm = sound(guess).numpy()
    return found
