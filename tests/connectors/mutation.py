"""What somebody could make of a real request: parts taken out, swapped, put elsewhere, made too long, too deep or of
another type; bytes flipped, cut off and doubled. The same seed makes the same requests."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Sequence
from typing import Any

STRINGS = (
    *("", " ", "\0", "\ud800", "\udfff\ud83d", "\u202e\u2066", "\ufeff/restart", "/restart", '/x{"a":true}'),
    *("EXTERNAL: x", "btn." + "0" * 32 + ".1-" + "0" * 64, "123456", "１２３４５６", "a" * 5_000, "é" * 129),
    *("{{7*7}}", "%s%n", "'; DROP TABLE inbound; --", "<!channel>", "<at>Tier0</at>", "U0KARI", "T0NORDLYS"),
    *(
        "T0OTHER",
        "D0KARI",
        "1793620000.000001",
        "-1.5",
        "NaN",
        "None",
        "true",
        "2026-07-01T08:00:00Z",
        "\r\nX: y",
    ),
    *("https://evil.example/", "http://127.0.0.1:1/", "msteams", "webchat", "invoke", "adaptiveCard/action"),
    *(
        "task/submit",
        "message/submitAction",
        "block_actions",
        "view_submission",
        "app_home_opened",
        "passwd: x9!K",
    ),
)
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    10**30,
    [],
    {},
    [[]],
    [None],
    {"a": None},
    {"id": {}},
)
CONTENT_TYPES = (
    *("application/json", "application/json; charset=utf-16", "APPLICATION/JSON;", "text/plain", "", "\xff"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"),
)


def changed(sample: Any, others: Sequence[Any], dice: random.Random) -> Any:
    """The sample, which is taken over, with one to four places changed; parts of `others` may come into it."""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        found = paths(sample)
        if not found:
            return sample
        path = dice.choice(found)
        holder = sample
        for step in path[:-1]:
            holder = holder[step]
        how = dice.random()
        if how < 0.15:
            del holder[path[-1]]
        elif how < 0.25:
            other = dice.choice(others)
            holder[path[-1]] = copy.deepcopy(at(other, dice.choice(paths(other))))
        elif how < 0.35:
            holder[path[-1]] = _nested(holder[path[-1]], dice)
        elif how < 0.5 and isinstance(holder[path[-1]], str):
            holder[path[-1]] = _spoilt(holder[path[-1]], dice)
        elif how < 0.8:
            holder[path[-1]] = dice.choice(STRINGS)
        else:
            # A copy: the next change may fall into it, and would put it into itself.
            holder[path[-1]] = copy.deepcopy(dice.choice(OTHERS))
    return sample


def spoilt_bytes(body: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 2, 8))):
        start = dice.randrange(len(body) + 1)
        end = min(len(body), start + dice.choice((1, 1, 4, 64)))
        how = dice.randrange(4)
        if how == 0:
            body = body[:start] + dice.randbytes(end - start) + body[end:]
        elif how == 1:
            body = body[:start] + body[end:]
        elif how == 2:
            body = body[:end] + body[start:end] * dice.choice((1, 50)) + body[end:]
        else:
            body = body[:start]
    return body


def encoded(value: Any, dice: random.Random) -> bytes:
    """As JSON, in one of the ways in which it is written."""
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of everything inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for name, one in inside for path in [(*before, name), *paths(one, (*before, name))]]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _nested(value: Any, dice: random.Random) -> Any:
    for _ in range(dice.choice((1, 3, 25))):
        value = [value] if dice.random() < 0.5 else {"a": value}
    return value


def _spoilt(text: str, dice: random.Random) -> str:
    place = dice.randrange(len(text) + 1)
    return text[:place] + dice.choice(STRINGS) + text[place + dice.choice((0, 1)) :]
