"""Verification goes on from the last checkpoint it verified, and nobody can mislead it there."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from tests.audit.ledger import Ledger
from voiceassets.audit import progress, verification
from voiceassets.audit.progress import Progress
from voiceassets.audit.verification import Verification, verify

pytestmark = pytest.mark.django_db(transaction=True)


def resume(ledger: Ledger) -> Verification:
    return verify(checkpoint_dir=ledger.folder, public_key=ledger.key, resume=True)


def grow(ledger: Ledger, *, seals: int) -> list[int]:
    """Events in so many seals, and a checkpoint after the last of them."""
    seqs = []
    for _ in range(seals):
        seqs += ledger.write(2)
        ledger.seal()
    ledger.checkpoint()
    return seqs


def test_it_looks_only_at_what_was_sealed_since_the_last_verified_checkpoint(
    ledger: Ledger,
) -> None:
    old = grow(ledger, seals=5)
    first = resume(ledger)
    assert (first.ok, first.resumed_after) == (True, 0)
    assert first.seals == ledger.seals()[-1]
    new = grow(ledger, seals=6)
    second = resume(ledger)
    assert (second.ok, second.resumed_after) == (True, first.seals)
    assert (second.seals, second.events) == (first.seals + 6, first.events + len(new))
    ledger.write(2)
    ledger.seal()
    assert resume(ledger).resumed_after == second.seals, "no checkpoint has signed the last seal"
    ledger.edit(new[0])
    ledger.edit(old[0])
    assert resume(ledger).ok, "what was verified before is not read again"
    assert ledger.kinds() == {"event_edited"}


def test_it_finds_what_was_changed_since(ledger: Ledger) -> None:
    grow(ledger, seals=3)
    assert resume(ledger).ok
    seqs = grow(ledger, seals=3)
    ledger.edit(seqs[-1])
    found = resume(ledger)
    assert [problem.kind for problem in found.problems] == ["event_edited"]
    assert resume(ledger).resumed_after == found.resumed_after, "it does not go past a fault"


def test_it_finds_that_the_head_it_knows_was_cut_off_or_rewritten(ledger: Ledger) -> None:
    seqs = grow(ledger, seals=3)
    assert resume(ledger).ok
    ledger.edit(seqs[-1])
    last = ledger.seals()[-1]
    ledger.forge(ledger.seal_of(seqs[-1]), last)
    assert "history_rewritten" in {problem.kind for problem in resume(ledger).problems}
    ledger.tamper(("DELETE FROM audit_seal WHERE number = %s", (last,)))
    assert "history_rewritten" in {problem.kind for problem in resume(ledger).problems}


def test_it_counts_what_it_does_not_read_again(ledger: Ledger) -> None:
    seqs = grow(ledger, seals=3)
    assert resume(ledger).ok
    ledger.tamper(("DELETE FROM audit_event WHERE seq = %s", (seqs[0],)))
    assert [problem.kind for problem in resume(ledger).problems] == ["events_miscounted"]


def test_a_forged_place_to_go_on_from_is_not_believed(ledger: Ledger) -> None:
    grow(ledger, seals=3)
    assert resume(ledger).ok
    place: Path = ledger.folder / progress.NAME
    statement = json.loads(place.read_bytes())
    statement["body"]["seal"] += 1
    place.write_text(json.dumps(statement))
    assert progress.load(ledger.folder, {statement["key"]: None}) == Progress()
    assert resume(ledger).resumed_after == 0


def test_the_operator_is_told_of_what_was_changed(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    seqs = grow(ledger, seals=2)
    ledger.edit(seqs[-1])
    with caplog.at_level(logging.CRITICAL):
        assert not verification.watch()
    assert "the audit log was changed" in caplog.text


def test_an_event_under_a_seal_that_is_not_there_is_seen(ledger: Ledger) -> None:
    (seq,) = ledger.write(1)
    ledger.tamper(
        ("DELETE FROM audit_pending WHERE event_seq = %s", (seq,)),
        (
            "INSERT INTO audit_leaf (event_seq, seal_id, position, hash) VALUES (%s, 999, 0, %s)",
            (seq, bytes(32)),
        ),
    )
    ledger.seal()
    assert ledger.kinds() == {"event_inserted"}
