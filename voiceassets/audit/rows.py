"""Reads events as the bytes that are hashed, many at a time and without a model per row.

`selectors.as_leaf` says what a leaf is; this is the same spelling. The database puts the plain
columns into JSON, whose strings it escapes as Python does; the order of keys in `data` and the
spelling of the id are made here. A test holds both spellings against each other.
"""

from __future__ import annotations

from hashlib import sha256
from json import JSONDecoder
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any

from voiceassets.audit.chain import LEAF
from voiceassets.audit.models import Event
from voiceassets.core.ids import spelled

COLUMNS = """e.seq,
       concat('{"action":', to_json(e.action), ',"actor_id":', to_json(e.actor_id),
              ',"actor_kind":', to_json(e.actor_kind), ',"data":') AS before_data,
       e.data::text AS data,
       encode(uuid_send(e.id), 'hex') AS key,
       concat('","object_id":', to_json(e.object_id), ',"object_type":', to_json(e.object_type),
              ',"occurred_at":"',
              to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
              '","request_id":', to_json(e.request_id), ',"seq":', e.seq,
              ',"tenant_id":"', e.tenant_id, '"',
              CASE WHEN e.trace_id <> '' THEN concat(',"trace_id":', to_json(e.trace_id)) END,
              '}') AS after_key,
       e.retired_at IS NOT NULL AS retired"""
KEY, RETIRED = 3, 5

# As `chain.canonical` spells, by an encoder that is made once: `json` makes one for every value.
_chunks = c_make_encoder(None, None, encode_basestring, None, ":", ",", True, False, False)
_parsed = JSONDecoder().raw_decode


def leaf_bytes(row: tuple[Any, ...]) -> bytes:
    """The canonical spelling of an event, read as `COLUMNS`."""
    _, before, data, key, after, _ = row
    plain = data if data == "{}" else "".join(_chunks(_parsed(data)[0], 0))
    return f'{before}{plain},"id":"{Event.PREFIX}_{spelled(int(key, 16))}{after}'.encode()


def leaf_hash(row: tuple[Any, ...]) -> bytes:
    """SHA-256 of the leaf, as `chain.leaf_hash` has it."""
    return sha256(LEAF + leaf_bytes(row)).digest()
