"""What the samples of this process's engine follow from, for their receipt."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import torch
from django.conf import settings

from synthesis import audio
from synthesis.bundles.base import MANIFEST, BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.types import Speech, Utterance
from training.tracking import code_version
from voiceassets.assets.making import Making, blocks_of
from voiceassets.workers import engine_host

# What is said, which the request keeps sealed.
WORDS = frozenset({"text", "lexicon"})


def making(bundle: VoiceBundle, utterance: Utterance, speech: Speech, *, streamed: bool) -> Making:
    """How `speech` came to be. `streamed` speech is rendered in other pieces, and so rounded."""
    pcm_s = audio.to_int16(speech.pcm)
    asked = {name: value for name, value in asdict(utterance).items() if name not in WORDS}
    return Making(
        bundle_sha256=bundle.sha256,
        base_sha256=_base_sha256(settings.BASE_MODEL_DIR),
        code_version=code_version(),
        kernel=kernel(bundle),
        settings=json.loads(json.dumps(asked | {"streamed": streamed})),
        sample_rate_hz=speech.sample_rate_hz,
        samples=len(pcm_s),
        pcm_sha256=speech.pcm_sha256,
        blocks=blocks_of(pcm_s),
    )


def kernel(bundle: VoiceBundle) -> dict[str, Any]:
    """The class of arithmetic that rounds: two machines of one class give the same samples."""
    with engine_host.engine().voices.borrow(bundle) as voice:
        arithmetic = voice.decoder.arithmetic.value
    return {
        "device": settings.ENGINE_DEVICE,
        "processor": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "precision": settings.ENGINE_PRECISION,
        "arithmetic": arithmetic,
        "torch": torch.__version__,
    }


@cache
def _base_sha256(folder: Path) -> str:
    """Of the base whose text encoder reads for every voice; it stays as long as the process."""
    return BaseModel.open(folder).sha256 if (folder / MANIFEST).exists() else ""
