"""Finds, reads and imports what installed packages carry for the front end.

Some word lists are literals in a package's source (Apache-2.0, misaki): parsing the file keeps its
imports, which are heavy and unrelated, out of the process.
"""

import ast
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from synthesis.errors import EngineError


def _missing(package: str) -> EngineError:
    return EngineError(
        f"The Python package {package} is not installed. Install the worker extra: "
        "pip install -e '.[worker]'.",
        code="text_package_missing",
        data={"package": package},
    )


def package_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(package)
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def _literals(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(
            node.value, ast.Constant | ast.Set | ast.Dict | ast.List | ast.Tuple
        ):
            try:
                found[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def literal(package: str, file: str, name: str) -> Any:
    """The literal assigned to ``name`` (``self.x`` for an attribute) in a packaged source file."""
    return _literals(package_folder(package) / file)[name]


@cache
def imported(module: str) -> ModuleType:
    """A module imported on first use; warnings of its source while it compiles are not ours.

    Raises `EngineError` naming the package when it is not installed.
    """
    if find_spec(module.partition(".")[0]) is None:
        raise _missing(module.partition(".")[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(module)
