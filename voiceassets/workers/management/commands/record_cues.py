"""`manage.py record_cues`: has eSpeak NG say the audible labels that the platform ships."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from voiceassets.provenance.decode import decode
from voiceassets.provenance.encode import AudioFormat, encode
from voiceassets.provenance.spoken_cues import FOLDER, TEXTS

PROGRAM = "espeak-ng"
RATE_HZ = 16_000
VOICES = {"zh": "cmn-latn-pinyin", "yue": "yue", "en": "en-us", "ja": "ja", "ko": "ko"}
QUIET = 0.01


class Command(BaseCommand):
    help = "Record voiceassets/provenance/cues anew. Files labelled before are then not recognised."

    def handle(self, *args: Any, **options: Any) -> None:
        FOLDER.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            for language, (_, spelled) in TEXTS.items():
                subprocess.run(
                    [PROGRAM, "-v", VOICES[language], "-s", "170", "-w", str(path), spelled],
                    check=True,
                    capture_output=True,
                )
                wave_s = decode(path, sample_rate_hz=RATE_HZ)
                loud = np.flatnonzero(np.abs(wave_s) > QUIET)
                said_s = np.round(wave_s[loud[0] : loud[-1] + 1] * 32_767).astype(np.int16)
                target = FOLDER / f"{language}.flac"
                encode(said_s, sample_rate_hz=RATE_HZ, path=target, format=AudioFormat.FLAC)
                self.stdout.write(f"{target.name}: {len(said_s) / RATE_HZ:.2f} s")
