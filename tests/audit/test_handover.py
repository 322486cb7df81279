"""The operator's key is replaced, and what either key has signed is still believed, no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import call_command

from tests.audit.ledger import Ledger
from voiceassets.audit import handover, verify
from voiceassets.audit.signing import sign, signing_key
from voiceassets.audit.verification import verify as verify_log
from voiceassets.audit.verify import Rejected

pytestmark = pytest.mark.django_db(transaction=True)


def content(path: Path) -> Any:
    return json.loads(path.read_bytes())


def rotated(ledger: Ledger, times: int = 1) -> list[Path]:
    """Handovers, each with something to sign before it."""
    statements = []
    for _ in range(times):
        ledger.write(2)
        ledger.seal()
        statements.append(handover.rotate())
    return statements


def test_a_log_signed_by_three_keys_is_whole_to_whoever_knows_any_of_them(ledger: Ledger) -> None:
    keys = [ledger.key]
    for _ in range(2):
        rotated(ledger)
        keys.append(signing_key().public_key())
    ledger.write(1)
    ledger.seal()
    ledger.checkpoint()
    assert len({key.public_bytes_raw() for key in keys}) == 3
    for key in keys:
        assert verify_log(checkpoint_dir=ledger.folder, public_key=key).problems == ()


def test_the_offline_verifier_follows_the_handovers(ledger: Ledger) -> None:
    before = sign(
        {"format": "voiceassets/receipt/1", "id": "r", "kind": "erasure", "issued_at": ""}
    )
    statements = [content(path) for path in rotated(ledger, 2)]
    newest = signing_key().public_key()
    for statement in statements:
        assert "handed over" in verify.verify(
            statement, newest, folder=Path(), handovers=statements
        )
    receipt = before.as_dict()
    assert "genuine" in verify.verify(receipt, newest, folder=Path(), handovers=statements)
    with pytest.raises(Rejected, match="not the operator's"):
        verify.verify(receipt, newest, folder=Path(), handovers=statements[1:])
    statements[0]["body"]["seal"] += 1
    with pytest.raises(Rejected, match="signed by both"):
        verify.verify(receipt, newest, folder=Path(), handovers=statements)


def test_a_key_that_was_handed_over_signs_nothing_more(ledger: Ledger) -> None:
    ledger.write(1)
    ledger.seal()
    old = settings.AUDIT_KEY_FILE.read_bytes()
    rotated(ledger)
    ledger.write(1)
    ledger.seal()
    settings.AUDIT_KEY_FILE.chmod(0o600)
    settings.AUDIT_KEY_FILE.write_bytes(old)
    ledger.checkpoint()
    (problem,) = ledger.verify().problems
    assert problem.kind == "checkpoint_forged"
    assert "handed over after seal" in problem.message


def test_a_stolen_key_cannot_name_a_successor_of_its_own(ledger: Ledger) -> None:
    ledger.write(1)
    ledger.seal()
    stolen = signing_key()
    rotated(ledger)
    thief = Ed25519PrivateKey.generate()
    forged = handover._written(stolen, thief, seal=99)
    assert thief.public_key() != signing_key().public_key()
    statements = [statement for _, statement in handover.handovers(ledger.folder)]
    believed = handover.believed(signing_key().public_key(), statements)
    assert content(forged)["body"]["new"] not in believed


def test_a_rotation_that_was_cut_off_goes_on_with_the_same_key(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.write(1)
    ledger.seal()
    with monkeypatch.context() as cut:
        cut.setattr(Path, "replace", _fail)
        with pytest.raises(OSError, match="cut off"):
            handover.rotate()
    assert signing_key().public_key() == ledger.key
    handover.rotate()
    assert len(list(handover.handovers(ledger.folder))) == 1
    assert ledger.verify().ok


def _fail(path: Path, target: Path) -> Path:
    if path.suffix == ".next":
        raise OSError("cut off")
    return path.rename(target)


def test_the_commands_replace_both_keys(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.write(1)
    ledger.seal()
    call_command("rotate_audit_key")
    assert "BEGIN PUBLIC KEY" in capsys.readouterr().out
    call_command("verify_audit")
    assert "The log is whole." in capsys.readouterr().out
    call_command("rotate_master_key", "--rewrap-only")
    assert "dropped: none" in capsys.readouterr().out
