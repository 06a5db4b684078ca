"""When somebody must have read an article again."""

from __future__ import annotations

from datetime import date, timedelta

from bot.kb.articles import Article


def review_due(article: Article) -> date:
    """The last day on which the review is not overdue."""
    try:
        return article.reviewed + timedelta(days=article.review_every_days)
    except OverflowError:
        return date.max


def overdue(article: Article, today: date) -> bool:
    return review_due(article) < today
