"""Writes a tenant's events to files, with a signed manifest that vouches for them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from voiceassets.audit.chain import canonical, timestamp
from voiceassets.audit.checkpoint import latest
from voiceassets.audit.models import Event, Leaf
from voiceassets.audit.ocsf import as_ocsf, columns_of
from voiceassets.audit.selectors import LEAF_FIELDS, as_leaf
from voiceassets.audit.signing import sign
from voiceassets.core.context import tenant_scope

RETIRED = ("retired_at", "leaf_hash")
FORMAT = "voiceassets/export/1"
EVENTS, TABLE = "events.jsonl", "events.csv"
OCSF, OCSF_TABLE = "events.ocsf.jsonl", "events.ocsf.csv"
MANIFEST = "manifest.json"


def export(tenant_id: UUID, folder: Path) -> dict[str, Any]:
    """Every sealed event of a tenant as hashed and as OCSF, each in JSON Lines and CSV.

    One that retention has emptied has the hash it was sealed with. Returns the body of the
    manifest, which names each file with its SHA-256, the last event and the checkpoint of now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count, last, retired = 0, 0, 0
    with (
        tenant_scope(tenant_id),
        (folder / EVENTS).open("w", encoding="utf-8") as plain,
        (folder / OCSF).open("w", encoding="utf-8") as mapped,
        (folder / TABLE).open("w", encoding="utf-8", newline="") as table,
        (folder / OCSF_TABLE).open("w", encoding="utf-8", newline="") as mapped_table,
    ):
        rows = csv.DictWriter(table, (*LEAF_FIELDS, *RETIRED))
        rows.writeheader()
        mapped_rows: csv.DictWriter[str] | None = None
        for leaf in _sealed():
            count, last = count + 1, leaf["seq"]
            retired += "retired_at" in leaf
            plain.write(canonical(leaf).decode() + "\n")
            event = as_ocsf(leaf)
            mapped.write(canonical(event).decode() + "\n")
            columns = columns_of(event)
            if mapped_rows is None:  # all events have the same columns
                mapped_rows = csv.DictWriter(mapped_table, columns)
                mapped_rows.writeheader()
            mapped_rows.writerow(columns)
            rows.writerow(leaf | {"data": canonical(leaf["data"]).decode()})
    newest = latest()
    signed = sign(
        {
            "format": FORMAT,
            "tenant": str(tenant_id),
            "events": count,
            "last_seq": last,
            "retired": retired,
            "exported_at": timestamp(timezone.now()),
            "checkpoint": newest.as_dict() if newest else None,
            "files": [
                {"name": name, "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
                for name in (EVENTS, TABLE, OCSF, OCSF_TABLE)
            ],
        }
    )
    (folder / MANIFEST).write_text(json.dumps(signed.as_dict(), indent=1), encoding="utf-8")
    return signed.body


def _sealed() -> Iterator[dict[str, Any]]:
    """The events of the tenant in scope that wait for no seal, in order."""
    rows = Event.objects.extra(
        where=["NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.event_seq = audit_event.seq)"]
    )
    sealed = Leaf.objects.filter(event_seq=OuterRef("seq")).values("hash")
    columns = rows.order_by("seq").values_list(*LEAF_FIELDS, "retired_at", Subquery(sealed))
    for *row, retired_at, digest in columns.iterator(chunk_size=2000):
        leaf = as_leaf(tuple(row))
        if retired_at is not None:
            leaf |= {"retired_at": timestamp(retired_at), "leaf_hash": bytes(digest).hex()}
        yield leaf
