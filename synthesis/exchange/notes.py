"""What foreign checkpoints say beside their tensors, kept so that a voice can be written back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from synthesis.bundles.sealed_folder import SealedFolder
from synthesis.errors import BadBundle

FILE = "exchange.json"
# How the attribute bag of exported voices is told apart from a plain table.
BAG = "$bag"


@dataclass(frozen=True, kw_only=True)
class Notes:
    """One checkpoint's description of itself and its settings, as JSON; None when unknown."""

    info: str
    settings: object = None


def save_notes(folder: Path, notes: Mapping[str, Notes]) -> None:
    """Write the notes of both models, by kind, into a folder that is about to be sealed."""
    content = {kind: asdict(note) for kind, note in notes.items()}
    (folder / FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def load_notes(sealed: SealedFolder) -> dict[str, Notes]:
    """The notes of a voice or base by kind of model; none when it came from no foreign file."""
    if FILE not in sealed.content["files"]:
        return {}
    try:
        content = json.loads(sealed.path(FILE).read_bytes())
        return {str(kind): Notes(**note) for kind, note in content.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise BadBundle(f"{FILE} is malformed.", data={"file": FILE}) from error
