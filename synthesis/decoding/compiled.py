"""Compiles loops over arrays for this processor, where PyTorch has no operation that does them.

Importing Numba takes a second, and with a compiled loop 140 MB: this is imported late, and only
where inputs are rounded anyway.
"""

from __future__ import annotations

from collections.abc import Callable

from numba import njit

# Sums may be done in another order than written, which lets a processor do sixteen at a time.
ORDER = {"contract", "reassoc"}

Loop = Callable[..., None]


def compiled(loop: Loop) -> Loop:
    """The loop in machine code, which is kept beside its module for the next process.

    Other threads of Python run on while it runs.
    """
    try:
        made: Loop = njit(cache=True, nogil=True, fastmath=ORDER)(loop)
    except RuntimeError:  # no folder can be written to
        made = njit(nogil=True, fastmath=ORDER)(loop)
    return made
