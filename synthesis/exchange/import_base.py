"""Makes a base model from a folder of published weights, as GPT-SoVITS users keep them.

Nothing is fetched. Every pickle goes through the child process of `checkpoint`.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from synthesis.bundles.base import (
    ACOUSTIC_FILE,
    BERT_FOLDER,
    DISCRIMINATOR_FILE,
    HUBERT_FOLDER,
    SEMANTIC_FILE,
    SPEAKER_FILE,
    BaseModel,
    seal_base,
)
from synthesis.bundles.weights import save_weights
from synthesis.errors import UnsupportedCheckpoint
from synthesis.exchange.checkpoint import Checkpoint, Kind, Read, read_checkpoint, read_tensors
from synthesis.exchange.notes import save_notes
from synthesis.models.semantic import SemanticConfig
from synthesis.models.speaker import SpeakerConfig
from synthesis.models.vits import AcousticConfig

HUBERT_SOURCE = "chinese-hubert-base"
BERT_SOURCE = "chinese-roberta-wwm-ext-large"
SPEAKER_SOURCE = "sv/pretrained_eres2netv2w24s4ep4.ckpt"
# The text encoder's word list comes in one of two forms.
VOCABULARIES = (f"{BERT_SOURCE}/vocab.txt", f"{BERT_SOURCE}/tokenizer.json")
# The output layers of the text encoder are never read.
ENCODER_FILES = ("config.json", "pytorch_model.bin")
UNUSED_BERT = ("cls.", "bert.pooler.")


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where one version's files lie under the folder of published weights, and what it speaks."""

    semantic: str
    generator: str
    discriminator: str
    languages: tuple[str, ...] = ("zh", "en", "ja", "ko", "yue")
    needs_speaker: bool = False


PUBLISHED = {
    "v1": Published(
        semantic="s1bert25hz-2kh-longer-epoch=68e-step=50232.ckpt",
        generator="s2G488k.pth",
        discriminator="s2D488k.pth",
        languages=("zh", "en", "ja"),
    ),
    "v2": Published(
        semantic="gsv-v2final-pretrained/s1bert25hz-5kh-longer-epoch=12-step=369668.ckpt",
        generator="gsv-v2final-pretrained/s2G2333k.pth",
        discriminator="gsv-v2final-pretrained/s2D2333k.pth",
    ),
    "v2Pro": Published(
        semantic="s1v3.ckpt",
        generator="v2Pro/s2Gv2Pro.pth",
        discriminator="v2Pro/s2Dv2Pro.pth",
        needs_speaker=True,
    ),
    "v2ProPlus": Published(
        semantic="s1v3.ckpt",
        generator="v2Pro/s2Gv2ProPlus.pth",
        discriminator="v2Pro/s2Dv2ProPlus.pth",
        needs_speaker=True,
    ),
}


def published_files(version: str) -> tuple[str, ...]:
    """Everything of a version under the folder of published weights, less its vocabulary."""
    published = PUBLISHED[version]
    return (
        published.semantic,
        published.generator,
        published.discriminator,
        *((SPEAKER_SOURCE,) if published.needs_speaker else ()),
        *(f"{folder}/{name}" for folder in (HUBERT_SOURCE, BERT_SOURCE) for name in ENCODER_FILES),
    )


def version_in(source: Path) -> str:
    """The version whose two models lie in a folder of published weights.

    Raises:
        UnsupportedCheckpoint: there is none, or more than one.
    """
    found = [
        version
        for version, published in PUBLISHED.items()
        if all((source / name).exists() for name in (published.semantic, published.generator))
    ]
    if not found:
        generators = ", ".join(published.generator for published in PUBLISHED.values())
        raise UnsupportedCheckpoint(
            f"{source} holds no published models. Name the folder that has one of {generators}"
            " under it, and the semantic model of that version.",
            code="missing_weights",
        )
    if len(found) > 1:
        raise UnsupportedCheckpoint(
            f"{source} holds the models of {', '.join(found)}; say with --version which to import."
        )
    return found[0]


def import_base(
    source: Path, folder: Path, *, version: str, read: Read = read_checkpoint
) -> BaseModel:
    """Write a base of one version into a new folder; UnsupportedCheckpoint names what is wrong.

    The discriminator may be missing from `source`; such a base fine-tunes with a fresh one.
    """
    published = PUBLISHED[version]
    semantic = _read(read, source / published.semantic, Kind.SEMANTIC, "")
    generator = _read(read, source / published.generator, Kind.ACOUSTIC, version)
    assert isinstance(semantic.config, SemanticConfig)
    assert isinstance(generator.config, AcousticConfig)
    folder.mkdir(parents=True)
    try:
        save_weights(semantic.state, folder / SEMANTIC_FILE, half=True)
        save_weights(generator.state, folder / ACOUSTIC_FILE, half=True)
        save_notes(folder, {found.kind: found.notes for found in (semantic, generator)})
        discriminator = source / published.discriminator
        if discriminator.exists():
            state = _read(read, discriminator, Kind.DISCRIMINATOR, None).state
            save_weights(state, folder / DISCRIMINATOR_FILE, half=True)
        speaker = None
        if published.needs_speaker:
            found = _read(read, source / SPEAKER_SOURCE, Kind.SPEAKER, "")
            assert isinstance(found.config, SpeakerConfig)
            save_weights(found.state, folder / SPEAKER_FILE, half=False)
            speaker = found.config
        _import_encoder(source / HUBERT_SOURCE, folder / HUBERT_FOLDER, ())
        _import_encoder(source / BERT_SOURCE, folder / BERT_FOLDER, UNUSED_BERT)
        _import_vocabulary(source, folder / BERT_FOLDER / "vocab.txt")
        return seal_base(
            folder,
            name=version,
            speech=True,
            languages=published.languages,
            semantic=semantic.config,
            acoustic=generator.config,
            speaker=speaker,
        )
    except BaseException:
        shutil.rmtree(folder)
        raise


def _read(read: Read, path: Path, kind: Kind, version: str | None) -> Checkpoint:
    """Read a file that must be of a kind, and of a version unless that is None."""
    if not path.exists():
        raise _missing(path)
    found = read(path)
    if found.kind is not kind or version not in (None, found.version):
        what = f"{found.version} {found.kind}".strip()
        raise UnsupportedCheckpoint(
            f"{path.name} holds a {what} model, not the {kind} one of this version.",
            data={"file": path.name},
        )
    return found


def _import_encoder(source: Path, target: Path, unused: tuple[str, ...]) -> None:
    """Convert a transformers folder with a pickled model, leaving out unused tensors."""
    target.mkdir()
    config, weights = (source / name for name in ENCODER_FILES)
    for path in (config, weights):
        if not path.exists():
            raise _missing(path)
    shutil.copyfile(config, target / config.name)
    tensors, _ = read_tensors(weights)
    kept = {key: value for key, value in tensors.items() if not key.startswith(unused)}
    save_weights(kept, target / "model.safetensors", half=True)


def _import_vocabulary(source: Path, target: Path) -> None:
    """One word per line, in the order of their numbers."""
    lines, tokenizer = (source / name for name in VOCABULARIES)
    if lines.exists():
        shutil.copyfile(lines, target)
        return
    if not tokenizer.exists():
        raise _missing(lines)
    try:
        numbers = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
        words = sorted(numbers, key=numbers.__getitem__)
    except (ValueError, KeyError, TypeError) as error:
        raise UnsupportedCheckpoint(
            f"{tokenizer.name} holds no vocabulary.", data={"file": tokenizer.name}
        ) from error
    if [numbers[word] for word in words] != list(range(len(words))):
        raise UnsupportedCheckpoint(
            f"{tokenizer.name} leaves out numbers.", data={"file": tokenizer.name}
        )
    target.write_text("\n".join(words) + "\n", encoding="utf-8")


def _missing(path: Path) -> UnsupportedCheckpoint:
    return UnsupportedCheckpoint(
        f"{path.parent.name}/{path.name} is missing; copy it there and import again.",
        code="missing_weights",
        data={"file": path.name},
    )
