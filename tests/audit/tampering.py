"""Changes a log in every way and counts who notices: `python -m tests.audit.tampering --times 200`.

Six kinds of change by somebody with the superuser's password, each as often as asked, at random
places of a log whose head a checkpoint signed. The database verifier reads the changed tables; the
offline one sees what the API would answer about every event that an auditor knows of, and the
checkpoint that was kept. Then proofs are forged: none may be taken for genuine.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID

    from tests.audit.ledger import Ledger

ROOT = Path(__file__).resolve().parent.parent.parent
SEALS, EVENTS_EACH = 6, 4
TABLES = ("audit_event", "audit_leaf", "audit_seal", "audit_pending", "audit_treenode")
COLUMNS = {
    "data": "'{\"n\": -1}'",
    "actor_id": "'key_other'",
    "action": "'speaker.archived'",
    "object_id": "'ten_other'",
    "request_id": "'req_other'",
    "trace_id": "'4bf92f3577b34da6a3ce929d0e0e4736'",
    "occurred_at": "occurred_at - interval '1 microsecond'",
}


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How often each kind of change was made, and how often each verifier saw it."""

    kind: str
    times: int
    by_database: int
    offline: int

    def __str__(self) -> str:
        return (
            f"{self.kind}: {self.times} times, {self.by_database} seen by the database verifier, "
            f"{self.offline} offline"
        )


class Target:
    """A sealed log with its checkpoint, and a copy to start each attempt from."""

    def __init__(self, ledger: Ledger, *, seed: int) -> None:
        self.ledger, self.dice = ledger, random.Random(seed)
        ledger.seal()
        self.seqs: list[int] = []
        for _ in range(SEALS):
            self.seqs += ledger.write(EVENTS_EACH)
            ledger.seal()
        self.kept = json.loads(ledger.checkpoint().read_bytes())
        self.known = self._ids()
        ledger.tamper(
            ("CREATE SCHEMA IF NOT EXISTS kept", ()),
            *((f"DROP TABLE IF EXISTS kept.{name}", ()) for name in TABLES),
            *((f"CREATE TABLE kept.{name} AS TABLE public.{name}", ()) for name in TABLES),
        )

    def restore(self) -> None:
        self.ledger.tamper(
            (f"TRUNCATE {', '.join(TABLES)}", ()),
            *((f"INSERT INTO {name} SELECT * FROM kept.{name}", ()) for name in TABLES),
        )

    def forget(self) -> None:
        self.ledger.tamper(("DROP SCHEMA kept CASCADE", ()))

    def event(self) -> int:
        return self.dice.choice(self.seqs)

    def is_seen_offline(self) -> bool:
        """Whether an auditor with the kept checkpoint and the ids of its events finds fault."""
        from voiceassets.audit import verify
        from voiceassets.audit.verify import Rejected

        if self._ids() != self.known:
            return True
        try:
            for proof in self.proofs():
                verify.verify(proof, self.ledger.key, folder=Path(), since=None)
                if proof["checkpoint"] != self.kept:
                    return True
        except Rejected:
            return True
        return False

    def proofs(self) -> Iterator[Any]:
        """What the API answers about each event of the tenant."""
        from voiceassets.api.v1.audit import ProofOut
        from voiceassets.audit import selectors

        with self.ledger.cast.alice.scope():
            for event_id in sorted(self.known):
                proof = selectors.proof(event_id)
                shown = {} if proof is None else ProofOut(proof).data
                yield json.loads(json.dumps(shown))

    def _ids(self) -> set[UUID]:
        from voiceassets.audit.models import Event

        with self.ledger.cast.alice.scope():
            return set(Event.objects.values_list("pk", flat=True))


def edit(target: Target) -> None:
    column, value = target.dice.choice(list(COLUMNS.items()))
    target.ledger.tamper(
        (f"UPDATE audit_event SET {column} = {value} WHERE seq = %s", (target.event(),))
    )


def delete(target: Target) -> None:
    seq = target.event()
    statements = [("DELETE FROM audit_event WHERE seq = %s", (seq,))]
    if target.dice.random() < 0.5:
        statements.append(("DELETE FROM audit_leaf WHERE event_seq = %s", (seq,)))
    target.ledger.tamper(*statements)


def insert(target: Target) -> None:
    """Beside the log, under a seal that is not there, or into one that is made to agree."""
    target.ledger.tamper(
        (
            "INSERT INTO audit_event (id, created_at, tenant_id, seq, action, actor_kind, actor_id,"
            " object_type, object_id, data, request_id, occurred_at)"
            " SELECT gen_random_uuid(), created_at, tenant_id, -1, action, actor_kind,"
            " actor_id, object_type, object_id, data, request_id, occurred_at"
            " FROM audit_event WHERE seq = %s",
            (target.event(),),
        )
    )
    way = target.dice.choice(["beside", "under no seal", "into a seal"])
    if way == "under no seal":
        target.ledger.tamper(
            (
                "INSERT INTO audit_leaf (event_seq, seal_id, position, hash)"
                " VALUES (-1, 999999, 0, %s)",
                (bytes(32),),
            )
        )
    elif way == "into a seal":
        seal = target.dice.randint(1, SEALS)
        target.ledger.tamper(
            (
                "INSERT INTO audit_leaf (event_seq, seal_id, position, hash)"
                " SELECT -1, %s, max(position) + 1, %s FROM audit_leaf WHERE seal_id = %s",
                (seal, bytes(32), seal),
            )
        )
        target.ledger.forge(seal, len(target.ledger.seals()))


def swap(target: Target) -> None:
    """The places of two events, or the hashes of their leaves."""
    one, other = target.dice.sample(target.seqs, 2)
    if target.dice.random() < 0.5:
        target.ledger.tamper(
            ("UPDATE audit_event SET seq = -1 WHERE seq = %s", (one,)),
            ("UPDATE audit_event SET seq = %s WHERE seq = %s", (one, other)),
            ("UPDATE audit_event SET seq = %s WHERE seq = -1", (other,)),
        )
    else:
        target.ledger.tamper(
            (
                "UPDATE audit_leaf l SET hash = o.hash FROM audit_leaf o"
                " WHERE (l.event_seq, o.event_seq) IN ((%s, %s), (%s, %s))",
                (one, other, other, one),
            )
        )


def cut_tail(target: Target) -> None:
    first = target.dice.randint(2, SEALS)
    target.ledger.tamper(
        (
            "DELETE FROM audit_event WHERE seq IN"
            " (SELECT event_seq FROM audit_leaf WHERE seal_id >= %s)",
            (first,),
        ),
        ("DELETE FROM audit_leaf WHERE seal_id >= %s", (first,)),
        ("DELETE FROM audit_seal WHERE number >= %s", (first,)),
        ("DELETE FROM audit_treenode WHERE (index + 1) * (1 << level) >= %s", (first,)),
    )


def rewrite_suffix(target: Target) -> None:
    """Edit one event and recompute every leaf, seal and node from there on."""
    from voiceassets.audit import growth
    from voiceassets.core.context import platform_scope

    seq = target.event()
    target.ledger.edit(seq)
    target.ledger.forge(target.ledger.seal_of(seq), len(target.ledger.seals()))
    if target.dice.random() < 0.5:
        target.ledger.tamper(("DELETE FROM audit_treenode", ()))
        with platform_scope():
            growth.grow()


KINDS: dict[str, Callable[[Target], None]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "swap": swap,
    "cut tail": cut_tail,
    "rewrite suffix": rewrite_suffix,
}


def matrix(ledger: Ledger, *, times: int, seed: int = 1) -> Iterator[Tally]:
    """Every kind of change `times` times, each from the untouched log."""
    target = Target(ledger, seed=seed)
    assert ledger.verify().ok
    assert not target.is_seen_offline()
    try:
        for kind, change in KINDS.items():
            by_database = offline = 0
            for _ in range(times):
                change(target)
                by_database += not ledger.verify().ok
                offline += target.is_seen_offline()
                target.restore()
            yield Tally(kind=kind, times=times, by_database=by_database, offline=offline)
        assert ledger.verify().ok, "the log is as it was"
    finally:
        target.forget()


def forge_proofs(ledger: Ledger, *, count: int, seed: int = 1) -> int:
    """Change genuine proofs in one place each; returns how many were refused."""
    from voiceassets.audit import verify
    from voiceassets.audit.verify import Rejected

    target = Target(ledger, seed=seed)
    genuine = list(target.proofs())
    target.forget()
    refused = 0
    for number in range(count):
        forged = _forged(genuine, number, target.dice)
        try:
            verify.verify(forged, ledger.key, folder=Path())
        except Rejected:
            refused += 1
    return refused


def _forged(genuine: list[Any], number: int, dice: random.Random) -> Any:
    """One lie; what the verifier does not read, a step's side and the key's name, is left alone."""
    proof = copy.deepcopy(genuine[number % len(genuine)])
    other = dice.choice([one for one in genuine if one["seal"] != proof["seal"]])
    lies: list[Callable[[], object]] = [
        lambda: proof["leaf"].update(actor_id="key_other"),
        lambda: proof["leaf"].update(seq=proof["leaf"]["seq"] + 1),
        lambda: proof.update(leaf=other["leaf"]),
        lambda: proof.update(seal=other["seal"]),
        lambda: proof.update(seal_path=other["seal_path"] + [64 * "0"]),
        lambda: proof.update(position=proof["position"] + 1),
        lambda: proof["seal"].update(number=proof["seal"]["number"] + 1),
        lambda: proof["seal"].update(root=_bent(proof["seal"]["root"], dice)),
        lambda: proof["checkpoint"]["body"].update(total=1),
        lambda: proof["checkpoint"]["body"].update(root=_bent(64 * "a", dice)),
        lambda: proof["checkpoint"].update(signature="A" + proof["checkpoint"]["signature"][1:-4]),
        lambda: proof["path"].append({"side": "left", "hash": _bent(64 * "b", dice)}),
        lambda: proof["path"][0].update(hash=_bent(proof["path"][0]["hash"], dice)),
        proof["path"].pop,
    ]
    dice.choice(lies)()
    return proof


def _bent(digits: str, dice: random.Random) -> str:
    """The same hash with another digit somewhere."""
    place = dice.randrange(len(digits))
    digit = dice.choice([d for d in "0123456789abcdef" if d != digits[place]])
    return digits[:place] + digit + digits[place + 1 :]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.audit.tampering")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--proofs", type=int, default=500)
    options = parser.parse_args()
    from voiceassets.runtime import roles
    from voiceassets.runtime.testing import PrivateServers

    with tempfile.TemporaryDirectory(prefix="voiceassets-tampering-") as folder:
        servers = PrivateServers(Path(folder))
        os.environ.update(servers.env)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceassets.settings")
        try:
            servers.start_database()
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity=0"],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": roles.dsn(servers.layout, roles.OWNER)},
                check=True,
            )
            return _tamper(servers, options)
        finally:
            servers.stop()


def _tamper(servers: Any, options: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from tests.audit.ledger import Ledger
    from tests.factories import make_cast

    try:
        ledger = Ledger(cast=make_cast(), servers=servers, folder=settings.AUDIT_CHECKPOINT_DIR)
        refused = forge_proofs(ledger, count=options.proofs)
        print(f"forged proofs: {refused} of {options.proofs} refused", flush=True)
        whole = refused == options.proofs
        for tally in matrix(ledger, times=options.times):
            print(tally, flush=True)
            whole &= tally.by_database == tally.offline == tally.times
    finally:
        connections.close_all()
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
