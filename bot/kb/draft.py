"""The text of a new article's file: front matter as authors know it, and where somebody must still write, TODO.

A draft is for the service desk only (audience: l1) until somebody has written it and says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import yaml

from bot.kb.languages import FIXED_HEADINGS, SectionKind

GAP: Final = "TODO"
AUDIENCE: Final = "l1"
_REVIEW_EVERY_DAYS: Final = 180
_TESTS: Final = 6  # wordings kept from the search, to test it with
_REDACTED: Final = re.compile(r"\[[^\]\s]+\]")  # what the store puts in the place of a secret
_TEXTS: Final[dict[SectionKind, str]] = {
    "symptoms": f"- {GAP}: what employees see, in their own words",
    "steps": f"1. {GAP}: one action a step, with **stars** around what one clicks",
    "result": f"{GAP}: what one sees when it worked",
    "fallback": f"1. {GAP}: what to try then",
    "stop": f"{GAP}: when only a person can help",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What is known of an article to be. What is not stays empty and becomes a gap."""

    id: str
    language: str
    title: str = ""
    summary: str = ""
    keywords: Sequence[str] = ()
    services: Sequence[str] = ()
    owner: str = ""
    reviewed: date
    questions: Sequence[str] = ()
    asked_as: Sequence[str] = ()


def file_text(draft: Draft, body: str) -> str:
    """The file of a draft with this Markdown under its front matter."""
    front: dict[str, Any] = {
        "id": draft.id,
        "language": draft.language,
        "title": draft.title or f"{GAP} a title that says what one wants to do",
        "summary": draft.summary or f"{GAP} one sentence that says which problem this solves",
        "keywords": list(draft.keywords) or [GAP],
        "services": list(draft.services) or [GAP],
        "audience": AUDIENCE,
        "owner": draft.owner or f"{GAP} the team that answers for it",
        "reviewed": draft.reviewed,
        "review_every_days": _REVIEW_EVERY_DAYS,
        "revision" if draft.language == "en" else "source_revision": 1,
        "questions": list(draft.questions) or [f"{GAP} a question as employees ask it"],
    }
    if draft.asked_as:
        front["asked_as"] = list(draft.asked_as)
    written = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    # Lists stand in their parents' column with this library, and two further in with authors.
    indented = re.sub(r"^- ", "  - ", written, flags=re.MULTILINE)
    return f"---\n{indented}---\n{body.strip()}\n"


def skeleton(identifier: str, language: str, wordings: Sequence[str], *, today: date) -> str:
    """A new article's file for what employees asked in these wordings, the most typical first."""
    usable = [wording for wording in map(_one_line, wordings) if wording and not _REDACTED.search(wording)]
    # Every third wording tests the search; the others teach it.
    tests = usable[2::3][:_TESTS]
    draft = Draft(
        id=identifier,
        language=language,
        reviewed=today,
        questions=tests,
        asked_as=[wording for wording in usable if wording not in tests],
    )
    return file_text(draft, _empty_body(language))


def _empty_body(language: str) -> str:
    headings = {kind: heading for heading, kind in FIXED_HEADINGS[language].items()}
    headings["steps"] = f"{GAP} the case, such as: on Windows"
    order: tuple[SectionKind, ...] = ("symptoms", "steps", "result", "fallback", "stop")
    return "\n\n".join(f"## {headings[kind]}\n{_TEXTS[kind]}" for kind in order)


def _one_line(wording: str) -> str:
    return " ".join(wording.split())
