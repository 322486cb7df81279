"""Listens to the slices of a recording: writes missing words down, and doubts what does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
import soxr
from numpy.typing import NDArray

from synthesis.bundles.base import RECOGNIZER_FOLDER, SPEAKER_FOLDER, BaseModel
from training.evaluation.recognizer import PhoneRecognizer, Recognizer
from training.prepare.agreement import doubt_of_text
from training.prepare.clips import Clip
from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.doubts import Doubt, DoubtCode
from training.prepare.hearing import RATE_HZ, Transcriber, load_transcriber
from training.prepare.speakers import (
    SpeakerEncoderVectors,
    SpeakerNetVectors,
    SpeakerVectors,
    SpectralVectors,
    VoicePrint,
    likenesses,
    other_voices,
)
from training.prepare.voicing import share_of_two_voices
from training.pretrain.speaker import SpeakerEncoder

MOST_OF_TWO_VOICES: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Ears:
    """What a machine can listen with; without anything it still has spectra and pitch."""

    transcriber: Transcriber | None = None
    recognizer: Recognizer | None = None
    speakers: SpeakerVectors = field(default_factory=SpectralVectors)

    @classmethod
    def of(cls, base_dir: Path | None, transcriber_dir: Path | None) -> Self:
        """Read what a base and a folder with a Whisper model offer.

        BadBundle or CannotHear when one of them is there and broken.
        """
        base = BaseModel.open(base_dir) if base_dir else None
        return cls(
            transcriber=load_transcriber(transcriber_dir) if transcriber_dir else None,
            recognizer=PhoneRecognizer.load(base.sealed.folder / RECOGNIZER_FOLDER)
            if base and base.has(RECOGNIZER_FOLDER)
            else None,
            speakers=_speakers(base) if base else SpectralVectors(),
        )


def _speakers(base: BaseModel) -> SpeakerVectors:
    net = base.speaker()
    if net is not None:
        return SpeakerNetVectors(net)
    if base.has(SPEAKER_FOLDER):
        return SpeakerEncoderVectors(SpeakerEncoder.load(base.sealed.folder / SPEAKER_FOLDER))
    return SpectralVectors()


def wave_16k(clip: Clip) -> NDArray[np.float32]:
    """A clip as the networks hear it."""
    float_s = clip.samples_s.astype(np.float32) / 32_768
    return np.asarray(soxr.resample(float_s, SAMPLE_RATE_HZ, RATE_HZ), np.float32)


class Listener:
    """Hears slices one after another and knows at the end which of them belong together."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._prints: list[VoicePrint] = []
        self._doubts: list[list[Doubt]] = []

    def hear(self, clip: Clip, language: str | None) -> None:
        """Take in a slice with its text, if it has one, in the order in which doubts come out."""
        wave_s = wave_16k(clip)
        self._prints.append(VoicePrint.take(self._ears.speakers, wave_s))
        doubts = []
        if clip.piece.text and language:
            wrong = doubt_of_text(wave_s, RATE_HZ, clip.piece.text, language, self._ears.recognizer)
            doubts += [wrong] if wrong else []
        share = share_of_two_voices(wave_s)
        if share > MOST_OF_TWO_VOICES:
            message = f"A second voice, or music, sounds in {share:.0%} of it."
            doubts.append(Doubt(code=DoubtCode.SEVERAL_VOICES, message=message))
        self._doubts.append(doubts)

    def doubts(self) -> Sequence[tuple[Doubt, ...]]:
        """The doubts about each slice that was heard."""
        others = other_voices(self._prints, name=self._ears.speakers.name)
        return [
            (*doubts, *([others[index]] if index in others else []))
            for index, doubts in enumerate(self._doubts)
        ]

    def likenesses(self) -> Sequence[float]:
        """How like the voice of the whole recording each slice is, 1 at most."""
        return likenesses(self._prints)
