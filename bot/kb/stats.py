"""How the knowledge base stands, in figures a language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.kb.articles import Article
from bot.kb.languages import LANGUAGES
from bot.kb.review import overdue


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one language. All count articles, but for the last three."""

    articles: int
    internal: int  # of these for the service desk only: employees never see them
    missing: int  # that employees can read in another language, and not in this one
    outdated: int  # that say what the English one said before it changed
    review_overdue: int
    sections: int
    wordings: int  # `asked_as`: what the search knows of how people ask
    test_questions: int


def figures(articles: Sequence[Article], *, today: date) -> dict[str, Figures]:
    """By language, also for one without any article."""
    open_to_all = {article.id for article in articles if article.for_everybody}
    revisions = {article.id: article.revision for article in articles if article.language == "en"}
    return {
        language: _of_language(
            [article for article in articles if article.language == language], open_to_all, revisions, today
        )
        for language in LANGUAGES
    }


def _of_language(
    articles: Sequence[Article], open_to_all: set[str], revisions: Mapping[str, int], today: date
) -> Figures:
    return Figures(
        articles=len(articles),
        internal=sum(not article.for_everybody for article in articles),
        missing=len(open_to_all - {article.id for article in articles}),
        outdated=sum(article.source_revision < revisions.get(article.id, 0) for article in articles),
        review_overdue=sum(overdue(article, today) for article in articles),
        sections=sum(len(article.sections) for article in articles),
        wordings=sum(len(article.asked_as) for article in articles),
        test_questions=sum(len(article.questions) for article in articles),
    )
