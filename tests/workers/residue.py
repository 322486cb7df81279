"""Looks for bytes of a person everywhere the platform keeps something."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis
from django.conf import settings
from psycopg2 import sql

from voiceassets.runtime.testing import PrivateServers


def forms_of_text(text: str) -> set[bytes]:
    """The ways in which a name may be written down."""
    spelled = {text, text.upper(), text.lower(), unicodedata.normalize("NFD", text)}
    spelled |= {json.dumps(text)[1:-1], quote(text), text.replace(" ", "_"), text.replace(" ", "")}
    forms = {word.encode() for word in spelled}
    return forms | {text.encode("utf-16-le")} | forms_of_bytes(text.encode())


def forms_of_bytes(content: bytes) -> set[bytes]:
    """Raw, hexadecimal, and the middle of Base64 at each of its three alignments."""
    coded = {base64.b64encode(b"\0" * shift + content)[4:-4] for shift in range(3)}
    coded |= {base64.urlsafe_b64encode(b"\0" * shift + content)[4:-4] for shift in range(3)}
    return {content, content.hex().encode(), content.hex().upper().encode(), *coded}


def found(forms: set[bytes], servers: PrivateServers, *folders: Path, logs: str = "") -> set[str]:
    """Where any of the forms occurs: `table x`, `redis key`, a path, `logs`."""
    places = [
        *_tables(servers),
        *_redis(),
        *_files(*folders),
        ("logs", logs.encode()),
    ]
    return {place for place, content in places if any(form in content for form in forms)}


def _tables(servers: PrivateServers) -> Iterator[tuple[str, bytes]]:
    """Every row of every table, as a superuser and as a dump would see it."""
    with servers.superuser() as superuser, superuser.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN"
            " ('pg_catalog', 'information_schema')"
        )
        for schema, name in cursor.fetchall():
            cursor.execute(
                sql.SQL("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {} t").format(
                    sql.Identifier(schema, name)
                )
            )
            (rows,) = cursor.fetchone() or ("",)
            yield f"table {name}", rows.encode()


def _redis() -> Iterator[tuple[str, bytes]]:
    client: Any = redis.Redis.from_url(settings.REDIS_URL)
    read = {
        b"string": client.get,
        b"stream": client.xrange,
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
    }
    for key in client.scan_iter():
        content = read[client.type(key)](key)
        yield f"redis {key.decode()}", key + b"".join(_leaves(content))
    client.close()


def _leaves(content: Any) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, dict):
        yield from _leaves([*content.keys(), *content.values()])
    elif isinstance(content, list | tuple | set):
        for inner in content:
            yield from _leaves(inner)


def _files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder)).encode()
            yield str(path), name + (path.read_bytes() if path.is_file() else b"")
