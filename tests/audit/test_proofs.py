"""Proofs from a real log, judged by the offline verifier; and the two spellings of a leaf."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.audit.ledger import Ledger
from voiceassets.audit import growth, rows, selectors, tree, verify
from voiceassets.audit.actions import Action
from voiceassets.audit.chain import canonical, merkle_root
from voiceassets.audit.models import Event, Seal, TreeNode
from voiceassets.audit.services import record
from voiceassets.audit.verify import Rejected
from voiceassets.core.context import platform_scope
from voiceassets.core.tracing import traced

pytestmark = pytest.mark.django_db(transaction=True)

ODD = ["plain", '"quoted\\', "人工智能", "line\nbreak\t\x7f\u2028", "💬", ""]


def answer(ledger: Ledger, path: str, **query: Any) -> Any:
    return json.loads(json.dumps(Client(headers=ledger.cast.carol.headers).get(path, query).json()))


def newest(ledger: Ledger) -> Event:
    with ledger.cast.carol.scope():
        return Event.objects.latest("seq")


def test_the_fast_spelling_of_a_leaf_is_the_plain_one(ledger: Ledger) -> None:
    acme = ledger.cast.alice.tenant
    with ledger.cast.alice.scope() as alice:
        for word in ODD:
            data = {"word": word, "b": [1, None, True, {"z": word, "a": -(2**53)}], "空": 0}
            record(alice, Action.SPEAKER_UPDATED, acme, **data)
            with traced(request="req_of_a_trace", parent=""):
                record(alice, Action.SPEAKER_UPDATED, acme, **data)
    with platform_scope(), connection.cursor() as cursor:
        seqs = list(Event.objects.values_list("seq", flat=True))
        cursor.execute(f"SELECT {rows.COLUMNS} FROM audit_event e ORDER BY e.seq")
        fast = [rows.leaf_bytes(row) for row in cursor.fetchall()]
        plain = [canonical(leaf) for _, leaf in selectors.leaves_of(seqs)]
    assert {b'"trace_id"' in leaf for leaf in fast} == {True, False}
    assert fast == plain


def test_an_event_is_proved_offline_by_what_the_api_answers(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.write(3)
        ledger.seal(batch=2)
    event = newest(ledger)
    path = f"/v1/audit/{event.public_id}"
    assert answer(ledger, path)["proof"]["checkpoint"] is None, "none was signed yet"
    ledger.checkpoint()
    ledger.write(1)
    ledger.seal()
    told = answer(ledger, path)
    said = verify.verify(told, ledger.key, folder=Path())
    assert event.public_id in said
    told["proof"]["leaf"]["actor_id"] = "key_other"
    with pytest.raises(Rejected):
        verify.verify(told, ledger.key, folder=Path())


def test_whoever_kept_a_checkpoint_can_prove_that_the_log_only_grew(ledger: Ledger) -> None:
    ledger.write(3)
    ledger.seal()
    kept = json.loads(ledger.checkpoint().read_bytes())
    for _ in range(6):
        ledger.write(1)
        ledger.seal()
    ledger.checkpoint()
    proof = answer(ledger, "/v1/audit/consistency", since=kept["body"]["seal"])
    assert "only grew" in verify.verify(proof, ledger.key, folder=Path(), since=kept)
    kept["body"]["root"] = "00" * 32
    with pytest.raises(Rejected):
        verify.verify(proof, ledger.key, folder=Path(), since=kept)


def test_a_log_that_lost_its_end_cannot_prove_that_it_grew(ledger: Ledger) -> None:
    ledger.write(2)
    ledger.seal()
    ledger.checkpoint()
    last = growth.size()
    ledger.tamper(("DELETE FROM audit_treenode WHERE level = 0 AND index = %s", (last - 1,)))
    assert answer(ledger, "/v1/audit/consistency", since=1)["code"] == "log_behind_checkpoint"


def test_seals_from_before_the_tree_are_added_to_it(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.write(1)
        ledger.seal()
    ledger.tamper(("DELETE FROM audit_treenode", ()))
    ledger.write(1)
    ledger.seal()
    hashes = [bytes(seal.hash) for seal in Seal.objects.order_by("number")]
    assert growth.size() == len(hashes)
    assert tree.root(len(hashes), growth.node) == merkle_root(hashes)
    assert TreeNode.objects.count() < 2 * len(hashes)


def test_a_checkpoint_whose_tree_is_not_the_logs_is_seen(ledger: Ledger) -> None:
    """As when the tree was changed before it was signed: seal and hash agree, the root does not."""
    ledger.write(2)
    ledger.seal()
    ledger.tamper(("UPDATE audit_treenode SET hash = %s", (bytes(32),)))
    ledger.checkpoint()
    assert ledger.kinds() == {"history_rewritten"}
