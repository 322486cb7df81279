"""Keeps libraries from holding memory that nobody uses: freed blocks, and compiled kernels."""

import ctypes
import os

# As many as rendering sentences of one length takes, so that the next piece finds them.
COMPILED_KERNELS = 192


def bound_kernels() -> None:
    """Have oneDNN keep few kernels; call it before the first convolution of the process.

    It compiles every convolution anew for each length of sound, keeps the last 1,024, and each
    takes about a megabyte. It has no other door for this number than the environment, which an
    operator may have set already.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(COMPILED_KERNELS))


def give_back() -> None:
    """After something large was freed in parts, such as a model that was laid out anew.

    Only glibc keeps so much, and only glibc can be told; elsewhere this does nothing.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
