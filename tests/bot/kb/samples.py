"""Articles to check, made from those of conftest.py."""

from __future__ import annotations


def with_wordings(source: str, *wordings: str) -> str:
    """The article asked for in these wordings, or in five of its own."""
    name = source.split("id: ")[1].split()[0]
    listed = wordings or tuple(f"{name} {word}" for word in ("alpha", "beta", "gamma", "delta", "epsilon"))
    entries = "".join(f"  - {wording}\n" for wording in listed)
    head, body = source.split("\n---\n##", 1)
    return f"{head.split('asked_as:')[0].rstrip()}\nasked_as:\n{entries}---\n##{body}"
