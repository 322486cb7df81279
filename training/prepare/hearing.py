"""Writes down what is said in a slice, with a Whisper model from a folder of this machine.

Two forms are read: that of transformers (`model.safetensors`) and that of CTranslate2 for
faster-whisper (`model.bin`). Nothing is ever downloaded.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis.errors import BadBundle

RATE_HZ: Final = 16_000
BEAMS: Final = 5
LONGEST_TOKENS: Final = 200
TRANSFORMERS_FILES: Final = ("config.json", "model.safetensors", "preprocessor_config.json")
CTRANSLATE_FILES: Final = ("model.bin", "config.json", "tokenizer.json")


class CannotHear(BadBundle):
    """The folder holds no recogniser that can be used here."""

    code = "cannot_transcribe"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was said, and in which language; the text may be empty."""

    text: str
    language: str


class Transcriber(Protocol):
    """What writes down speech."""

    name: str

    def transcribe(self, wave_s: NDArray[np.float32], language: str | None) -> Heard:
        """The words of a wave at 16 kHz of at most 30 s; None lets it find the language."""


def load_transcriber(folder: Path) -> Transcriber:
    """Read a model; CannotHear says what is missing."""
    if (folder / "model.bin").exists():
        return FasterWhisper(folder)
    return TransformersWhisper(folder)


class TransformersWhisper:
    """A Whisper model as the transformers library stores it."""

    def __init__(self, folder: Path) -> None:
        _require(folder, TRANSFORMERS_FILES)
        # transformers takes seconds to import, and only recordings without words need it.
        from transformers import WhisperForConditionalGeneration, WhisperProcessor

        from synthesis.features.local_model import load_local

        try:
            self._processor: Any = WhisperProcessor.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, TypeError) as error:
            raise CannotHear(
                f"{folder} holds no usable tokenizer; copy the model's folder whole."
            ) from error
        self._model: Any = load_local(WhisperForConditionalGeneration, folder)
        self._codes = {
            code.strip("<|>"): token
            for code, token in getattr(self._model.generation_config, "lang_to_id", {}).items()
        }
        if not self._codes:
            raise CannotHear(f"{folder}/generation_config.json names no language of the model.")
        self.name = folder.name

    @torch.inference_mode()
    def transcribe(self, wave_s: NDArray[np.float32], language: str | None) -> Heard:
        """Greedy decoding, which gives the same words every time."""
        features = self._processor.feature_extractor(
            wave_s, sampling_rate=RATE_HZ, return_tensors="pt", return_attention_mask=True
        )
        if language is None or language not in self._codes:
            found = int(self._model.detect_language(features.input_features)[0])
            language = next(code for code, token in self._codes.items() if token == found)
        tokens = self._model.generate(
            features.input_features,
            attention_mask=features.attention_mask,
            language=language,
            task="transcribe",
            do_sample=False,
            num_beams=1,
            max_new_tokens=min(LONGEST_TOKENS, self._model.config.max_target_positions - 8),
        )
        text = self._processor.tokenizer.decode(tokens[0], skip_special_tokens=True)
        return Heard(text=text.strip(), language=language)


class FasterWhisper:
    """A Whisper model as CTranslate2 stores it; needs the extra `asr`."""

    def __init__(self, folder: Path) -> None:
        # Without its tokenizer beside it the library would go and download one.
        _require(folder, CTRANSLATE_FILES)
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise CannotHear(
                f"{folder.name} needs faster-whisper; install this project with the extra asr."
            ) from error
        try:
            self._model: Any = WhisperModel(
                str(folder), device="auto", compute_type="default", local_files_only=True
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise CannotHear(f"{folder} cannot be read: {error}.") from error
        self.name = folder.name

    def transcribe(self, wave_s: NDArray[np.float32], language: str | None) -> Heard:
        """Beam search without fallback to sampling, which gives the same words every time."""
        if language not in self._model.supported_languages:
            language = None
        pieces, info = self._model.transcribe(
            wave_s,
            language=language,
            beam_size=BEAMS,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        text = "".join(piece.text for piece in pieces)
        return Heard(text=text.strip(), language=str(info.language))


def _require(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if not (folder / name).is_file():
            raise CannotHear(
                f"{folder / name} is missing; copy there the whole folder of a Whisper model.",
                data={"file": name},
            )
