"""Verifies statements of the audit log offline: `python -m voiceassets.audit.verify FILE …`.

This one file is the whole verifier. It needs Python, the package `cryptography` and the operator's
public key, and shares no code with the platform, so that it can be read, copied and trusted by
itself. A FILE is what the API or a command of the platform gave out:

- the proof of an event (`GET /v1/audit/{id}`), with the checkpoint it leads to
- a signed checkpoint, and with `--since OLDER`, a consistency proof between the two
- a receipt (`GET /v1/consents/{id}/receipt`)
- the lineage of an asset (`GET /v1/assets/{id}/lineage`), with the proofs of its events
- the manifest of an export; its files must lie beside it
- a handover of the operator's key to the next one

A statement that was signed after a handover, or before one, is verified with the key that you have
and the handovers in between: `--handover FILE …`.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

LEAF, NODE, SEAL = b"\x00", b"\x01", b"\x02"
HASH_BYTES = 32

Keys = tuple[Ed25519PublicKey, ...]


class Rejected(Exception):
    """The statement does not hold; the message says which part."""


def canonical(value: Any) -> bytes:
    """Sorted keys, no blanks, UTF-8: the spelling that is hashed and signed."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def require_signature(statement: Any, keys: Keys) -> dict[str, Any]:
    """The body of a statement that one of the keys has signed.

    Which key the statement itself names is not believed.
    """
    try:
        body = statement["body"]
        signature = base64.b64decode(statement["signature"], validate=True)
        spelled = canonical(body)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise Rejected("this is no signed statement") from error
    if not isinstance(body, dict):
        raise Rejected("the signed body is no object")
    if not any(_signed(key, signature, spelled) for key in keys):
        raise Rejected("the signature is not the operator's")
    return body


def following(known: Ed25519PublicKey, handovers: Sequence[Any]) -> Keys:
    """The key, and every key that the handovers lead to from it, in either direction."""
    keys = {_pem(known): known}
    pairs = [_handed_over(handover) for handover in handovers]
    for _ in pairs:
        for old, new in pairs:
            if _pem(old) in keys or _pem(new) in keys:
                keys |= {_pem(old): old, _pem(new): new}
    return tuple(keys.values())


def _handed_over(handover: Any) -> tuple[Ed25519PublicKey, Ed25519PublicKey]:
    """The old and the new key of a handover that both have signed."""
    try:
        old, new = (load_pem_public_key(handover["body"][name].encode()) for name in ("old", "new"))
        signatures = [
            base64.b64decode(handover[name], validate=True)
            for name in ("signature", "countersignature")
        ]
        spelled = canonical(handover["body"])
    except (KeyError, TypeError, ValueError, AttributeError, UnsupportedAlgorithm) as error:
        raise Rejected("this is no handover") from error
    if not isinstance(old, Ed25519PublicKey) or not isinstance(new, Ed25519PublicKey):
        raise Rejected("a handover names two Ed25519 keys")
    if not _signed(old, signatures[0], spelled) or not _signed(new, signatures[1], spelled):
        raise Rejected("a handover is signed by both keys; this one is not")
    return old, new


def _signed(key: Ed25519PublicKey, signature: bytes, spelled: bytes) -> bool:
    try:
        key.verify(signature, spelled)
    except InvalidSignature:
        return False
    return True


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def leaf_hash(leaf: Any) -> bytes:
    return hashlib.sha256(LEAF + canonical(leaf)).digest()


def leaf_digest(proof: Any) -> bytes:
    """The hash of the event; of one that retention has emptied nothing else is there."""
    return _hex(proof["leaf_hash"]) if proof["leaf"] is None else leaf_hash(proof["leaf"])


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def seal_hash(seal: Any) -> bytes:
    return hashlib.sha256(SEAL + canonical(seal)).digest()


def root_of_inclusion(number: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that a leaf and its path lead to (RFC 9162 section 2.1.3.2)."""
    if not 0 <= number < size:
        raise Rejected(f"there is no leaf {number} in a tree of {size}")
    here, last, result = number, size - 1, leaf
    for neighbour in path:
        if last == 0:
            raise Rejected("the path is too long")
        if here & 1 or here == last:
            result = node_hash(neighbour, result)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            result = node_hash(result, neighbour)
        here, last = here >> 1, last >> 1
    if last:
        raise Rejected("the path is too short")
    return result


def require_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]
) -> None:
    """The first `old` leaves of the new tree are the old tree (RFC 9162 section 2.1.4.2)."""
    if not 0 < old <= new:
        raise Rejected(f"a tree of {old} does not come before one of {new}")
    if old == new:
        if path or old_root != new_root:
            raise Rejected("two roots of one size differ")
        return
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not hashes or _both_roots(old - 1, new - 1, hashes) != (old_root, new_root):
        raise Rejected("the log was rewritten: the old checkpoint does not begin the new one")


def _both_roots(here: int, last: int, hashes: list[bytes]) -> tuple[bytes, bytes]:
    """The roots of the old and the new tree that a consistency proof leads to."""
    while here & 1:
        here, last = here >> 1, last >> 1
    first = second = hashes[0]
    for neighbour in hashes[1:]:
        if last == 0:
            raise Rejected("the consistency proof is too long")
        if here & 1 or here == last:
            first, second = node_hash(neighbour, first), node_hash(neighbour, second)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            second = node_hash(second, neighbour)
        here, last = here >> 1, last >> 1
    if last:
        raise Rejected("the consistency proof is too short")
    return first, second


def verify_event(proof: Any, keys: Keys) -> str:
    """An event is in a seal, and the seal in the tree that a checkpoint vouches for."""
    checkpoint = require_signature(proof["checkpoint"], keys)
    seal, leaf = proof["seal"], proof["leaf"]
    path = [_hex(step) for step in proof["path"]]
    count, size = _count(seal["count"]), _count(checkpoint["seal"])
    root = root_of_inclusion(_count(proof["position"]), count, leaf_digest(proof), path)
    if root != _hex(seal["root"]):
        raise Rejected("the event is not in its seal")
    number = _count(seal["number"]) - 1
    above = [_hex(step) for step in proof["seal_path"]]
    if root_of_inclusion(number, size, seal_hash(seal), above) != _hex(checkpoint["root"]):
        raise Rejected("the seal is not in the log of the checkpoint")
    told = (
        "an event that was retired by retention"
        if leaf is None
        else f"event {leaf['id']} ({leaf['action']} at {leaf['occurred_at']})"
    )
    return (
        f"{told} is number "
        f"{proof['position']} of seal {seal['number']}, under the checkpoint of {checkpoint['at']}"
    )


def verify_consistency(proof: Any, older: Any, keys: Keys) -> str:
    """The log of the newer checkpoint begins with all of the older one's."""
    old = require_signature(older.get("checkpoint", older), keys)
    new = require_signature(proof["checkpoint"], keys)
    require_consistency(
        _count(old["seal"]),
        _count(new["seal"]),
        _hex(old["root"]),
        _hex(new["root"]),
        [_hex(step) for step in proof["consistency"]],
    )
    return f"the log only grew from seal {old['seal']} ({old['at']}) to {new['seal']} ({new['at']})"


def verify_receipt(statement: Any, keys: Keys) -> str:
    body = require_signature(statement, keys)
    return f"receipt {body['id']} of a {body['kind']}, issued {body['issued_at']}, is genuine"


def verify_lineage(document: Any, keys: Keys) -> str:
    """A signed graph, whose events are those that the proofs find in the log."""
    body = require_signature(document.get("statement", document), keys)
    nodes = {node["id"]: node for node in body["nodes"]}
    if any(edge[end] not in nodes for edge in body["edges"] for end in ("from", "to")):
        raise Rejected("the lineage leads to a thing that it does not tell of")
    asset, stated = nodes[body["asset"]], {event["leaf"] for event in body["events"]}
    proofs = document.get("proofs", ())
    for proof in proofs:
        verify_event(proof, keys)
        leaf = proof["leaf"]
        if leaf_digest(proof).hex() not in stated:
            raise Rejected("a proof is of an event that the lineage does not name")
        if leaf is None:
            continue
        released = leaf["action"] == "asset.released" and leaf["object_id"] == asset["id"]
        if released and leaf["data"]["sha256"] != asset["sha256"]:
            raise Rejected("the log tells of another file than the lineage")
    return (
        f"lineage of {asset['id']}, stated {body['stated_at']}: {len(nodes)} things; "
        f"{len({leaf_digest(proof) for proof in proofs})} of {len(stated)} events are in the log"
    )


def verify_export(statement: Any, keys: Keys, folder: Path) -> str:
    """Every file of the export is there, as it was when the manifest was signed."""
    body = require_signature(statement, keys)
    for file in body["files"]:
        path = folder / Path(file["name"]).name
        if not path.is_file():
            raise Rejected(f"{path.name} is missing")
        if hashlib.sha256(path.read_bytes()).hexdigest() != file["sha256"]:
            raise Rejected(f"{path.name} was changed after it was exported")
    retired = body.get("retired", 0)
    return f"{body['events']} exported events, up to event #{body['last_seq']}, are unchanged" + (
        f"; {retired} of them were retired by retention" if retired else ""
    )


def verify_checkpoint(statement: Any, keys: Keys) -> str:
    body = require_signature(statement, keys)
    return f"checkpoint of {body['at']}: {body['total']} events in {body['seal']} seals"


def verify_handover(statement: Any, keys: Keys) -> str:
    old, new = _handed_over(statement)
    if not {_pem(old), _pem(new)} & {_pem(key) for key in keys}:
        raise Rejected("the handover is between keys that are not the operator's")
    body = statement["body"]
    return f"the operator's key was handed over at {body['at']}, after seal {body['seal']}"


def verify(
    document: Any,
    key: Ed25519PublicKey,
    *,
    folder: Path,
    since: Any = None,
    handovers: Sequence[Any] = (),
) -> str:
    """What the document proves, in a sentence.

    Raises:
        Rejected: it proves nothing.
    """
    try:
        keys = following(key, handovers)
        if isinstance(document.get("proof"), dict):
            document = document["proof"]
        if since is not None:
            return verify_consistency(document, since, keys)
        if "statement" in document:
            return verify_lineage(document, keys)
        if "leaf" in document:
            return verify_event(document, keys)
        body = document.get("checkpoint", document)["body"]
        kinds: dict[str, Callable[[], str]] = {
            "receipt": lambda: verify_receipt(document, keys),
            "lineage": lambda: verify_lineage(document, keys),
            "export": lambda: verify_export(document, keys, folder),
            "handover": lambda: verify_handover(document, keys),
            "audit": lambda: verify_checkpoint(document.get("checkpoint", document), keys),
        }
        kind = str(body.get("format", body.get("origin", ""))).split("/")
        return kinds[kind[1]]()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Rejected("this is no statement of the audit log that can be verified") from error


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify", description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="the operator's public key (PEM)")
    parser.add_argument("--since", type=Path, help="an older checkpoint that you have kept")
    parser.add_argument(
        "--handover", type=Path, nargs="*", default=[], help="from your key to the one that signed"
    )
    options = parser.parse_args(argv)
    key = load_pem_public_key(options.key.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        parser.error(f"{options.key} holds no Ed25519 public key")
    try:
        since = json.loads(options.since.read_bytes()) if options.since else None
        document = json.loads(options.file.read_bytes())
        handovers = [json.loads(path.read_bytes()) for path in options.handover]
        said = verify(document, key, folder=options.file.parent, since=since, handovers=handovers)
    except (Rejected, json.JSONDecodeError) as error:
        sys.stderr.write(f"NOT PROVED: {error}\n")
        return 1
    sys.stdout.write(f"proved: {said}\n")
    return 0


def _hex(value: Any) -> bytes:
    """A hash; a step of a path may also name the side it stands on, which is not believed."""
    spelled = value["hash"] if isinstance(value, dict) else value
    found = bytes.fromhex(spelled)
    if len(found) != HASH_BYTES:
        raise Rejected("a hash is not 32 bytes long")
    return found


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Rejected("a count is not a whole number")
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
