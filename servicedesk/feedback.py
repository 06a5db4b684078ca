"""What employees made of the articles they were shown: for L1's ticket, and for the KB authors' work list.

It never changes the ranking by itself, and shows no figure on fewer than five conversations (D5)."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import case, distinct, func, insert, select, update
from sqlalchemy.engine import Connection

from servicedesk.clock import Clock, SystemClock
from servicedesk.errors import SettingsError
from servicedesk.redaction import redact
from servicedesk.settings import Settings
from servicedesk.store import Store, StoreUnavailable
from servicedesk.store.tables import feedback

FEWEST = 5  # D5


class Verdict(str, Enum):
    SHOWN = "shown"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    PERSON = "person"  # wanted a person instead
    UNANSWERED = "unanswered"  # nothing was found


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    at: datetime
    language: str
    question: str
    article: str | None
    section: int | None
    version: str  # of the article, as it was shown; "" where none was
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleFigures:
    """How one article did, over at least five conversations."""

    article: str
    language: str
    conversations: int
    solved: int
    not_solved: int
    person: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenQuestion:
    """A question that an employee was left with: an article, or the words that people use in one, is missing."""

    at: datetime
    language: str
    question: str
    article: str | None  # that was shown and did not help; None: nothing was found
    person: int  # tells people apart within one list; says nothing outside it


class Feedback:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def record(
        self,
        *,
        conversation: str,
        language: str,
        question: str,
        verdict: Verdict,
        article: str | None = None,
        section: int | None = None,
        version: str = "",
    ) -> None:
        """Note what became of a question. The question is redacted here once more (D3).

        A showing of an article is one row, and what is said of it becomes that row's verdict: nothing counts twice. Who
        has said whether it helped, and then asks for a person, has said nothing else of the article.
        """
        values = {
            "at": self._clock.now(),
            "conversation": conversation,
            "language": language,
            "question": redact(question).text[:1000],
            "article": article,
            "section": section,
            "version": version or None,
            "verdict": verdict.value,
        }
        with self._store.transaction() as connection:
            showing = _newest(connection, values) if article else None
            said = showing is not None and showing.verdict != Verdict.SHOWN.value
            if showing is None or (said and verdict is Verdict.SHOWN):
                connection.execute(insert(feedback).values(**values))
            elif not (said and verdict is Verdict.PERSON):
                changed = {"verdict": verdict.value, "section": section}
                connection.execute(update(feedback).where(feedback.c.id == showing.id).values(**changed))

    def of_conversation(self, conversation: str, *, since: datetime | None = None) -> tuple[Entry, ...]:
        """What this employee was shown and said of it, oldest first."""
        query = select(feedback).where(feedback.c.conversation == conversation)
        if since is not None:
            query = query.where(feedback.c.at >= since)
        with self._store.transaction() as connection:
            rows = connection.execute(query.order_by(feedback.c.id)).all()
        return tuple(
            Entry(
                at=row.at,
                language=row.language,
                question=row.question,
                article=row.article,
                section=row.section,
                version=row.version or "",
                verdict=Verdict(row.verdict),
            )
            for row in rows
        )

    def figures(self, *, days: int = 90) -> tuple[ArticleFigures, ...]:
        """The articles that helped least come first; fewer than five conversations are no figure (D5)."""
        conversations = func.count(distinct(feedback.c.conversation))
        query = (
            select(
                feedback.c.article,
                feedback.c.language,
                conversations.label("conversations"),
                *(_count(verdict) for verdict in (Verdict.SOLVED, Verdict.NOT_SOLVED, Verdict.PERSON)),
            )
            .where(feedback.c.article.is_not(None), feedback.c.at >= self._since(days))
            .group_by(feedback.c.article, feedback.c.language)
            .having(conversations >= FEWEST)
        )
        with self._store.transaction() as connection:
            found = [ArticleFigures(**row._mapping) for row in connection.execute(query)]
        return tuple(
            sorted(found, key=lambda each: (each.solved - each.not_solved - each.person, each.article))
        )

    def open_questions(self, *, days: int = 90, limit: int = 10_000) -> tuple[OpenQuestion, ...]:
        """What found nothing, or only articles that did not help, newest first and without who asked.

        A question is not open where a later article helped the same employee.
        """
        verdicts = (Verdict.UNANSWERED, Verdict.NOT_SOLVED, Verdict.SOLVED)
        query = (
            select(feedback)
            .where(
                feedback.c.verdict.in_([verdict.value for verdict in verdicts]),
                feedback.c.at >= self._since(days),
                feedback.c.question != "",
            )
            .order_by(feedback.c.id.desc())
            .limit(limit)
        )
        with self._store.transaction() as connection:
            rows = connection.execute(query).all()
        helped: set[tuple[str, str]] = set()
        people: dict[str, int] = {}
        found = []
        for row in rows:
            if row.verdict == Verdict.SOLVED.value:
                helped.add((row.conversation, row.question))
            elif (row.conversation, row.question) not in helped:
                found.append(_open_question(row, people.setdefault(row.conversation, len(people))))
        return tuple(found)

    def _since(self, days: int) -> datetime:
        return self._clock.now() - timedelta(days=days)


def _newest(connection: Connection, values: dict[str, Any]) -> Any:
    """The newest showing of this article for this question in this conversation."""
    same = (feedback.c[name] == values[name] for name in ("conversation", "article", "question"))
    return connection.execute(select(feedback).where(*same).order_by(feedback.c.id.desc()).limit(1)).first()


def _open_question(row: Any, person: int) -> OpenQuestion:
    shown = row.article if row.verdict == Verdict.NOT_SOLVED.value else None
    return OpenQuestion(at=row.at, language=row.language, question=row.question, article=shown, person=person)


def _count(verdict: Verdict) -> Any:
    return func.coalesce(func.sum(case((feedback.c.verdict == verdict.value, 1), else_=0)), 0).label(
        verdict.value
    )


def main(arguments: list[str]) -> int:
    """`questions`: the open ones, a JSON object a line, for `python -m bot.kb worklist`."""
    if arguments != ["questions"]:
        print("usage: python -m servicedesk.feedback questions", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_env(os.environ)
        questions = Feedback(Store(settings.database_url), SystemClock()).open_questions()
    except SettingsError as err:
        print(f"error: {err}", file=sys.stderr)
        return 2
    except StoreUnavailable as err:
        print(f"error: the database cannot be read ({err}); has Tier0 run with it yet?", file=sys.stderr)
        return 2
    for each in questions:
        row = {
            "language": each.language,
            "question": each.question,
            "article": each.article,
            "person": each.person,
            "day": each.at.date().isoformat(),
        }
        print(json.dumps(row, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
