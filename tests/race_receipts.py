"""Holds a receipt of a revocation against what the database and the object store really hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.factories import Cast
    from voiceassets.assets.models import Asset
    from voiceassets.consent.models import ConsentRecord

FILES = frozenset({"audio", "weights", "evidence", "dataset manifest"})


def faults(cast: Cast, consent: ConsentRecord, heap: list[Asset]) -> list[str]:
    """What the receipt leaves out, or says otherwise than the records and the stored bytes."""
    from voiceassets.audit import verify
    from voiceassets.audit.signing import signing_key
    from voiceassets.consent.models import Receipt

    with cast.alice.scope():
        receipt = Receipt.objects.filter(consent=consent).first()
        if receipt is None:
            return [f"{consent.public_id} has no receipt"]
        statement = {"body": receipt.body, "key": receipt.key, "signature": receipt.signature}
        try:
            verify.verify(statement, signing_key().public_key(), folder=Path())
        except verify.Rejected as refusal:
            return [f"{consent.public_id}: {refusal}"]
        told = {item["id"]: item for item in receipt.body["items"]}
        return [
            *_assets(told, heap),
            *_versions_and_jobs(told, consent, heap),
            *_files(told),
            *_places(told),
        ]


def _assets(told: dict[str, Any], heap: list[Asset]) -> Iterator[str]:
    from voiceassets.assets.models import Asset

    rows = Asset.objects.filter(pk__in=[asset.pk for asset in heap]).select_related("object")
    for row in rows:
        item = told.get(row.public_id, {})
        outcome = "withdrawn" if row.state == "revoked" else "stopped"
        if (item.get("state"), item.get("outcome")) != (row.state, outcome):
            yield f"asset {row.public_id} is {row.state}, and the receipt says {item}"
        if row.object is not None and not (row.object.withheld and row.object.public_id in told):
            yield f"the file of {row.public_id} can still be had, or is not told of"
    if len([item for item in told.values() if item["type"] == "asset"]) != len(heap):
        yield "the receipt tells of other assets, too"


def _versions_and_jobs(
    told: dict[str, Any], consent: ConsentRecord, heap: list[Asset]
) -> Iterator[str]:
    from voiceassets.jobs.models import Job
    from voiceassets.registry.models import ModelVersion

    rests: dict[str, Any] = {
        "version": ModelVersion.objects.filter(consent=consent),
        "job": Job.objects.filter(
            subject_id__in=[asset.request_id for asset in heap], state="cancelled"
        ),
    }
    for type_, rows in rests.items():
        states = {row.public_id: row.state for row in rows}
        said = {id_: item["state"] for id_, item in told.items() if item["type"] == type_}
        if states != said:
            yield f"of {type_}s the database says {states} and the receipt {said}"


def _files(told: dict[str, Any]) -> Iterator[str]:
    """Each file is as the receipt has it, and its bytes are there with their hash, or gone."""
    from voiceassets.core import ids
    from voiceassets.storage.backends import Missing, backend
    from voiceassets.storage.models import StoredObject

    items = {id_: item for id_, item in told.items() if item["type"] in FILES}
    rows = StoredObject.objects.filter(pk__in=[ids.decode("obj", id_) for id_ in items])
    for row in rows:
        item = items.pop(row.public_id)
        try:
            with backend().open(row.key) as file:
                held = hashlib.sha256(file.read()).hexdigest()
        except Missing:
            held = ""
        wanted = "" if item["outcome"] == "deleted" else item["sha256"]
        if (item["state"], wanted) != (row.state, held):
            yield f"file {row.public_id} is {row.state} with {held}, and the receipt says {item}"
    yield from (f"file {id_} is told of and not there" for id_ in items)


def _places(told: dict[str, Any]) -> Iterator[str]:
    """Each event that the receipt names stands at that place of the log and is about that thing."""
    from voiceassets.audit.models import Event, Leaf
    from voiceassets.core import ids

    named = {item["event"]["id"]: item for item in told.values() if item["event"]}
    events = Event.objects.filter(pk__in=[ids.decode("evt", id_) for id_ in named])
    places = {
        leaf.event_seq: (leaf.seal_id, leaf.position)
        for leaf in Leaf.objects.filter(event_seq__in=[event.seq for event in events])
    }
    found = {
        event.public_id: (event.object_id, event.action, *places.get(event.seq, ()))
        for event in events
    }
    for id_, item in named.items():
        place = item["event"]
        wanted = (item["id"], place["action"], place["seal"], place["position"])
        if found.get(id_) != wanted:
            yield f"event {id_} is {found.get(id_)} and not {wanted}"


def left_in_store(cast: Cast, heap: list[Asset]) -> int:
    """How many files of audio that was never released still have bytes in the store."""
    from voiceassets.assets.models import Asset
    from voiceassets.storage.backends import Missing, backend

    with cast.alice.scope():
        refused = Asset.objects.filter(pk__in=[asset.pk for asset in heap], state="refused")
        names = [asset.pk for asset in refused]
    left = 0
    for name in names:
        try:
            backend().open(f"race/{name}").close()
        except Missing:
            continue
        left += 1
    return left
