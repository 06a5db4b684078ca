"""What a defence is: a place in the code, what stands there without it, and the test that must fail then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Defence:
    threat: str  # of security.md, or the rule where it is no abuse of its own
    without: str  # what the code does once the defence is out
    file: str
    edits: tuple[tuple[str, str], ...]  # what stands there, and what stands in its place
    test: str
