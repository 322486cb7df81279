"""Keeps the tree over all seals, and answers from it."""

from __future__ import annotations

from voiceassets.audit import tree
from voiceassets.audit.models import Seal, TreeNode


def size() -> int:
    """How many seals the tree holds."""
    last = TreeNode.objects.filter(level=0).order_by("-index").first()
    return 0 if last is None else last.index + 1


def grow() -> None:
    """Add the seals that the tree does not hold yet; the caller holds the sealer's lock."""
    missing = Seal.objects.filter(number__gt=size()).order_by("number")
    for seal in missing.iterator():
        fresh: dict[tuple[int, int], bytes] = {}

        def known(level: int, index: int, fresh: dict[tuple[int, int], bytes] = fresh) -> bytes:
            return fresh.get((level, index)) or node(level, index)

        for level, index, digest in tree.grown(seal.number - 1, bytes(seal.hash), known):
            fresh[level, index] = digest
        TreeNode.objects.bulk_create(
            [
                TreeNode(level=level, index=index, hash=digest)
                for (level, index), digest in fresh.items()
            ]
        )


def node(level: int, index: int) -> bytes:
    """A node that is kept; raises TreeNode.DoesNotExist for one that is not complete."""
    return bytes(TreeNode.objects.get(level=level, index=index).hash)
