"""Freezes a dataset as a folder: manifest.json with a content hash, and clips/<sha256>.wav.

The content hash is the SHA-256 of the manifest's canonical JSON without the hash itself. It covers
the SHA-256 of every clip, its text and its language, so one string names all of a training run's
material, and nothing in the folder can change unnoticed.
"""

import hashlib
import json
import shutil
import wave
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from synthesis.bundles.voice_card import DEFAULT_STYLE
from training.prepare.decode import SAMPLE_RATE_HZ

FORMAT_VERSION: Final = 1
MANIFEST_NAME: Final = "manifest.json"
CLIPS_NAME: Final = "clips"


class DatasetError(Exception):
    """A dataset folder is not what its manifest says, or clips cannot be frozen; says which."""


@dataclass(frozen=True, kw_only=True)
class ClipSource:
    """A clip to be frozen: where it lies, what is said in it and how, and where it came from."""

    wav_path: Path
    text: str
    language: str
    recording_id: str
    segment_id: str
    style: str = DEFAULT_STYLE
    snr_db: float | None = None


@dataclass(frozen=True, kw_only=True)
class ManifestClip:
    """One clip of a frozen dataset; `sha256` is of the WAV file.

    `style` is how it is spoken; `snr_db` how far above the noise, where that was measured.
    """

    sha256: str
    text: str
    language: str
    duration_ms: int
    recording_id: str
    segment_id: str
    style: str = DEFAULT_STYLE
    snr_db: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is as usual is left out, so that older hashes stand."""
        values = asdict(self)
        if self.style == DEFAULT_STYLE:
            del values["style"]
        if self.snr_db is None:
            del values["snr_db"]
        return values

    def wav_path(self, folder: Path) -> Path:
        """Where the clip lies in the dataset folder."""
        return folder / CLIPS_NAME / f"{self.sha256}.wav"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a frozen dataset holds, in the order of the clips' hashes."""

    clips: tuple[ManifestClip, ...]

    @property
    def content_sha256(self) -> str:
        """The name of this dataset."""
        return hashlib.sha256(_canonical(self._facts()).encode()).hexdigest()

    @property
    def duration_ms(self) -> int:
        """All clips together."""
        return sum(clip.duration_ms for clip in self.clips)

    def to_json(self) -> str:
        """The content of manifest.json."""
        return _canonical({**self._facts(), "content_sha256": self.content_sha256}) + "\n"

    def _facts(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "sample_rate_hz": SAMPLE_RATE_HZ,
            "clips": [clip.as_dict() for clip in self.clips],
        }


def freeze(sources: Iterable[ClipSource], folder: Path) -> Manifest:
    """Write a dataset to `folder`, which must not exist yet; it appears whole or not at all.

    Raises DatasetError for no clips, for equal clips, and for a WAV of another form.
    """
    if folder.exists():
        raise DatasetError(f"{folder} exists; a frozen dataset is never written again.")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / CLIPS_NAME).mkdir(parents=True)
    clips: dict[str, ManifestClip] = {}
    for source in sources:
        content = source.wav_path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 in clips:
            raise DatasetError(
                f"Segments {clips[sha256].segment_id} and {source.segment_id} hold the same sound; "
                "leave one of them out."
            )
        clips[sha256] = ManifestClip(
            sha256=sha256,
            text=source.text,
            language=source.language,
            duration_ms=_duration_ms(source.wav_path),
            recording_id=source.recording_id,
            segment_id=source.segment_id,
            style=source.style,
            snr_db=source.snr_db,
        )
        clips[sha256].wav_path(partial).write_bytes(content)
    if not clips:
        raise DatasetError("A dataset needs at least one clip; accept some segments first.")
    manifest = Manifest(clips=tuple(clips[sha256] for sha256 in sorted(clips)))
    (partial / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
    partial.replace(folder)
    return manifest


def read_dataset(folder: Path) -> Manifest:
    """Read a frozen dataset and verify all of it; raises DatasetError naming the first fault."""
    try:
        written = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        manifest = Manifest(clips=tuple(ManifestClip(**clip) for clip in written["clips"]))
        facts = (written["format_version"], written["sample_rate_hz"], written["content_sha256"])
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DatasetError(
            f"{folder / MANIFEST_NAME} cannot be read: {folder} is no dataset. Make one of your"
            " recordings with `python -m training prepare`."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder / MANIFEST_NAME} cannot be read: {error}.") from error
    if facts != (FORMAT_VERSION, SAMPLE_RATE_HZ, manifest.content_sha256):
        raise DatasetError(f"{folder / MANIFEST_NAME} was changed after it was frozen.")
    for clip in manifest.clips:
        path = clip.wav_path(folder)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DatasetError(f"{path} is missing from the dataset.") from error
        if hashlib.sha256(content).hexdigest() != clip.sha256:
            raise DatasetError(f"{path} was changed after it was frozen.")
    return manifest


def _duration_ms(path: Path) -> int:
    try:
        with wave.open(str(path)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if form != (1, 2, SAMPLE_RATE_HZ):
                raise DatasetError(f"{path} is not 16-bit mono at {SAMPLE_RATE_HZ} Hz.")
            return int(file.getnframes()) * 1_000 // SAMPLE_RATE_HZ
    except (wave.Error, EOFError) as error:
        raise DatasetError(f"{path} is no WAV file: {error}.") from error


def _canonical(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
