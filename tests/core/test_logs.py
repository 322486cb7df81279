"""Log lines: one JSON object each, with the request they belong to."""

from __future__ import annotations

import json
import logging

from django.test import RequestFactory

from voiceassets.core.context import request_id
from voiceassets.core.logs import JsonFormatter


def test_a_line_is_one_object_with_its_extras_and_its_request() -> None:
    record = logging.makeLogRecord(
        {"name": "rooms", "levelname": "WARNING", "msg": "sent %d", "args": (3,), "job_id": "j\n1"}
    )
    token = request_id.set("req_1")
    try:
        line = JsonFormatter().format(record)
    finally:
        request_id.reset(token)
    assert "\n" not in line
    content = json.loads(line)
    assert content.pop("at").endswith("+00:00")
    assert content == {
        "level": "warning",
        "logger": "rooms",
        "message": "sent 3",
        "request_id": "req_1",
        "job_id": "j\n1",
    }


def test_a_request_is_not_quoted_in_a_line() -> None:
    """The framework's loggers pass it, and its query may hold what somebody wrote."""
    request = RequestFactory().get("/tts", {"text": "secret words"})
    record = logging.makeLogRecord({"msg": "refused", "request": request})
    assert "secret" not in JsonFormatter().format(record)
