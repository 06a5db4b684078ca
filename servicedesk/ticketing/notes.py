"""How a comment of ours is told from an agent's, in systems that keep no key of a comment.

The last line holds a hash of our key, by which a retry finds it, and one of the text before it: somebody who
quotes our comment, mail programs do it unasked, has other text there and is not taken for us."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_FRAMED = re.compile(
    r"\s*(?P<body>(?P<author>[^\n]*) \(through Tier0\):\s*(?P<text>.*?))\s*"
    r"\[Tier0 (?P<mark>[0-9a-f]{16})\.(?P<check>[0-9a-f]{8})\]\s*",
    re.DOTALL,
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u00ad"))


@dataclass(frozen=True, slots=True)
class Own:
    mark: str
    author: str
    text: str


def framed(key: str, author: str, text: str) -> str:
    body = f"{' '.join(author.split())} (through Tier0):\n{text.strip()}"
    return f"{body}\n\n[Tier0 {mark_of(key)}.{_check(body)}]"


def own(text: str) -> Own | None:
    """What we wrote, where this is a comment of ours and nothing else."""
    found = _FRAMED.fullmatch(text)
    if found is None or found["check"] != _check(found["body"]):
        return None
    return Own(found["mark"], found["author"], found["text"])


def mark_of(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _check(body: str) -> str:
    """Over what no system changes: neither blanks nor line ends count."""
    bare = "".join(body.translate(_INVISIBLE).split())
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()[:8]
