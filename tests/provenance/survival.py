"""Which labels outlast what is done to a file: `python -m tests.provenance.survival`.

Speech of eSpeak NG is labelled in every format and read back; then copies are altered, and each is
asked for its labels and for the asset that it is, among `--others` assets that it is not. Prints
two tables for docs/trust.md. Exits with 1 when a label is missing in what was written, when fewer
than 95 % of the MP3 and resampled copies are found, or when a stranger is taken for an asset.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf
import soxr
from numpy.typing import NDArray

if TYPE_CHECKING:
    from voiceassets.provenance.fingerprint import Fingerprint

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 32_000
RECALL = 0.95
FORMATS = ("wav", "mp3", "flac", "ogg", "m4a")
LABELS = ("AIGC", "audible", "C2PA", "watermark")
VARIANTS = ("m1", "m3", "m7", "f2", "f4", "Alex", "Annie", "Linda", "Michael", "Steph")
NOUNS = [
    "train",
    "order",
    "coffee",
    "river",
    "ticket",
    "bridge",
    "office",
    "garden",
    "battery",
    "letter",
    "window",
    "market",
]
VERBS = [
    "leaves",
    "waits",
    "opens",
    "closes",
    "moves",
    "returns",
    "changes",
    "stays",
    "follows",
    "reaches",
    "holds",
    "turns",
]
PLACES = [
    "north",
    "coast",
    "corner",
    "station",
    "harbour",
    "village",
    "tower",
    "valley",
    "street",
    "island",
    "forest",
]

Wave = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of copy: how many kept each label, and how many were found by their sound."""

    name: str
    copies: int
    labels: dict[str, int]
    found: int

    def __str__(self) -> str:
        cells = [f"{self.labels[label]} of {self.copies}" for label in LABELS]
        return f"| {self.name} | {' | '.join(cells)} | {self.found} of {self.copies} |"


def sentences(count: int, *, seed: int) -> Iterator[str]:
    """Sentences of which no two are the same."""
    dice, said = random.Random(seed), set[str]()
    while len(said) < count:
        nouns, verbs, places = (dice.sample(words, 3) for words in (NOUNS, VERBS, PLACES))
        number = dice.randrange(1000, 9999)
        sentence = "; ".join(
            f"the {noun} {verb} near the {place}"
            for noun, verb, place in zip(nouns, verbs, places, strict=True)
        )
        text = f"{number}: {sentence}."
        if text not in said:
            said.add(text)
            yield text


def spoken(text: str, variant: str, folder: Path) -> Wave:
    """The sentence [s] at `RATE_HZ`."""
    from voiceassets.provenance.decode import decode

    path = folder / "said.wav"
    subprocess.run(
        ["/usr/bin/env", "espeak-ng", "-v", f"en-us+{variant}", "-w", str(path), text],
        check=True,
        capture_output=True,
    )
    return 0.7 * decode(path, sample_rate_hz=RATE_HZ)


def alterations() -> dict[str, Callable[[Path, Path], Path]]:
    """What is done to a file; each makes a copy in a folder and returns it."""
    from voiceassets.provenance.decode import decode
    from voiceassets.provenance.encode import AudioFormat, encode
    from voiceassets.provenance.produce import to_int16

    def coded(suffix: str, bit_rate: int) -> Callable[[Path, Path], Path]:
        def alter(path: Path, folder: Path) -> Path:
            wave_s = decode(path, sample_rate_hz=RATE_HZ)
            return encode(
                to_int16(wave_s),
                sample_rate_hz=RATE_HZ,
                path=folder / f"copy.{suffix}",
                format=AudioFormat(suffix),
                bit_rate=bit_rate,
            )

        return alter

    def changed(change: Callable[[Wave], Wave], rate_hz: int = RATE_HZ) -> Callable[..., Path]:
        def alter(path: Path, folder: Path) -> Path:
            return encode(
                to_int16(change(decode(path, sample_rate_hz=RATE_HZ))),
                sample_rate_hz=rate_hz,
                path=folder / "copy.wav",
                format=AudioFormat.WAV,
            )

        return alter

    def noisy(wave_s: Wave) -> Wave:
        level = float(np.sqrt(np.mean(wave_s**2))) / 10
        noise_s = np.random.default_rng(0).normal(0, level, len(wave_s))
        return (wave_s + noise_s).astype(np.float32)

    def resampled(wave_s: Wave) -> Wave:
        return np.asarray(soxr.resample(wave_s, RATE_HZ, 16_000), np.float32)

    return {
        "MP3 64 kbit/s": coded("mp3", 64_000),
        "Opus 32 kbit/s": coded("ogg", 32_000),
        "resampled to 16 kHz": changed(resampled, 16_000),
        "trimmed to the middle 60 %": changed(lambda s: s[len(s) // 5 : -len(s) // 5]),
        "gain -10 dB": changed(lambda s: s * np.float32(0.316)),
        "noise at 20 dB": changed(noisy),
    }


class Shelf:
    """A tenant's assets, of which only what a file is known by is kept."""

    def __init__(self) -> None:
        from tests.factories import make_person, make_tenant
        from voiceassets.tenants.permissions import Role
        from voiceassets.workers.watermarking import watermark

        self.owner = make_person(make_tenant("acme"), "Alice", Role.OWNER)
        self.watermark = watermark()

    def label(self, path: Path, wave_s: Wave) -> Fingerprint:
        """Write labelled speech [s] to `path`; what its asset is filed under."""
        from voiceassets.provenance.produce import produce

        made = produce(
            path,
            pcm=wave_s,
            sample_rate_hz=RATE_HZ,
            produce_id=path.stem,
            watermark=self.watermark,
        )
        return made.fingerprint

    def file(self, name: str, found: Fingerprint) -> None:
        """Keep what an asset of this name sounds like."""
        from voiceassets.provenance import recognition
        from voiceassets.provenance.models import Manifest
        from voiceassets.storage import services as storage
        from voiceassets.storage.models import Purpose

        tenant = self.owner.tenant
        stored = storage.begin(tenant.pk, purpose=Purpose.AUDIO, created_by="tests")
        with self.owner.scope():
            manifest = Manifest.objects.create(
                tenant=tenant,
                object=stored,
                file_sha256="0" * 64,
                pcm_sha256="0" * 64,
                produce_id=name,
                labels={"implicit": {}},
                produced_at="2026-01-01T00:00:00Z",
            )
            recognition.file(manifest, found)

    def labels_of(self, path: Path) -> dict[str, bool]:
        """Which labels a file carries that hold."""
        from voiceassets.provenance import credentials
        from voiceassets.provenance.cue import hear
        from voiceassets.provenance.decode import decode
        from voiceassets.provenance.labels import read_label
        from voiceassets.provenance.signer import signer
        from voiceassets.provenance.watermark import FOUND

        wave_s = decode(path, sample_rate_hz=RATE_HZ)
        signed = credentials.read(path, anchors=signer().anchors)
        score = self.watermark.detect(wave_s, RATE_HZ) if self.watermark else 0
        held = (
            read_label(path) is not None,
            hear(wave_s, sample_rate_hz=RATE_HZ) is not None,
            signed is not None and signed.state == credentials.TRUSTED,
            score >= FOUND,
        )
        return dict(zip(LABELS, held, strict=True))

    def assets_like(self, path: Path) -> list[str]:
        """The names of the assets that a file sounds like, the nearest first."""
        from voiceassets.provenance import recognition
        from voiceassets.provenance.decode import decode
        from voiceassets.provenance.fingerprint import RATE_HZ as LISTENED_HZ
        from voiceassets.provenance.fingerprint import fingerprint

        heard = fingerprint(decode(path, sample_rate_hz=LISTENED_HZ))
        with self.owner.scope():
            return [match.manifest.produce_id for match in recognition.recognise(heard)]


def measure(folder: Path, *, altered: int, others: int, strangers: int) -> bool:
    """Print both tables; False when something that must hold does not."""
    from voiceassets.provenance.fingerprint import RATE_HZ as LISTENED_HZ
    from voiceassets.provenance.fingerprint import fingerprint

    shelf, holds = Shelf(), True
    voices = (VARIANTS[number % len(VARIANTS)] for number in itertools.count())
    said = (
        spoken(text, voice, folder)
        for text, voice in zip(
            sentences(altered + others + strangers, seed=1), voices, strict=False
        )
    )
    assets = {folder / f"asset-{number}.wav": next(said) for number in range(altered)}
    print(f"| format | {' | '.join(LABELS)} |\n|---|---|---|---|---|")
    for suffix in FORMATS:
        path = folder / f"speech.{suffix}"
        shelf.label(path, next(iter(assets.values())))
        has = shelf.labels_of(path)
        holds &= has["AIGC"] and has["audible"] and (suffix == "ogg" or has["C2PA"])
        print(f"| {suffix} | {' | '.join('yes' if has[label] else 'no' for label in LABELS)} |")
    for path, wave_s in assets.items():
        shelf.file(path.stem, shelf.label(path, wave_s))
    for number in range(others):
        wave_s = soxr.resample(next(said), RATE_HZ, LISTENED_HZ)
        shelf.file(f"other-{number}", fingerprint(np.asarray(wave_s, np.float32)))
    print(f"\n| copy | {' | '.join(LABELS)} | asset found |\n|---|---|---|---|---|---|")
    mistaken = 0
    for name, alter in alterations().items():
        rows = []
        for path in assets:
            copy = alter(path, folder)
            found = shelf.assets_like(copy)
            mistaken += any(name != path.stem for name in found)
            rows.append((shelf.labels_of(copy), found[:1] == [path.stem]))
        row = Row(
            name=name,
            copies=len(rows),
            labels={label: sum(has[label] for has, _ in rows) for label in LABELS},
            found=sum(right for _, right in rows),
        )
        must = name.startswith(("MP3", "resampled"))
        holds &= not must or row.found >= RECALL * row.copies
        print(row, flush=True)
    path = folder / "stranger.wav"
    for _ in range(strangers):
        sf.write(path, next(said), RATE_HZ)
        mistaken += bool(shelf.assets_like(path))
    copies = altered * len(alterations())
    print(
        f"\n{copies} copies and {strangers} sounds of no asset, among {altered + others} assets: "
        f"{mistaken} taken for an asset that they are not."
    )
    return holds and not mistaken


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.provenance.survival", description=__doc__
    )
    parser.add_argument("--altered", type=int, default=40)
    parser.add_argument("--others", type=int, default=1000)
    parser.add_argument("--strangers", type=int, default=200)
    options = parser.parse_args()
    from voiceassets.runtime import roles
    from voiceassets.runtime.testing import PrivateServers

    with tempfile.TemporaryDirectory(prefix="voiceassets-survival-") as name:
        servers = PrivateServers(Path(name))
        os.environ.update(servers.env)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceassets.settings")
        try:
            servers.start_database()
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity=0"],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": roles.dsn(servers.layout, roles.OWNER)},
                check=True,
            )
            return 0 if _measure_from_scratch(Path(name), **vars(options)) else 1
        finally:
            servers.stop()


def _measure_from_scratch(folder: Path, **sizes: int) -> bool:
    import django

    django.setup()
    from django.db import connections

    try:
        return measure(folder, **sizes)
    finally:
        connections.close_all()


if __name__ == "__main__":
    sys.exit(main())
