"""Whoever changes the log is found out: every kind of change, by somebody who may do anything."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.management import call_command

from tests.audit.ledger import Ledger
from tests.audit.tampering import forge_proofs, matrix
from voiceassets.audit.signing import signing_key
from voiceassets.core import ids

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_untouched_log_is_whole(ledger: Ledger) -> None:
    ledger.write(12)
    ledger.seal(batch=5)
    ledger.checkpoint()
    ledger.write(2)
    result = ledger.verify()
    assert result.ok
    assert (result.checkpoints, result.waiting) == (1, 2)
    assert result.seals >= 3


def edit_data(ledger: Ledger, seqs: list[int]) -> None:
    ledger.edit(seqs[3])


def edit_actor(ledger: Ledger, seqs: list[int]) -> None:
    ledger.tamper(("UPDATE audit_event SET actor_id = 'key_other' WHERE seq = %s", (seqs[3],)))


def edit_time(ledger: Ledger, seqs: list[int]) -> None:
    ledger.tamper(
        (
            "UPDATE audit_event SET occurred_at = occurred_at - interval '1 microsecond'"
            " WHERE seq = %s",
            (seqs[3],),
        )
    )


def move_to_another_tenant(ledger: Ledger, seqs: list[int]) -> None:
    rival = ledger.cast.mallory.tenant.pk
    ledger.tamper(("UPDATE audit_event SET tenant_id = %s WHERE seq = %s", (str(rival), seqs[3])))


def delete(ledger: Ledger, seqs: list[int]) -> None:
    ledger.tamper(("DELETE FROM audit_event WHERE seq = %s", (seqs[3],)))


def delete_with_its_leaf(ledger: Ledger, seqs: list[int]) -> None:
    ledger.tamper(
        ("DELETE FROM audit_event WHERE seq = %s", (seqs[3],)),
        ("DELETE FROM audit_leaf WHERE event_seq = %s", (seqs[3],)),
    )


def swap(ledger: Ledger, seqs: list[int]) -> None:
    one, other = seqs[3], seqs[6]
    ledger.tamper(
        ("UPDATE audit_event SET seq = -1 WHERE seq = %s", (one,)),
        ("UPDATE audit_event SET seq = %s WHERE seq = %s", (one, other)),
        ("UPDATE audit_event SET seq = %s WHERE seq = -1", (other,)),
    )


def insert(ledger: Ledger, seqs: list[int]) -> None:
    ledger.tamper(
        (
            "INSERT INTO audit_event (id, created_at, tenant_id, seq, action, actor_kind, actor_id,"
            " object_type, object_id, data, request_id, occurred_at)"
            " SELECT %s, created_at, tenant_id, nextval('audit_event_seq'), action, actor_kind,"
            " actor_id, object_type, object_id, data, request_id, occurred_at"
            " FROM audit_event WHERE seq = %s",
            (str(ids.uuid7()), seqs[3]),
        )
    )


def swap_leaves(ledger: Ledger, seqs: list[int]) -> None:
    ledger.tamper(
        (
            "UPDATE audit_leaf l SET hash = o.hash FROM audit_leaf o"
            " WHERE l.event_seq = %s AND o.event_seq = %s",
            (seqs[3], seqs[4]),
        )
    )


def edit_and_mend_its_seal(ledger: Ledger, seqs: list[int]) -> None:
    """The seal after it still holds the hash of the seal as it was."""
    ledger.edit(seqs[0])
    seal = ledger.seal_of(seqs[0])
    ledger.forge(seal, seal)


def drop_a_seal(ledger: Ledger, seqs: list[int]) -> None:
    ledger.tamper(
        (
            "DELETE FROM audit_event WHERE seq IN"
            " (SELECT event_seq FROM audit_leaf WHERE seal_id = 2)",
            (),
        ),
        ("DELETE FROM audit_leaf WHERE seal_id = 2", ()),
        ("DELETE FROM audit_seal WHERE number = 2", ()),
    )


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (edit_data, "event_edited"),
        (edit_actor, "event_edited"),
        (edit_time, "event_edited"),
        (move_to_another_tenant, "event_edited"),
        (delete, "event_deleted"),
        (delete_with_its_leaf, "leaves_changed"),
        (swap, "event_edited"),
        (insert, "event_inserted"),
        (swap_leaves, "leaves_changed"),
        (edit_and_mend_its_seal, "chain_broken"),
        (drop_a_seal, "seal_missing"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_chain_alone_shows_a_change(
    ledger: Ledger, change: Callable[[Ledger, list[int]], None], kind: str
) -> None:
    seqs = ledger.write(12)
    ledger.seal(batch=6)
    assert ledger.verify().ok
    change(ledger, seqs)
    assert kind in ledger.kinds()


def test_the_changed_event_is_named(ledger: Ledger) -> None:
    seqs = ledger.write(5)
    ledger.seal()
    ledger.edit(seqs[2])
    (problem,) = ledger.verify().problems
    assert problem.kind == "event_edited"
    assert problem.where.startswith(f"event #{seqs[2]} (evt_")


def cut_tail(ledger: Ledger, first: int) -> None:
    """Remove the seals from `first` on with all they sealed, and what waits."""
    ledger.tamper(
        (
            "DELETE FROM audit_event WHERE seq IN"
            " (SELECT event_seq FROM audit_leaf WHERE seal_id >= %s)",
            (first,),
        ),
        ("DELETE FROM audit_leaf WHERE seal_id >= %s", (first,)),
        ("DELETE FROM audit_seal WHERE number >= %s", (first,)),
        ("DELETE FROM audit_pending", ()),
    )


def test_a_cut_tail_is_seen_only_with_a_checkpoint(ledger: Ledger) -> None:
    ledger.write(6)
    ledger.seal()
    ledger.write(6)
    ledger.seal()
    cut_tail(ledger, 2)
    assert ledger.verify().ok, "the chain alone cannot see it"
    ledger.write(6)
    ledger.seal()
    ledger.checkpoint()
    cut_tail(ledger, 2)
    assert ledger.kinds() == {"tail_cut"}


def test_a_rewritten_suffix_is_seen_only_with_a_checkpoint(ledger: Ledger) -> None:
    seqs = ledger.write(6)
    ledger.seal()
    ledger.write(6)
    ledger.seal()
    ledger.edit(seqs[2])
    ledger.forge(1, 2)
    assert ledger.verify().ok, "the chain alone cannot see it"
    ledger.checkpoint()
    ledger.edit(seqs[3])
    ledger.forge(1, 2)
    assert ledger.kinds() == {"history_rewritten"}


def test_a_cut_and_regrown_tail_is_seen(ledger: Ledger) -> None:
    ledger.write(6)
    ledger.seal()
    ledger.checkpoint()
    cut_tail(ledger, 1)
    ledger.write(6)
    ledger.seal()
    assert ledger.kinds() == {"history_rewritten"}


def test_an_edited_checkpoint_is_seen(ledger: Ledger) -> None:
    ledger.write(3)
    ledger.seal()
    path = ledger.checkpoint()
    content = json.loads(path.read_bytes())
    content["body"]["total"] += 1
    path.chmod(0o600)
    path.write_text(json.dumps(content))
    assert ledger.kinds() == {"checkpoint_forged"}


def test_a_checkpoint_signed_by_another_key_is_seen(ledger: Ledger) -> None:
    ledger.write(3)
    ledger.seal()
    key_file = ledger.folder.parent / "key.pem"
    key_file.unlink()
    assert signing_key().public_key() != ledger.key
    ledger.checkpoint()
    (problem,) = ledger.verify().problems
    assert (problem.kind, problem.message) == ("checkpoint_forged", "it is signed by another key")


def test_an_event_deleted_before_it_was_sealed_is_named_and_stops_nothing(ledger: Ledger) -> None:
    seqs = ledger.write(3)
    ledger.tamper(("DELETE FROM audit_event WHERE seq = %s", (seqs[1],)))
    assert ledger.seal() > 0
    (problem,) = ledger.verify().problems
    assert (problem.kind, problem.where) == ("event_deleted", f"event #{seqs[1]}")


def test_the_command_names_the_change_and_fails(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    seqs = ledger.write(3)
    ledger.seal()
    call_command("verify_audit")
    assert "The log is whole." in capsys.readouterr().out
    ledger.edit(seqs[0])
    with pytest.raises(SystemExit) as end:
        call_command("verify_audit", "--json")
    report = json.loads(capsys.readouterr().out)
    assert end.value.code == 1
    assert not report["ok"]
    assert [problem["kind"] for problem in report["problems"]] == ["event_edited"]


def test_both_verifiers_see_every_kind_of_change_wherever_it_is_made(ledger: Ledger) -> None:
    for tally in matrix(ledger, times=1):
        assert (tally.by_database, tally.offline) == (1, 1), tally


def test_no_forged_proof_is_taken_for_genuine(ledger: Ledger) -> None:
    assert forge_proofs(ledger, count=60) == 60
