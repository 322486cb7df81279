"""Deterministic weights and inputs for the parity cases, made from a salt and a name.

A generator is PCG64 seeded with the little-endian integer of the first eight bytes of
sha256(tag). Normal numbers are drawn in float64 in C order, then scaled by kind. The gains matter:
with plain scaling a deep random network forgets its input, and a comparison would prove little.
"""

import hashlib
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def rng(tag: str) -> np.random.Generator:
    """The generator for a tag."""
    seed = int.from_bytes(hashlib.sha256(tag.encode("utf-8")).digest()[:8], "little")
    return np.random.Generator(np.random.PCG64(seed))


def fill(salt: str, key: str, shape: tuple[int, ...]) -> Array:
    """The stored tensor `key`, named without any leading "model."; float32 except for counters."""
    last = key.rsplit(".", 1)[-1]
    if last == "num_batches_tracked":
        return np.zeros(shape, dtype=np.int64)
    z = rng(f"{salt}|{key}").standard_normal(shape)
    out = (
        _vector(key, last, z)
        if len(shape) <= 1 or last in ("weight_g", "gamma")
        else _matrix(key, last, z)
    )
    return np.ascontiguousarray(out, dtype=np.float32)


def _vector(key: str, last: str, z: Array) -> Array:
    """Buffers, norm scales, lengths of normed weights, biases."""
    if last == "inited":
        return np.ones(z.shape)
    if last == "cluster_size":
        return np.full(z.shape, 10.0)
    if last == "running_mean":
        return 0.1 * z
    if last == "running_var":
        return 1.0 + 0.2 * np.abs(z)
    if key.startswith("prelu."):
        return 0.25 + 0.05 * z
    if last in ("alpha", "gamma", "weight"):
        return 1.0 + 0.1 * z
    if last == "weight_g":
        return _normed_gain(key) * (1.0 + 0.1 * z)
    return 0.05 * z


def _normed_gain(key: str) -> float:
    if ".ups." in key or key.startswith("ups."):
        return 2.0
    return 0.5 if ".convs2." in key else 1.0


def _matrix(key: str, last: str, z: Array) -> Array:
    """Everything with at least two dimensions."""
    if last in ("embed", "embed_avg"):
        return z
    if last in ("emb_rel_k", "emb_rel_v"):
        return z / math.sqrt(z.shape[-1])
    if key.startswith("ar_") and last == "weight" and "embedding" in key:
        return z
    if "embedding" in key:
        return 0.5 * z
    out = z / math.sqrt(int(np.prod(z.shape[1:])))
    if key.startswith("h.layers."):
        if last == "in_proj_weight":
            # Louder queries and keys make the attention depend on its content.
            out[: 2 * (z.shape[0] // 3)] *= 3.0
        elif key.endswith(("out_proj.weight", "linear2.weight")):
            out *= 0.25
    elif key == "ar_predict_layer.weight":
        out *= 2.0
        out[-1] *= 1.5  # A louder end token, so that sequences do end.
    elif (
        key.startswith(("enc_p.proj.", "enc_q.proj."))
        or key.endswith(".post.weight")
        or (key.startswith("dec.") and key.endswith("conv_post.weight"))
    ):
        out *= 0.3
    return out


def tensor(salt: str, name: str, shape: tuple[int, ...], scale: float = 1.0) -> Array:
    """A float32 input whose numbers are exactly representable in half precision."""
    z = rng(f"{salt}|input|{name}").standard_normal(shape) * scale
    return z.astype(np.float16).astype(np.float32)


def expo(salt: str, name: str, shape: tuple[int, ...]) -> Array:
    """Exponential noise, float32."""
    return rng(f"{salt}|input|{name}").standard_exponential(shape).astype(np.float32)


def digest(values: Array) -> Array:
    """Mean, deviation, L2 norm, minimum, maximum and a seeded random projection, in float64."""
    a = np.asarray(values, dtype=np.float64).ravel()
    w = rng(f"proj|{a.size}").standard_normal(a.size)
    return np.array([a.mean(), a.std(), np.sqrt((a * a).sum()), a.min(), a.max(), float(a @ w)])
