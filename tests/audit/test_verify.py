"""The offline verifier accepts what is true of a log and nothing else, with code of its own."""

from __future__ import annotations

import ast
import base64
import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from voiceassets.audit import tree, verify
from voiceassets.audit.chain import inclusion_path, merkle_root
from voiceassets.audit.verify import Rejected, canonical

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
SEALS, EVENTS = 37, 11


def signed(body: dict[str, Any], key: Ed25519PrivateKey = KEY) -> dict[str, Any]:
    return {
        "body": body,
        "key": "whatever the statement says",
        "signature": base64.b64encode(key.sign(canonical(body))).decode(),
    }


class Log:
    """A small log in memory, whose tree is kept as the platform keeps it."""

    def __init__(self, seals: int = SEALS) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.leaves = [
            {"id": f"evt_{n}", "action": "voice.granted", "occurred_at": "now", "seq": n}
            for n in range(EVENTS)
        ]
        self.hashes = [verify.leaf_hash(leaf) for leaf in self.leaves]
        self.seals: list[dict[str, Any]] = []
        for number in range(seals):
            seal = {"number": number + 1, "root": merkle_root(self.hashes).hex(), "count": EVENTS}
            self.seals.append(seal)
            for level, index, digest in tree.grown(number, verify.seal_hash(seal), self.node):
                self.nodes[level, index] = digest

    def node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def checkpoint(self, size: int, key: Ed25519PrivateKey = KEY) -> dict[str, Any]:
        body = {
            "origin": "voiceassets/audit",
            "seal": size,
            "root": tree.root(size, self.node).hex(),
            "total": size * EVENTS,
            "at": f"after seal {size}",
        }
        return signed(body, key)

    def proof(self, seal: int, position: int, size: int) -> dict[str, Any]:
        return {
            "leaf": self.leaves[position],
            "position": position,
            "path": [step.hash.hex() for step in inclusion_path(self.hashes, position)],
            "seal": self.seals[seal],
            "seal_path": [h.hex() for h in tree.inclusion(seal, size, self.node)],
            "checkpoint": self.checkpoint(size),
        }


LOG = Log()


def check(document: Any, since: Any = None) -> str:
    return verify.verify(document, PUBLIC, folder=Path(), since=since)


def test_every_event_of_every_seal_is_proved_under_every_later_checkpoint() -> None:
    for size in range(1, SEALS + 1):
        for seal in range(size):
            assert "under the checkpoint" in check(LOG.proof(seal, (seal + size) % EVENTS, size))


def test_every_checkpoint_is_consistent_with_every_later_one() -> None:
    for new in range(1, SEALS + 1):
        for old in range(1, new + 1):
            grown = [h.hex() for h in tree.consistency(old, new, LOG.node)]
            proof = {"checkpoint": LOG.checkpoint(new), "consistency": grown}
            assert "only grew" in check(proof, since=LOG.checkpoint(old))


def test_the_root_is_that_of_the_whole_list() -> None:
    leaves = [verify.seal_hash(seal) for seal in LOG.seals]
    for size in range(1, SEALS + 1):
        assert tree.root(size, LOG.node) == merkle_root(leaves[:size])


def forged(proof: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The proof with one thing changed that it depends on."""
    false = copy.deepcopy(proof)
    kind = chance.randrange(9)
    if kind == 0:
        false["leaf"]["action"] = "voice.withdrawn"
    elif kind == 1:
        false["position"] += chance.choice([-1, 1, EVENTS])
    elif kind in {2, 3}:
        path = false["path" if kind == 2 else "seal_path"]
        at = chance.randrange(len(path))
        path[at] = (int(path[at], 16) ^ (1 << chance.randrange(256))).to_bytes(32, "big").hex()
    elif kind in {4, 5}:
        path = false["path" if kind == 4 else "seal_path"]
        path.pop(chance.randrange(len(path))) if chance.random() < 0.5 else path.append("00" * 32)
    elif kind == 6:
        false["seal"][chance.choice(["number", "count"])] += 1
    elif kind == 7:
        false["checkpoint"]["body"]["seal"] += chance.choice([-1, 1])
    else:
        other = Ed25519PrivateKey.generate()
        false["checkpoint"] = signed(false["checkpoint"]["body"], other)
        false["checkpoint"]["key"] = (
            other.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )
    return false


def test_five_hundred_forged_proofs_are_refused() -> None:
    chance, refused = random.Random(5), 0
    for _ in range(500):
        size = chance.randrange(4, SEALS + 1)
        proof = LOG.proof(chance.randrange(size), chance.randrange(EVENTS), size)
        check(proof)
        with pytest.raises(Rejected):
            check(forged(proof, chance))
        refused += 1
    assert refused == 500


def rewritten(size: int) -> Log:
    """Another log of as many seals, in which the first event says something else."""
    other = Log(0)
    other.leaves[0]["action"] = "version.approved"
    other.hashes = [verify.leaf_hash(leaf) for leaf in other.leaves]
    other.seals = [
        {"number": n + 1, "root": merkle_root(other.hashes).hex(), "count": EVENTS}
        for n in range(size)
    ]
    for number, seal in enumerate(other.seals):
        for level, index, digest in tree.grown(number, verify.seal_hash(seal), other.node):
            other.nodes[level, index] = digest
    return other


def test_a_rewritten_history_is_consistent_with_no_checkpoint_of_the_true_one() -> None:
    false = rewritten(SEALS)
    for old in range(1, SEALS + 1):
        grown = [h.hex() for h in tree.consistency(old, SEALS, false.node)]
        proof = {"checkpoint": false.checkpoint(SEALS), "consistency": grown}
        with pytest.raises(Rejected):
            check(proof, since=LOG.checkpoint(old))


@pytest.mark.parametrize(
    "document", [{}, [], 7, {"leaf": 1}, {"body": {}}, {"body": {"format": "x"}, "signature": "!"}]
)
def test_what_is_no_statement_is_refused_and_not_crashed_on(document: Any) -> None:
    with pytest.raises(Rejected):
        check(document)


def test_an_export_with_a_changed_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("{}\n")
    body = {
        "format": "voiceassets/export/1",
        "events": 1,
        "last_seq": 1,
        "files": [
            {
                "name": "events.jsonl",
                "sha256": "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356",
            }
        ],
    }
    document = signed(body)
    assert "unchanged" in verify.verify(document, PUBLIC, folder=tmp_path)
    (tmp_path / "events.jsonl").write_text("{ }\n")
    with pytest.raises(Rejected, match="changed"):
        verify.verify(document, PUBLIC, folder=tmp_path)
    (tmp_path / "events.jsonl").unlink()
    with pytest.raises(Rejected, match="missing"):
        verify.verify(document, PUBLIC, folder=tmp_path)


def test_the_file_alone_is_a_program(tmp_path: Path) -> None:
    """Copied to an empty folder, without this project on the path."""
    program = tmp_path / "verify.py"
    program.write_text(Path(verify.__file__).read_text())
    (tmp_path / "key.pem").write_bytes(
        PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    proof = LOG.proof(2, 3, SEALS)
    outcomes = []
    for name, document in (("true", proof), ("false", proof | {"position": 4})):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
        command = [sys.executable, "-I", str(program), f"{name}.json", "--key", "key.pem"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        outcomes.append((done.returncode, (done.stdout + done.stderr).partition(":")[0]))
    assert outcomes == [(0, "proved"), (1, "NOT PROVED")]


def test_it_imports_the_standard_library_and_cryptography_only() -> None:
    found = set()
    for statement in ast.walk(ast.parse(Path(verify.__file__).read_text())):
        if isinstance(statement, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            found.add((statement.module or "").partition(".")[0])
    assert found - set(sys.stdlib_module_names) == {"cryptography"}
