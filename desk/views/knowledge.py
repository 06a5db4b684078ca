"""The KB authors' work list: what found no answer, what did not help, what is overdue."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from desk.access import Right, needs
from desk.context import desk
from desk.figures import key_figures
from servicedesk.feedback import OpenQuestion

blueprint = Blueprint("knowledge", __name__, url_prefix="/desk/knowledge")

DAYS = 30
SHOWN = 100


@blueprint.get("")
@needs(Right.KNOWLEDGE)
def health() -> ResponseReturnValue:
    services = desk().services
    now = services.clock.now()
    articles = desk().shelf.articles(internal=True)
    overdue = sorted(
        (a for a in articles if a.reviewed + timedelta(days=a.review_every_days) < now.date()),
        key=lambda a: a.reviewed,
    )
    return render_template(
        "desk/knowledge.html",
        figures=key_figures(services.store, now - timedelta(days=DAYS)),
        days=DAYS,
        unanswered=_grouped(services.feedback.unanswered(limit=1_000)),
        helped=services.feedback.figures(),
        titles={(a.id, a.language): a.title for a in articles},
        overdue=overdue,
        problems=desk().shelf.problems,
    )


def _grouped(questions: tuple[OpenQuestion, ...]) -> list[tuple[OpenQuestion, int]]:
    """Each question once, with how often it was asked: the most frequent first, then the newest."""
    found: dict[tuple[str, str], list[OpenQuestion]] = {}
    for each in questions:
        found.setdefault((each.language, " ".join(each.question.casefold().split())), []).append(each)
    groups = [(group[0], len(group)) for group in found.values()]
    return sorted(groups, key=lambda group: group[1], reverse=True)[:SHOWN]
