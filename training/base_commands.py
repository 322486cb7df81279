"""`python -m training import-base …` and `export-base …`: bases in the files others publish."""

import argparse
from pathlib import Path
from typing import Any

from synthesis.bundles.base import BaseModel
from synthesis.models.vits import VERSIONS


def add_commands(commands: Any) -> None:
    """Add both to the training program."""
    take: argparse.ArgumentParser = commands.add_parser(
        "import-base", help="make a base of a folder of published weights"
    )
    take.add_argument("source", type=Path, help="folder with the published files")
    take.add_argument("--out", type=Path, help="becomes the base; var/bases/VERSION by default")
    take.add_argument("--version", choices=VERSIONS, help="of the files, if there are several")
    take.set_defaults(do=_import)
    give: argparse.ArgumentParser = commands.add_parser(
        "export-base", help="write an imported base's models as published files"
    )
    give.add_argument("base", type=Path)
    give.add_argument("--out", type=Path, required=True, help="folder for the files")
    give.set_defaults(do=_export)


def _import(options: argparse.Namespace) -> dict[str, Any]:
    from synthesis.exchange.import_base import import_base, version_in

    version = options.version or version_in(options.source)
    folder = options.out or Path("var/bases") / version
    base = import_base(options.source, folder, version=version)
    return {
        "name": base.name,
        "folder": str(folder),
        "sha256": base.sha256,
        "bytes": base.sealed.total_bytes,
    }


def _export(options: argparse.Namespace) -> dict[str, Any]:
    from synthesis.exchange.export_base import export_base

    written = export_base(BaseModel.open(options.base), options.out)
    return {kind.value: str(path) for kind, path in written.items()}
