"""What tells articles apart: for each the symptom that the others do not have."""

from __future__ import annotations

from collections.abc import Sequence

from bot.kb import tokens
from bot.kb.articles import Article


def telling_signs(articles: Sequence[Article]) -> list[str]:
    """For each article a symptom in its author's words, in neutral Markdown; its summary where it lists none."""
    return [_sign(article, [other for other in articles if other is not article]) for article in articles]


def _sign(article: Article, others: Sequence[Article]) -> str:
    listed = _symptoms(article)
    elsewhere = {term for other in others for term in tokens.terms(_told(other), other.language)}

    def shared(at: int) -> tuple[float, int]:
        terms = set(tokens.terms(listed[at], article.language))
        return (len(terms & elsewhere) / len(terms) if terms else 1.0, at)

    return listed[min(range(len(listed)), key=shared)] if listed else article.summary


def _symptoms(article: Article) -> list[str]:
    lines = (
        line
        for section in article.sections
        if section.kind == "symptoms"
        for line in section.markdown.splitlines()
    )
    return [line[2:].strip() for line in lines if line.startswith(("- ", "* "))]


def _told(article: Article) -> str:
    return " ".join([article.title, article.summary, *_symptoms(article)])
