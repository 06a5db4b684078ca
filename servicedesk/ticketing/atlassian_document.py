"""Plain text as an Atlassian document and back (developer.atlassian.com, "Atlassian Document Format").

What looks like markup in the text stands in text nodes, where nothing is interpreted (U10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

BLOCKS = {
    "paragraph",
    "heading",
    "listItem",
    "blockquote",
    "codeBlock",
    "panel",
    "tableRow",
    "rule",
    "mediaSingle",
}


def to_document(text: str) -> dict[str, Any]:
    """One paragraph a block of lines."""
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks if block.strip()]}


def from_document(document: Any) -> str:
    """What a reader sees of it."""
    lines = (" ".join(line.split()) for line in "".join(_texts(document)).split("\n"))
    text = "\n".join(lines).strip()
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text


def _paragraph(block: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for line in block.split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:  # a text node may not be empty
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def _texts(node: Any, depth: int = 0) -> Iterator[str]:
    if not isinstance(node, dict) or depth > 50:
        return
    kind = node.get("type")
    if kind == "text":
        yield str(node.get("text", ""))
    elif kind == "hardBreak":
        yield "\n"
    elif kind in ("mention", "emoji", "status", "date"):
        attributes = node.get("attrs") or {}
        yield str(attributes.get("text") or attributes.get("shortName") or "")
    for child in node.get("content") or ():
        yield from _texts(child, depth + 1)
    if kind in BLOCKS:
        yield "\n" if kind == "listItem" else "\n\n"
