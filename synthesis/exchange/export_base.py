"""Writes a base's models back into the files that published weights come in.

The encoders of sound and text are not of this project and were only repacked; they stay with
whoever published them.
"""

from pathlib import Path

from synthesis.bundles.base import ACOUSTIC_FILE, DISCRIMINATOR_FILE, SEMANTIC_FILE, BaseModel
from synthesis.exchange.checkpoint import Kind
from synthesis.exchange.export_voice import CannotExport, require_published_size, write_checkpoint
from synthesis.exchange.import_base import PUBLISHED
from synthesis.exchange.notes import Notes, load_notes


def export_base(base: BaseModel, folder: Path) -> dict[Kind, Path]:
    """Write the semantic model, the generator and the discriminator under their published names.

    The tensors are bit for bit those that were imported. CannotExport for a base of another size,
    or one whose settings are unknown because it was made here.
    """
    require_published_size(base.name, base.semantic_config, base.acoustic_config)
    return write_parts(base, folder)


def write_parts(base: BaseModel, folder: Path) -> dict[Kind, Path]:
    """The same for models of any size; CannotExport where a file exists or settings are missing."""
    published = PUBLISHED[base.acoustic_config.version]
    notes = load_notes(base.sealed)
    parts = {
        Kind.SEMANTIC: (SEMANTIC_FILE, published.semantic),
        Kind.ACOUSTIC: (ACOUSTIC_FILE, published.generator),
    }
    missing = [kind.value for kind in parts if kind not in notes]
    if missing:
        raise CannotExport(
            f"The {' and '.join(missing)} model came from no such file, so what its settings were"
            " is not known; export a base that was imported.",
            code="missing_settings",
            data={"kinds": missing},
        )
    if base.has(DISCRIMINATOR_FILE):
        parts[Kind.DISCRIMINATOR] = (DISCRIMINATOR_FILE, published.discriminator)
    written = {kind: folder / name for kind, (_, name) in parts.items()}
    for path in written.values():
        if path.exists():
            raise CannotExport(f"{path} exists; name another folder.", data={"file": str(path)})
    for kind, path in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_checkpoint(
            path,
            base.sealed.path(parts[kind][0]),
            kind=kind,
            version="",  # pretrained files carry no mark
            notes=notes.get(kind, Notes(info="")),
        )
    return written
