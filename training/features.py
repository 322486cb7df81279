"""The first stage of a fine-tune: every clip's phones, codes, sound and vectors, computed once.

The cache is keyed by everything the features depend on, so an edited transcript or another base
never meets old features. Shapes: s samples, t frames at 50 Hz, n codes at 25 Hz.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.errors import Stopped, UnspeakableText
from synthesis.features.hubert import SAMPLE_RATE_HZ as HUBERT_RATE_HZ
from synthesis.types import Pcm
from training.data import Dropped, Item
from training.files import write_tensors
from training.prepare.manifest import ManifestClip
from training.progress import OnProgress, Reporter, ShouldStop

STAGE = "features"
# Raised whenever the same clip would give other features.
CACHE_VERSION = 1
SHORTEST_S = 0.1
LOUDEST_PEAK = 2.2
QUIETEST_PEAK = 1e-4
LEVEL_PEAK = 0.95
# The published models met sound at this gain in training, far louder than in use.
TRAINING_GAIN = 1145.14


class Unusable(Exception):
    """A clip from which nothing can be learned; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """The clips that have features, and those that do not."""

    items: tuple[Item, ...]
    dropped: tuple[Dropped, ...]


class Extractor:
    """The networks of a base that turn a clip into features."""

    def __init__(self, base: BaseModel) -> None:
        self._hubert = base.hubert()
        self._acoustic = base.acoustic()
        self._speaker = base.speaker() if base.acoustic_config.has_speaker else None
        self._languages = base.languages
        self.front_end = base.front_end()

    @torch.inference_mode()
    def extract(self, clip: ManifestClip, sound: Pcm) -> dict[str, Tensor]:
        """Return the cached tensors of one mono clip at 32 kHz.

        Raises:
            Unusable: the sound or the text has nothing to learn from, or is in another language.
        """
        if clip.language not in self._languages:
            known = ", ".join(self._languages)
            raise Unusable(f"it is in {clip.language!r}, and the base speaks {known}")
        try:
            spoken = self.front_end.read(clip.text, clip.language)
        except UnspeakableText as error:
            raise Unusable(error.message) from error
        wave = torch.from_numpy(levelled(sound))
        ssl = self._hubert.features(
            audio.resample(wave * TRAINING_GAIN, audio.SAMPLE_RATE_HZ, HUBERT_RATE_HZ)
        )
        if not ssl.isfinite().all():
            raise Unusable("the content encoder finds no finite features in it")
        frames = len(wave) // audio.HOP
        # The encoder's edges can cost one frame: the last is repeated, and the rest is zeros.
        held = functional.pad(ssl, (0, frames - ssl.shape[-1]), mode="replicate")
        codes = self._acoustic.extract_codes(functional.pad(held, (0, frames % 2)))[0]
        tensors = {
            "phones": spoken.ids.int(),
            "codes": codes.short(),
            "wave": torch.from_numpy(audio.to_int16(wave[: frames * audio.HOP].numpy())),
            "sound_codes": torch.tensor(ssl.shape[-1] // 2),
        }
        if spoken.bert.any():
            tensors["bert"] = spoken.bert.half().contiguous()
        if self._speaker is not None:
            wave_16k = audio.resample(wave, audio.SAMPLE_RATE_HZ, HUBERT_RATE_HZ)
            tensors["speaker"] = self._speaker(audio.kaldi_fbank(wave_16k)[None])[0]
        return tensors


def levelled(sound: Pcm) -> Pcm:
    """Mix a clip half and half with itself at a peak of 0.95, which evens out loudness.

    Raises:
        Unusable: the clip is too short, silent, overdriven or damaged.
    """
    if len(sound) < SHORTEST_S * audio.SAMPLE_RATE_HZ:
        raise Unusable("it is too short to hold a word")
    peak = float(np.abs(sound).max(initial=0.0))
    if not np.isfinite(peak):
        raise Unusable("its samples are not all numbers; export it again")
    if peak < QUIETEST_PEAK:
        raise Unusable("it is silent")
    if peak > LOUDEST_PEAK:
        raise Unusable(f"its peak is {peak:.1f} of full scale; record it again at a lower level")
    mixed = sound * np.float32(0.5 + 0.5 * LEVEL_PEAK / peak)
    return mixed.astype(np.float32)


def extract_all(
    clips: Sequence[ManifestClip],
    folder: Path,
    base: BaseModel,
    cache: Path,
    *,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Extracted:
    """Extract what the cache lacks, and describe every clip of a dataset folder.

    Raises:
        Stopped: `should_stop` said so; what is cached stays.
    """
    items: list[Item] = []
    dropped: list[Dropped] = []
    extractor: Extractor | None = None
    reporter = Reporter(STAGE, len(clips), on_progress)
    for clip in clips:
        if should_stop():
            raise Stopped(
                "Training stopped while features were extracted; start it again to go on.",
                data={"stage": STAGE, "done": reporter.done, "total": len(clips)},
            )
        path = cache / f"{_key(clip, base)}.safetensors"
        try:
            if not path.exists():
                extractor = extractor or Extractor(base)
                write_tensors(path, extractor.extract(clip, read_sound(folder, clip)))
            items.append(_item(clip, path))
        except Unusable as unusable:
            dropped.append(Dropped(clip=clip.sha256, stage=STAGE, reason=str(unusable)))
        reporter.advance()
    return Extracted(items=tuple(items), dropped=tuple(dropped))


def read_sound(folder: Path, clip: ManifestClip) -> Pcm:
    """Return the samples of a clip of a dataset folder; frozen clips are mono at 32 kHz."""
    sound, _ = audio.read_mono(clip.wav_path(folder))
    return sound


def _key(clip: ManifestClip, base: BaseModel) -> str:
    parts = [CACHE_VERSION, base.sha256, clip.sha256, clip.language, clip.text]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _item(clip: ManifestClip, path: Path) -> Item:
    with safe_open(path, framework="pt") as file:
        return Item(
            clip=clip.sha256,
            path=path,
            frames=file.get_slice("wave").get_shape()[0] // audio.HOP,
            phones=file.get_slice("phones").get_shape()[0],
            codes=int(file.get_tensor("sound_codes")),
        )
