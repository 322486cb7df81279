"""Verifies statements of the audit log offline: `python -m voiceassets.audit.verify FILE …`.

This one file is the whole verifier. It needs Python, the package `cryptography` and the operator's
public key, and shares no code with the platform, so that it can be read, copied and trusted by
itself. A FILE is what the API or a command of the platform gave out:

- the proof of an event (`GET /v1/audit/{id}`), with the checkpoint it leads to
- a signed checkpoint, and with `--since OLDER`, a consistency proof between the two
- a receipt (`GET /v1/consents/{id}/receipt`)
- the manifest of an export; its files must lie beside it
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

LEAF, NODE, SEAL = b"\x00", b"\x01", b"\x02"
HASH_BYTES = 32


class Rejected(Exception):
    """The statement does not hold; the message says which part."""


def canonical(value: Any) -> bytes:
    """Sorted keys, no blanks, UTF-8: the spelling that is hashed and signed."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def require_signature(statement: Any, key: Ed25519PublicKey) -> dict[str, Any]:
    """The body of a signed statement; the key that the statement itself names is not believed."""
    try:
        body = statement["body"]
        key.verify(base64.b64decode(statement["signature"], validate=True), canonical(body))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise Rejected("this is no signed statement") from error
    except InvalidSignature as error:
        raise Rejected("the signature is not the operator's") from error
    if not isinstance(body, dict):
        raise Rejected("the signed body is no object")
    return body


def leaf_hash(leaf: Any) -> bytes:
    return hashlib.sha256(LEAF + canonical(leaf)).digest()


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


def verify_event(proof: Any, key: Ed25519PublicKey) -> str:
    """An event is in a seal, and the seal in the tree that a checkpoint vouches for."""
    checkpoint = require_signature(proof["checkpoint"], key)
    seal, leaf = proof["seal"], proof["leaf"]
    path = [_hex(step) for step in proof["path"]]
    count, size = _count(seal["count"]), _count(checkpoint["seal"])
    root = root_of_inclusion(_count(proof["position"]), count, leaf_hash(leaf), path)
    if root != _hex(seal["root"]):
        raise Rejected("the event is not in its seal")
    number = _count(seal["number"]) - 1
    above = [_hex(step) for step in proof["seal_path"]]
    if root_of_inclusion(number, size, seal_hash(seal), above) != _hex(checkpoint["root"]):
        raise Rejected("the seal is not in the log of the checkpoint")
    return (
        f"event {leaf['id']} ({leaf['action']} at {leaf['occurred_at']}) is number "
        f"{proof['position']} of seal {seal['number']}, under the checkpoint of {checkpoint['at']}"
    )


def verify_consistency(proof: Any, older: Any, key: Ed25519PublicKey) -> str:
    """The log of the newer checkpoint begins with all of the older one's."""
    old = require_signature(older.get("checkpoint", older), key)
    new = require_signature(proof["checkpoint"], key)
    require_consistency(
        _count(old["seal"]),
        _count(new["seal"]),
        _hex(old["root"]),
        _hex(new["root"]),
        [_hex(step) for step in proof["consistency"]],
    )
    return f"the log only grew from seal {old['seal']} ({old['at']}) to {new['seal']} ({new['at']})"


def verify_receipt(statement: Any, key: Ed25519PublicKey) -> str:
    body = require_signature(statement, key)
    return f"receipt {body['id']} of a {body['kind']}, issued {body['issued_at']}, is genuine"


def verify_export(statement: Any, key: Ed25519PublicKey, folder: Path) -> str:
    """Every file of the export is there, as it was when the manifest was signed."""
    body = require_signature(statement, key)
    for file in body["files"]:
        path = folder / Path(file["name"]).name
        if not path.is_file():
            raise Rejected(f"{path.name} is missing")
        if hashlib.sha256(path.read_bytes()).hexdigest() != file["sha256"]:
            raise Rejected(f"{path.name} was changed after it was exported")
    return f"{body['events']} exported events, up to event #{body['last_seq']}, are unchanged"


def verify_checkpoint(statement: Any, key: Ed25519PublicKey) -> str:
    body = require_signature(statement, key)
    return f"checkpoint of {body['at']}: {body['total']} events in {body['seal']} seals"


def verify(document: Any, key: Ed25519PublicKey, *, folder: Path, since: Any = None) -> str:
    """What the document proves, in a sentence.

    Raises:
        Rejected: it proves nothing.
    """
    try:
        if isinstance(document.get("proof"), dict):
            document = document["proof"]
        if since is not None:
            return verify_consistency(document, since, key)
        if "leaf" in document:
            return verify_event(document, key)
        body = document.get("checkpoint", document)["body"]
        kinds: dict[str, Callable[[], str]] = {
            "receipt": lambda: verify_receipt(document, key),
            "export": lambda: verify_export(document, key, folder),
            "audit": lambda: verify_checkpoint(document.get("checkpoint", document), key),
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
    options = parser.parse_args(argv)
    key = load_pem_public_key(options.key.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        parser.error(f"{options.key} holds no Ed25519 public key")
    try:
        since = json.loads(options.since.read_bytes()) if options.since else None
        document = json.loads(options.file.read_bytes())
        said = verify(document, key, folder=options.file.parent, since=since)
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
