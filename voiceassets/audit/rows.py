"""Reads events as the bytes that are hashed, many at a time and without a model per row.

`selectors.as_leaf` says what a leaf is; this is the same spelling, made by the columns' types. A
test holds the two against each other.
"""

from __future__ import annotations

import hashlib
import json
from json.encoder import encode_basestring as quoted
from typing import Any

from voiceassets.audit.chain import LEAF
from voiceassets.audit.models import Event
from voiceassets.core.ids import spelled

COLUMNS = """e.seq, e.action, e.actor_id, e.actor_kind, e.data::text,
       encode(uuid_send(e.id), 'hex'), e.object_id, e.object_type,
       to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
       e.request_id, e.tenant_id::text"""

_canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def leaf_bytes(row: tuple[Any, ...]) -> bytes:
    """The canonical spelling of an event, read as `COLUMNS`."""
    seq, action, actor_id, actor_kind, data, key, object_id, object_type, at, request, tenant = row
    plain = data if data == "{}" else _canonical(json.loads(data))
    return (
        f'{{"action":{quoted(action)},"actor_id":{quoted(actor_id)},'
        f'"actor_kind":{quoted(actor_kind)},"data":{plain},'
        f'"id":"{Event.PREFIX}_{spelled(int(key, 16))}","object_id":{quoted(object_id)},'
        f'"object_type":{quoted(object_type)},"occurred_at":"{at}",'
        f'"request_id":{quoted(request)},"seq":{seq},"tenant_id":"{tenant}"}}'
    ).encode()


def leaf_hash(row: tuple[Any, ...]) -> bytes:
    """SHA-256 of the leaf, as `chain.leaf_hash` has it."""
    return hashlib.sha256(LEAF + leaf_bytes(row)).digest()
