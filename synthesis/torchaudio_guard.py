"""Lets torchaudio's published wheel, which is linked against CUDA, be imported beside a CPU torch.

Without it `import torchaudio`, and with torchaudio merely installed also
`from transformers import HubertModel`, ends in an OSError for libc10_cuda.so. A meta-path finder
supplies `torchaudio._extension` with the native library switched off; everything this project uses
(resampling, filter banks, Kaldi features) is pure Python. On a CUDA torch the finder does nothing.
"""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import NoReturn

EXTENSION = "torchaudio._extension"


def torch_is_cpu_only() -> bool:
    """Whether the installed torch has no CUDA library, found out without importing torch."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    return not (Path(spec.origin).parent / "lib" / "libc10_cuda.so").exists()


class _NoNativeLibrary(Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.update(
            __path__=[],
            _IS_TORCHAUDIO_EXT_AVAILABLE=False,
            _IS_ALIGN_AVAILABLE=False,
            _check_cuda_version=lambda: None,
            fail_if_no_align=_refuse_alignment,
        )


def _refuse_alignment(function: Callable[..., object]) -> Callable[..., NoReturn]:
    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise RuntimeError(
            f"torchaudio's {function.__name__} needs its native library; use a CUDA torch"
        )

    return refuse


class ExtensionFinder(MetaPathFinder):
    """Answers for `torchaudio._extension` alone, and only beside a CPU torch."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != EXTENSION or not torch_is_cpu_only():
            return None
        return importlib.machinery.ModuleSpec(fullname, _NoNativeLibrary(), is_package=True)


def install() -> None:
    """Put the finder first on the meta path, once per process."""
    if not any(isinstance(finder, ExtensionFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, ExtensionFinder())
