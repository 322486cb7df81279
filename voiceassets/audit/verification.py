"""Proves the whole log: events against leaves, leaves against seals, seals against checkpoints."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from voiceassets.audit import progress, rows, selectors, tree, windows
from voiceassets.audit.chain import merkle_root
from voiceassets.audit.checkpoint import checkpoints
from voiceassets.audit.handover import believed, handovers
from voiceassets.audit.models import Event, Seal
from voiceassets.audit.problems import Problem
from voiceassets.audit.progress import Progress
from voiceassets.audit.retired import unaccounted
from voiceassets.audit.signing import Signed, signing_key
from voiceassets.audit.strays import counts, strays
from voiceassets.audit.windows import Window
from voiceassets.core import ids
from voiceassets.core.context import platform_scope

log = logging.getLogger(__name__)

MISCOUNTED = Problem(
    kind="events_miscounted",
    where="before the last verification",
    message="there are more or fewer events than were sealed; verify without resuming",
)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """`resumed_after` is the last seal that was not looked at again, 0 when all were.

    Of `retired` events, looked at, retention has left the seal.
    """

    events: int
    seals: int
    checkpoints: int
    waiting: int
    retired: int
    resumed_after: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(
    *, checkpoint_dir: Path, public_key: Ed25519PublicKey, resume: bool = False
) -> Verification:
    """Read everything once and name every row, seal or checkpoint that does not agree.

    With `resume` what an earlier call proved, up to the last checkpoint it verified, is only
    counted: a row edited there is found by a call without it. A call that finds nothing wrong keeps
    how far it came.
    """
    problems: list[Problem] = []
    with platform_scope():
        keys = believed(public_key, [statement for _, statement in handovers(checkpoint_dir)])
        known = progress.load(checkpoint_dir, keys) if resume else Progress()
        # Before the seals: newer ones may follow.
        signed = list(checkpoints(checkpoint_dir, since=known.seal))
        named = [checkpoint.body.get("seal") for _, checkpoint in signed]
        heads = _Heads.after(known, {number for number in named if isinstance(number, int)})
        problems += _verify_head(known)
        retired: dict[int, datetime] = {}
        problems += _verify_seals(heads, known, retired)
        problems += unaccounted(retired)
        for name, checkpoint in signed:
            problems += _verify_checkpoint(name, checkpoint.body, heads)
            problems += _verify_signature(name, checkpoint, keys)
        found = counts()
        problems += strays(found)
        if not found.agree and not problems:
            problems.append(MISCOUNTED)
    if not problems and heads.vouched.seal > known.seal:
        progress.keep(checkpoint_dir, heads.vouched)
    return Verification(
        events=found.events,
        seals=heads.size,
        checkpoints=len(signed),
        waiting=found.pending,
        retired=len(retired),
        resumed_after=known.seal,
        problems=tuple(problems),
    )


def watch() -> bool:
    """Go on from where the last verification came to; tells the operator of what was changed."""
    found = verify(
        checkpoint_dir=settings.AUDIT_CHECKPOINT_DIR,
        public_key=signing_key().public_key(),
        resume=True,
    )
    for problem in found.problems:
        log.critical(
            "the audit log was changed",
            extra={"kind": problem.kind, "where": problem.where, "reason": problem.message},
        )
    return found.ok


@dataclass(kw_only=True)
class _Heads:
    """What checkpoints vouch for: each seal's hash, and the tree's root where one is wanted.

    `vouched` is the last head that is wanted.
    """

    wanted: set[int]
    size: int
    vouched: Progress
    hash_by_seal: dict[int, bytes]
    root_by_size: dict[int, bytes] = field(default_factory=dict)
    whole: bool = True
    _edge: dict[tuple[int, int], bytes]

    @classmethod
    def after(cls, known: Progress, wanted: set[int]) -> _Heads:
        heads = cls(
            wanted=wanted,
            size=known.seal,
            vouched=known,
            hash_by_seal={known.seal: known.hash} if known.seal else {},
            _edge=dict(known.edge),
        )
        if known.seal:
            heads.root_by_size[known.seal] = known.root
        return heads

    def add(self, seal: Seal) -> None:
        self.hash_by_seal[seal.number] = bytes(seal.hash)
        self.size += 1
        self.whole = self.whole and seal.number == self.size
        if not self.whole:
            return  # one is missing, which is told; no root can be compared from here on
        for level, index, digest in tree.grown(seal.number - 1, bytes(seal.hash), self._below):
            self._edge[level, index] = digest
        if seal.number in self.wanted:
            self.vouched = Progress(
                seal=seal.number, hash=bytes(seal.hash), total=seal.total, edge=dict(self._edge)
            )
            self.root_by_size[seal.number] = self.vouched.root

    def _below(self, level: int, index: int) -> bytes:
        """A left sibling; with it complete neither it nor its pair is needed again."""
        self._edge.pop((level, index + 1), None)
        return self._edge.pop((level, index))


def _verify_head(known: Progress) -> Iterator[Problem]:
    """Whether the log still has the seal at which an earlier verification ended."""
    if not known.seal:
        return
    seal = Seal.objects.filter(number=known.seal).first()
    if seal is None or bytes(seal.hash) != known.hash:
        yield Problem(
            kind="history_rewritten",
            where=f"seal {known.seal}",
            message="it is not the one that was verified before",
        )


def _verify_seals(
    heads: _Heads, known: Progress, retired: dict[int, datetime]
) -> Iterator[Problem]:
    """Fills `retired` with the events whose content is gone, and the times of their seals."""
    previous, number, total = known.hash, known.seal, known.total
    for window in windows.windows(after=known.seal):
        yield from _verify_leaves(window, retired)
        for seal in window.seals:
            where = f"seal {seal.number}"
            number, total = number + 1, total + seal.count
            if seal.number != number:
                yield Problem(
                    kind="seal_missing", where=where, message=f"seal {number} is missing before it"
                )
                number = seal.number
            header = selectors.header(seal)
            if header.hash != bytes(seal.hash):
                yield Problem(
                    kind="seal_edited", where=where, message="its hash is not its content's"
                )
            if header.previous != previous or header.total != total:
                yield Problem(
                    kind="chain_broken",
                    where=where,
                    message="it does not follow the seal before it",
                )
            total = header.total
            previous = bytes(seal.hash)
            heads.add(seal)


def _verify_leaves(window: Window, retired: dict[int, datetime]) -> Iterator[Problem]:
    for seal in window.seals:
        leaves = window.leaves.get(seal.number)
        if (
            leaves is None
            or not leaves.in_order
            or len(leaves.hashes) != seal.count
            or merkle_root(leaves.hashes) != bytes(seal.root)
        ):
            yield Problem(
                kind="leaves_changed",
                where=f"seal {seal.number}",
                message="its list of events is not the one that was sealed",
            )
        if leaves is None:
            continue
        for seq, digest in zip(leaves.seqs, leaves.hashes, strict=True):
            event = window.events.get(seq)
            if event is None:
                yield Problem(
                    kind="event_deleted",
                    where=f"event #{seq}",
                    message=f"sealed in {seal.number}, gone",
                )
            elif event[rows.RETIRED]:
                retired[seq] = seal.sealed_at
            elif rows.leaf_hash(event) != digest:
                public_id = ids.encode(Event.PREFIX, UUID(event[rows.KEY]))
                yield Problem(
                    kind="event_edited",
                    where=f"event #{seq} ({public_id})",
                    message=f"its content changed after seal {seal.number}",
                )


def _verify_checkpoint(name: str, body: dict[str, Any], heads: _Heads) -> Iterator[Problem]:
    number, root = body.get("seal"), body.get("root")
    known = heads.hash_by_seal.get(number) if isinstance(number, int) else None
    grown = heads.root_by_size.get(number, b"") if isinstance(number, int) else b""
    if known is None:
        yield Problem(
            kind="tail_cut", where=name, message=f"it vouches for seal {number}, which is gone"
        )
    elif known.hex() != body.get("hash") or (root is not None and root != grown.hex()):
        yield Problem(
            kind="history_rewritten", where=name, message=f"seal {number} is not the one it signed"
        )


def _verify_signature(
    name: str, checkpoint: Signed, keys: Mapping[str, int | None]
) -> Iterator[Problem]:
    """Whether a key that is believed about this part of the log has signed the checkpoint."""
    last = keys.get(checkpoint.key)
    if checkpoint.key not in keys:
        why = "it is signed by another key"
    elif not checkpoint.verify_itself():
        why = "its signature is wrong"
    elif last is not None and checkpoint.body.get("seal", 0) > last:
        why = f"its key was handed over after seal {last}"
    else:
        return
    yield Problem(kind="checkpoint_forged", where=name, message=why)
