"""Writes a voice as the two files that the tools of GPT-SoVITS load: a .ckpt and a .pth.

Both are PyTorch archives {weight: float16 tensors, config: settings, info: text}. Settings are
those that came with the voice or its base, never made up.
"""

import sys
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import safetensors.torch
import torch

from synthesis.bundles.bundle import ACOUSTIC_FILE, SEMANTIC_FILE, VoiceBundle
from synthesis.errors import EngineError
from synthesis.exchange.checkpoint import SEMANTIC_PREFIX, Kind, read_checkpoint
from synthesis.exchange.checkpoint_reader import BAG_CLASS, BAG_MODULE, ZIP_MARK
from synthesis.exchange.notes import BAG, Notes, load_notes
from synthesis.models.semantic import SemanticConfig
from synthesis.models.vits import VERSIONS, AcousticConfig

# Exports of these versions carry it in place of the archive's first two bytes.
MARKS = {"v2Pro": b"05", "v2ProPlus": b"06"}
SUFFIXES = {Kind.SEMANTIC: ".ckpt", Kind.ACOUSTIC: ".pth"}


class CannotExport(EngineError):
    """A voice that has no form in the other tools' files."""

    code = "cannot_export"


def export_voice(
    bundle: VoiceBundle, folder: Path, *, name: str, settings_from: Sequence[Path] = ()
) -> dict[Kind, Path]:
    """Write NAME.ckpt and NAME.pth; CannotExport for a size or settings unknown to those tools."""
    card = bundle.card
    require_published_size(card.base_name, card.semantic, card.acoustic)
    notes = {**load_notes(bundle.sealed), **_settings_of(settings_from, bundle)}
    weights = {Kind.SEMANTIC: SEMANTIC_FILE, Kind.ACOUSTIC: ACOUSTIC_FILE}
    written = {kind: folder / f"{name}{SUFFIXES[kind]}" for kind in weights}
    for kind, path in written.items():
        if kind not in notes or notes[kind].settings is None:
            raise CannotExport(
                f"The {kind} model came without the settings that its file must hold; name a"
                f" {SUFFIXES[kind]} file of a {bundle.card.model_version} voice with"
                " --settings-from.",
                code="missing_settings",
                data={"kind": kind},
            )
        if path.exists():
            raise CannotExport(f"{path} exists; name another folder.", data={"file": str(path)})
    folder.mkdir(parents=True, exist_ok=True)
    for kind, path in written.items():
        write_checkpoint(
            path,
            bundle.sealed.path(weights[kind]),
            kind=kind,
            version=bundle.card.model_version,
            notes=notes[kind],
        )
    return written


def write_checkpoint(path: Path, weights: Path, *, kind: Kind, version: str, notes: Notes) -> None:
    """Write one file from safetensors; it appears whole or not at all."""
    prefix, mark = (SEMANTIC_PREFIX, None) if kind is Kind.SEMANTIC else ("", MARKS.get(version))
    state = OrderedDict(
        (prefix + key, value.half()) for key, value in safetensors.torch.load_file(weights).items()
    )
    partial = path.with_name(f".{path.name}.partial")
    with _foreign_bag() as bag:
        settings = _restored(notes.settings, bag)
        torch.save({"weight": state, "config": settings, "info": notes.info}, partial)
    with partial.open("r+b") as file:
        file.write(mark or ZIP_MARK)
    partial.replace(path)


def require_published_size(
    base_name: str, semantic: SemanticConfig, acoustic: AcousticConfig
) -> None:
    """Raises CannotExport for models of a base whose sizes the other tools do not know."""
    known = acoustic.version in VERSIONS and (
        acoustic == AcousticConfig.for_version(acoustic.version)
        and semantic == SemanticConfig(phonemes=semantic.phonemes)
    )
    if not known:
        raise CannotExport(
            f"It stems from {base_name}, whose models have sizes of their own; only those of the"
            f" published sizes ({', '.join(VERSIONS)}) have a form in those files."
        )


def _settings_of(paths: Sequence[Path], bundle: VoiceBundle) -> dict[str, Notes]:
    found = {}
    for path in paths:
        checkpoint = read_checkpoint(path)
        if checkpoint.kind is Kind.ACOUSTIC and checkpoint.version != bundle.card.model_version:
            raise CannotExport(
                f"{path.name} is of version {checkpoint.version}; the voice is of"
                f" {bundle.card.model_version}."
            )
        found[checkpoint.kind.value] = checkpoint.notes
    return found


@contextmanager
def _foreign_bag() -> Iterator[type]:
    """The settings class of the other tools, which a pickle can only name while it can be found."""
    module = ModuleType(BAG_MODULE)
    kind = type(BAG_CLASS, (), {"__module__": BAG_MODULE})
    setattr(module, BAG_CLASS, kind)
    found = sys.modules.get(BAG_MODULE)
    sys.modules[BAG_MODULE] = module
    try:
        yield kind
    finally:
        if found is None:
            del sys.modules[BAG_MODULE]
        else:
            sys.modules[BAG_MODULE] = found


def _restored(settings: object, bag: type) -> object:
    """Settings as they were before they became JSON."""
    if isinstance(settings, list):
        return [_restored(inner, bag) for inner in settings]
    if not isinstance(settings, dict):
        return settings
    if settings.keys() == {BAG}:
        filled: object = bag()
        vars(filled).update({key: _restored(value, bag) for key, value in settings[BAG].items()})
        return filled
    return {key: _restored(value, bag) for key, value in settings.items()}
