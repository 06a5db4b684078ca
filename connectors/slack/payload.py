"""Reading JSON of any shape without trusting any of it."""

from __future__ import annotations

from typing import Any


def at(data: Any, *path: str | int) -> Any:
    """What stands at the path, None where there is no such place."""
    for step in path:
        if isinstance(step, int):
            data = data[step] if isinstance(data, list) and 0 <= step < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def text_at(data: Any, *path: str | int) -> str:
    """The string at the path, "" where there is none."""
    found = at(data, *path)
    return found if isinstance(found, str) else ""
