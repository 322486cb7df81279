"""The Merkle tree over all seals (RFC 6962): its root, and proofs that it only ever grew.

A node of level l and index i covers the seals from i * 2^l on, 2^l of them, all present. Whoever
calls says how to read such a node; every question then costs a logarithm of nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from voiceassets.audit.chain import node_hash

Node = Callable[[int, int], bytes]


def grown(number: int, leaf: bytes, node: Node) -> Iterator[tuple[int, int, bytes]]:
    """The nodes (level, index, hash) that the leaf at `number`, the next one, completes."""
    level, index, here = 0, number, leaf
    yield level, index, here
    while index % 2:
        here = node_hash(node(level, index - 1), here)
        level, index = level + 1, index // 2
        yield level, index, here


def root(size: int, node: Node) -> bytes:
    """The root over the first `size` leaves, at least one (RFC 6962 section 2.1)."""
    return _range(0, size, node)


def inclusion(number: int, size: int, node: Node) -> list[bytes]:
    """The neighbours that lead from the leaf at `number` to `root(size)` (section 2.1.1)."""
    if not 0 <= number < size:
        raise ValueError(f"there is no leaf {number} among {size}")
    return _path(number, 0, size, node)


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """What shows that the tree of `old` leaves begins the tree of `new` ones (section 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"{old} leaves do not come before {new}")
    return _subproof(old, 0, new, node, whole=True)


def _range(start: int, end: int, node: Node) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range(start, middle, node), _range(middle, end, node))


def _path(number: int, start: int, end: int, node: Node) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if number < middle:
        return [*_path(number, start, middle, node), _range(middle, end, node)]
    return [*_path(number, middle, end, node), _range(start, middle, node)]


def _subproof(old: int, start: int, end: int, node: Node, *, whole: bool) -> list[bytes]:
    if start + old == end:
        return [] if whole else [_range(start, end, node)]
    split = _split(end - start)
    middle = start + split
    if old <= split:
        return [*_subproof(old, start, middle, node, whole=whole), _range(middle, end, node)]
    return [*_subproof(old - split, middle, end, node, whole=False), _range(start, middle, node)]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
