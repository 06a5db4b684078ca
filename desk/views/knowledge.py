"""The KB authors' page: what found no answer or did not help, which articles help least, what is overdue."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from bot.kb.cache import Cache
from bot.kb.draft import skeleton
from bot.kb.encoder import Embeddings
from bot.kb.ranking import load
from bot.kb.review import overdue
from bot.kb.worklist import FEWEST, Asked, Line, WorkList
from bot.nlu.embeddings import shared_encoder
from desk.access import Right, needs
from desk.context import desk
from desk.figures import key_figures

blueprint = Blueprint("knowledge", __name__, url_prefix="/desk/knowledge")

DAYS = 30
DRAFT_ID = "new-article"  # the author gives the file, and with it the article, its name


@blueprint.get("")
@needs(Right.KNOWLEDGE)
def health() -> ResponseReturnValue:
    services = desk().services
    today = services.clock.now().date()
    articles = desk().shelf.articles(internal=True)
    late = (article for article in articles if overdue(article, today))
    return render_template(
        "desk/knowledge.html",
        figures=key_figures(services.store, services.clock.now() - timedelta(days=DAYS)),
        days=DAYS,
        work=_lines(),
        fewest=FEWEST,
        helped=services.feedback.figures(),
        titles={(a.id, a.language): a.title for a in articles},
        overdue=sorted(late, key=lambda a: a.reviewed),
        problems=desk().shelf.problems,
    )


@blueprint.get("/draft/<key>")
@needs(Right.KNOWLEDGE)
def draft(key: str) -> ResponseReturnValue:
    """The skeleton of an article for one line of the work list, as a file."""
    line = next((line for line in _lines() if line.key == key), None)
    if line is None:
        abort(404)
    text = skeleton(DRAFT_ID, line.language, line.wordings, today=desk().services.clock.now().date())
    headers = {"Content-Disposition": f'attachment; filename="{DRAFT_ID}.md"'}
    return Response(text, mimetype="text/markdown", headers=headers)


def _lines() -> list[Line]:
    services = desk().services
    rows = [
        Asked(
            language=each.language,
            question=each.question,
            person=each.person,
            article=each.article,
            day=each.at.date(),
        )
        for each in services.feedback.open_questions()
    ]
    work = _work_list(services.settings.state_dir / "cache")
    return work.lines(rows, desk().shelf.articles(internal=True))


@lru_cache(maxsize=1)
def _work_list(cache_dir: Path) -> WorkList:
    """One a process: it keeps the articles' index."""
    return WorkList(shared_encoder(), Embeddings(Cache(cache_dir)), load())
