"""The readable page of an article, and the list of all."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from bot.kb.page import render_html
from desk.context import desk
from desk.wording import LANGUAGES

blueprint = Blueprint("articles", __name__)


@blueprint.get("/articles/<language>")
def listing(language: str) -> ResponseReturnValue:
    _speak(language)
    everything = desk().shelf.articles(internal=_internal())
    here = sorted((a for a in everything if a.language == language), key=lambda a: a.title.casefold())
    return render_template("articles/list.html", articles=here, languages=LANGUAGES)


@blueprint.get("/articles/<language>/<identifier>")
def page(language: str, identifier: str) -> ResponseReturnValue:
    _speak(language)
    found = desk().shelf.find(identifier, language, internal=_internal())
    if not found:
        abort(404)
    article = next(iter(found.values()))
    body = render_html(
        article, link=lambda other: url_for("articles.page", language=language, identifier=other)
    )
    return render_template(
        "articles/page.html",
        article=article,
        body=Markup(body),  # noqa: S704  # bot/kb/page.py has cleaned it
        languages=[each for each in LANGUAGES if each in found],
    )


def _speak(language: str) -> None:
    if language not in LANGUAGES:
        abort(404)
    g.language = language


def _internal() -> bool:
    """Agents also read what is not for everybody."""
    return desk().sessions.agent_of(request) is not None
