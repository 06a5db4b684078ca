"""What all HTTP channels do with a request before they look into it: size, shape, depth (S9)."""

from __future__ import annotations

import json
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse

from servicedesk.settings import Limits


class BadRequest(Exception):
    """The request cannot be used; `sentence` says why to whoever wrote the client."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def json_object(request: Request, limits: Limits) -> dict[str, Any]:
    """The request's body, a JSON object. Raises BadRequest."""
    return object_in(request.body or b"", limits)


def object_in(body: bytes, limits: Limits) -> dict[str, Any]:
    """A JSON object within the limits. Raises BadRequest."""
    if len(body) > limits.body_bytes:
        raise BadRequest(f"The body is larger than {limits.body_bytes} bytes.", 413)
    if _depth(body) > limits.body_depth:
        raise BadRequest(f"The body is nested deeper than {limits.body_depth} levels.")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not valid JSON.") from None
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data


def text_field(data: dict[str, Any], name: str, *, limit: int | None = None, required: bool = True) -> str:
    """A string of the object, "" where it is missing and not required. Raises BadRequest."""
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise BadRequest(f'"{name}" must be a string.')
    if limit is not None and not (1 if required else 0) <= len(value) <= limit:
        raise BadRequest(f'"{name}" must have between 1 and {limit} characters.')
    return value


def answer(data: Any, status: int = 200) -> HTTPResponse:
    body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HTTPResponse(body, status=status, headers=headers, content_type="application/json")


def problem(sentence: str, status: int) -> HTTPResponse:
    return answer({"error": sentence}, status)


def _depth(body: bytes) -> int:
    """How deep brackets nest outside strings, in one pass: the parser itself would recurse."""
    depth = deepest = 0
    in_string = escaped = False
    for byte in body:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
