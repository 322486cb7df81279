"""A base model and a voice, small and random, made once per run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import Origin, Reference, VoiceBundle, write_bundle
from synthesis.bundles.random_base import write_random_base
from synthesis.features.reference import measure_reference
from synthesis.front_end import FrontEnd
from synthesis.types import Pcm

TRANSCRIPT = "今天天气很好，我们出去走走。"
RATE_HZ = 32_000


def hum(seconds: float, pitch_hz: float = 140.0) -> Pcm:
    """A buzzing tone that swells, as a stand-in for a voice."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * pitch_hz * k * time) / k for k in range(1, 12))
    return (0.2 * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 2.5 * time))).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Where voices are made: a random base, and references measured with it."""

    base: BaseModel
    reference: Reference

    def write(
        self, folder: Path, *, half: bool = True, silent: bool = False, speech: bool = False
    ) -> VoiceBundle:
        """Write a voice; a `silent` one renders zeros, `speech` calls its base a trained one."""
        acoustic = self.base.acoustic()
        if silent:
            torch.nn.init.zeros_(acoustic.dec.conv_post.weight)
        return write_bundle(
            folder,
            semantic=self.base.semantic(),
            acoustic=acoustic,
            styles={"default": [self.reference]},
            languages=["zh", "en"],
            origin=Origin(
                base_name=self.base.name,
                base_sha256=self.base.sha256,
                dataset_sha256="0" * 64,
                consent_ids=("cns_1",),
                speech=speech,
            ),
            half=half,
        )


def furnish(folder: Path) -> Workshop:
    """A workshop with a random base in a new `folder`."""
    base = write_random_base(folder, seed=7)
    pcm = hum(3.5)
    acoustic = base.acoustic()
    features = measure_reference(
        pcm,
        RATE_HZ,
        TRANSCRIPT,
        "zh",
        front=FrontEnd(version="v2", bert_width=1024, uses_bert=False),
        hubert=base.hubert(),
        acoustic=acoustic,
    )
    reference = Reference(
        pcm=pcm,
        sample_rate_hz=RATE_HZ,
        transcript=TRANSCRIPT,
        language="zh",
        features=features,
    )
    return Workshop(base=base, reference=reference)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return furnish(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="session")
def voice(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> VoiceBundle:
    """A voice that nobody alters."""
    return workshop.write(tmp_path_factory.mktemp("voice") / "v")
