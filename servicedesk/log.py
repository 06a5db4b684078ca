"""Logging: one JSON object a line, control characters escaped, capped (D1).

What may be logged: time, event, rule, pseudonym, channel, correlation id, outcome. Never a password, code,
link, token, cookie, number, address, message text, or the body of an outside call."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import Any

MAX_CHARACTERS = 2_000
FIELDS = ("event", "rule", "person", "channel", "correlation", "outcome", "kind", "seconds", "count")


class JsonFormatter(logging.Formatter):
    """Only the message and the named fields of `extra` come out: an object that somebody adds does not."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:MAX_CHARACTERS],
        }
        for name in FIELDS:
            value = getattr(record, name, None)
            if value is not None:
                line[name] = value if isinstance(value, (int, float, bool)) else str(value)[:MAX_CHARACTERS]
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = _frames(record)
        return json.dumps(line, ensure_ascii=True)


def _frames(record: logging.LogRecord) -> list[str]:
    """Where it happened, without the exceptions' texts: those may quote what a person typed or an outside
    system sent."""
    frames = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-20:]


def configure(level: int = logging.INFO) -> None:
    """Send every logger of this process to standard error as JSON. Called once at a process's start."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
