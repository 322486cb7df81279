"""How samples came to be, written down so that making them again can be compared.

Shapes: s samples, b blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_SAMPLES = 256
DIGEST_BYTES = 6
# A block's digest, and the first of its samples.
RECORD = np.dtype([("digest", f"V{DIGEST_BYTES}"), ("first", "<i2")])

Samples = NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Making:
    """What samples follow from: bundle, base, code, kernel class, settings; and what they were.

    `kernel` tells the arithmetic that rounds: device, processor, precision, threads, library.
    `settings` are all that were in effect, the voice's own among them. `blocks` holds a record for
    every 256 samples, so that samples which nobody keeps can still be compared place by place.
    """

    bundle_sha256: str
    base_sha256: str
    code_version: str
    kernel: Mapping[str, Any]
    settings: Mapping[str, Any]
    sample_rate_hz: int
    samples: int
    pcm_sha256: str
    blocks: bytes

    def facts(self) -> dict[str, Any]:
        """Everything but the samples, by the name of the field."""
        return {
            "bundle_sha256": self.bundle_sha256,
            "base_sha256": self.base_sha256,
            "code_version": self.code_version,
            "sample_rate_hz": self.sample_rate_hz,
            **{f"kernel.{name}": value for name, value in self.kernel.items()},
            **{f"settings.{name}": value for name, value in self.settings.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where two rows of samples first differ, and how much: 16-bit steps, 0 when only in length.

    The first sample that differs lies in `sample` to `within`; they are the same when the old
    samples were at hand. Otherwise `largest` was measured at the first sample of every block.
    """

    sample: int
    within: int
    largest: int
    exact: bool

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def blocks_of(pcm_s: Samples) -> bytes:
    """The records of samples [s]; the last block may be shorter."""
    starts = range(0, len(pcm_s), BLOCK_SAMPLES)
    content = pcm_s.astype("<i2").tobytes()
    width = 2 * BLOCK_SAMPLES
    return b"".join(
        hashlib.sha256(content[2 * at : 2 * at + width]).digest()[:DIGEST_BYTES]
        + content[2 * at : 2 * at + 2]
        for at in starts
    )


def difference(then: Making, now_s: Samples, *, then_s: Samples | None = None) -> Difference | None:
    """How samples [s] differ from those of `then`; None when they are the same."""
    if hashlib.sha256(now_s.astype("<i2").tobytes()).hexdigest() == then.pcm_sha256:
        return None
    if then_s is not None:
        return _of_samples(then_s, now_s)
    then_b, now_b = (np.frombuffer(kept, RECORD) for kept in (then.blocks, blocks_of(now_s)))
    shared = min(len(then_b), len(now_b))
    differing = np.flatnonzero(then_b["digest"][:shared] != now_b["digest"][:shared])
    first = int(differing[0]) * BLOCK_SAMPLES if len(differing) else shared * BLOCK_SAMPLES
    apart = now_b["first"][:shared].astype(int) - then_b["first"][:shared]
    return Difference(
        sample=first,
        within=first + BLOCK_SAMPLES - 1,
        largest=int(np.abs(apart).max(initial=0)),
        exact=False,
    )


def _of_samples(then_s: Samples, now_s: Samples) -> Difference:
    shared = min(len(then_s), len(now_s))
    apart = np.abs(now_s[:shared].astype(int) - then_s[:shared])
    first = int(np.flatnonzero(apart)[0]) if apart.any() else shared
    return Difference(sample=first, within=first, largest=int(apart.max(initial=0)), exact=True)
