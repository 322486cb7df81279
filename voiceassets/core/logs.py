"""Log lines as JSON: what the machine did, for which request, without personal data."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from voiceassets.core.context import request_id
from voiceassets.core.tracing import traceparent

STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "request",  # the framework's loggers pass it, and its query may hold what somebody wrote
}


class JsonFormatter(logging.Formatter):
    """One object a line; what a caller passes as `extra` becomes further keys."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if traceparent.get():
            line["traceparent"] = traceparent.get()
        line |= {k: str(v) for k, v in record.__dict__.items() if k not in STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
