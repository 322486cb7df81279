"""Measures a reference clip once, so that speaking needs neither HuBERT nor the speaker network.

Shapes: s samples, n semantic codes, g style channels, p phones, w text-feature width.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from synthesis import audio
from synthesis.bundles.weights import load_tensors, save_weights
from synthesis.errors import BadReference
from synthesis.features.hubert import SAMPLE_RATE_HZ as HUBERT_RATE_HZ
from synthesis.features.hubert import Hubert
from synthesis.front_end import FrontEnd
from synthesis.models.speaker import SpeakerNet
from synthesis.models.vits import AcousticModel
from synthesis.types import Pcm

SHORTEST_MS = 3_000
LONGEST_MS = 10_000
# The released voices were prompted with so much silence after the clip.
TRAILING_ZEROS = 9_600
LOUDEST = 2.0


@dataclass(frozen=True, kw_only=True)
class ReferenceFeatures:
    """Prompt codes [n], style [g], and the transcript's phone ids [p] and text features [w, p]."""

    codes: Tensor
    style: Tensor
    phones: Tensor
    bert: Tensor

    def without_words(self) -> "ReferenceFeatures":
        """The style alone, for a semantic model that continues no prompt."""
        return replace(self, codes=self.codes[:0], phones=self.phones[:0], bert=self.bert[:, :0])

    def save(self, path: Path) -> None:
        """Write to a safetensors file at full precision."""
        save_weights(vars(self), path, half=False)

    @classmethod
    def load(cls, path: Path) -> "ReferenceFeatures":
        """Read what `save` wrote."""
        tensors = load_tensors(path)
        return cls(**{name: tensors[name] for name in cls.__dataclass_fields__})


def prompt_codes(wave_s: Tensor, hubert: Hubert, acoustic: AcousticModel) -> Tensor:
    """Semantic codes [n] of 16 kHz sound, with the silence that prompts are trained to end in."""
    padded = torch.nn.functional.pad(wave_s, (0, TRAILING_ZEROS))
    with torch.inference_mode():
        return acoustic.extract_codes(hubert.features(padded))[0]


def style_vector(
    wave_s: Tensor, wave_16k_s: Tensor, acoustic: AcousticModel, speaker: SpeakerNet | None
) -> Tensor:
    """The style [g] of 32 kHz sound (and the same at 16 kHz for the speaker network)."""
    peak = float(wave_s.abs().max())
    if peak > 1:
        wave_s = wave_s / min(LOUDEST, peak)
    spec = audio.spectrogram(wave_s[None])
    vector = None
    with torch.inference_mode():
        if acoustic.config.has_speaker:
            if speaker is None:
                raise BadReference("This voice needs the base model's speaker network (sv).")
            vector = speaker(audio.kaldi_fbank(wave_16k_s)[None])
        return acoustic.style(spec, torch.ones(1, 1, spec.shape[-1]), vector)[0, :, 0]


def measure_sound(
    pcm: Pcm,
    sample_rate_hz: int,
    *,
    hubert: Hubert,
    acoustic: AcousticModel,
    speaker: SpeakerNet | None = None,
) -> tuple[Tensor, Tensor]:
    """Prompt codes [n] and style [g] of a mono clip of 3 to 10 s; BadReference for any other."""
    duration_ms = round(len(pcm) * 1000 / sample_rate_hz)
    if not SHORTEST_MS <= duration_ms <= LONGEST_MS:
        raise BadReference(
            f"The reference clip lasts {duration_ms / 1000:.1f} s; use one of 3 to 10 s.",
            data={"duration_ms": duration_ms},
        )
    if not np.isfinite(pcm).all() or float(np.abs(pcm).max()) < 1e-4:
        raise BadReference("The reference clip is silent or damaged; use another one.")
    wave = torch.from_numpy(pcm)
    wave_16k = audio.resample(wave, sample_rate_hz, HUBERT_RATE_HZ)
    wave_32k = audio.resample(wave, sample_rate_hz, audio.SAMPLE_RATE_HZ)
    codes = prompt_codes(wave_16k, hubert, acoustic)
    return codes, style_vector(wave_32k, wave_16k, acoustic, speaker)


def measure_reference(
    pcm: Pcm,
    sample_rate_hz: int,
    transcript: str,
    language: str,
    *,
    front: FrontEnd,
    hubert: Hubert,
    acoustic: AcousticModel,
    speaker: SpeakerNet | None = None,
) -> ReferenceFeatures:
    """Everything that speaking needs from a clip and its transcript."""
    codes, style = measure_sound(
        pcm, sample_rate_hz, hubert=hubert, acoustic=acoustic, speaker=speaker
    )
    text = front.read(transcript, language)
    return ReferenceFeatures(codes=codes, style=style, phones=text.ids, bert=text.bert)
