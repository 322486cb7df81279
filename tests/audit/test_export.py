"""Exports hold every sealed event once, in four forms, and the offline verifier accepts them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.audit.ledger import Ledger
from voiceassets.audit import verify
from voiceassets.audit.ocsf import as_ocsf

pytestmark = pytest.mark.django_db


def test_an_export_is_whole_and_proves_itself(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write(5)
    ledger.seal()
    ledger.checkpoint()
    ledger.write(1)
    folder = tmp_path / "export"
    call_command("export_audit", "acme", str(folder), stdout=io.StringIO())
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    mapped = [json.loads(line) for line in (folder / "events.ocsf.jsonl").read_text().splitlines()]
    with (folder / "events.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    with (folder / "events.ocsf.csv").open(newline="") as table:
        mapped_rows = list(csv.DictReader(table))
    assert len(events) == len(mapped) == len(rows) == len(mapped_rows) > 5
    assert [json.loads(row["unmapped"]) for row in mapped_rows] == events
    assert [row["resources[0].uid"] for row in mapped_rows] == [e["object_id"] for e in events]
    assert [int(row["activity_id"]) for row in mapped_rows] == [e["activity_id"] for e in mapped]
    assert [event["unmapped"] for event in mapped] == events
    assert [row["id"] for row in rows] == [event["id"] for event in events]
    assert {event["tenant_id"] for event in events} == {str(ledger.cast.alice.tenant.pk)}
    numbers = [event["data"]["n"] for event in events if "n" in event["data"]]
    assert numbers == [0, 1, 2, 3, 4], "the one that is not sealed yet is left out"
    command = [str(folder / "manifest.json"), "--key", str(folder / "operator.pem")]
    assert verify.main(command) == 0
    (folder / "events.ocsf.csv").write_text("nothing")
    assert verify.main(command) == 1


def test_a_tenant_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nobody"):
        call_command("export_audit", "nobody", str(tmp_path))


@pytest.mark.parametrize(
    ("action", "activity", "status"),
    [
        ("speaker.created", 1, 1),
        ("asset.downloaded", 2, 1),
        ("consent.revoked", 4, 1),
        ("synthesis.refused", 99, 2),
    ],
)
def test_an_action_becomes_an_activity(action: str, activity: int, status: int) -> None:
    leaf = {
        "seq": 7,
        "id": "evt_1",
        "tenant_id": "t",
        "action": action,
        "actor_kind": "user",
        "actor_id": "usr_1",
        "object_type": "speaker",
        "object_id": "spk_1",
        "data": {},
        "request_id": "r",
        "occurred_at": "1970-01-01T00:00:01.500000+00:00",
    }
    event = as_ocsf(leaf)
    assert (event["activity_id"], event["status_id"]) == (activity, status)
    assert (event["class_uid"], event["type_uid"], event["time"]) == (6003, 600300 + activity, 1500)
