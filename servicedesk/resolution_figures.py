"""How those fare whose tickets were settled. No figure on fewer than five people, and none of a person or an agent (D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, distinct, func, select
from sqlalchemy.engine import Row

from servicedesk.categories import category
from servicedesk.resolutions import Said
from servicedesk.store import Store
from servicedesk.store.tables import resolutions

FEWEST = 5  # D5
LOW = 3  # stars up to which a comment tells what went badly
COMMENTS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Of all, or of one category."""

    label: str
    solved: int
    not_solved: int
    rated: int
    mean: float | None  # None: fewer than five people gave stars


@dataclass(frozen=True, kw_only=True, slots=True)
class LowComment:
    stars: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolutionFigures:
    overall: Share | None  # None: fewer than five people have answered
    categories: tuple[Share, ...]  # the lowest mean first
    comments: tuple[LowComment, ...]  # the fewest stars first; whose they are is not shown


def resolution_figures(store: Store, since: datetime) -> ResolutionFigures:
    """Of what was asked since then."""
    lately = resolutions.c.asked_at >= since
    low = (
        select(resolutions.c.stars, resolutions.c.comment)
        .where(lately, resolutions.c.stars <= LOW, resolutions.c.comment.is_not(None))
        .order_by(resolutions.c.stars, resolutions.c.id.desc())
        .limit(COMMENTS)
    )
    with store.reading() as connection:
        overall = connection.execute(select(*_columns()).where(lately)).one()
        grouped = select(resolutions.c.category, *_columns()).where(lately)
        rows = connection.execute(grouped.group_by(resolutions.c.category)).all()
        comments = connection.execute(low).all()
    if overall.people < FEWEST:
        return ResolutionFigures(overall=None, categories=(), comments=())
    shares = [_share(category(row.category).label, row) for row in rows if row.people >= FEWEST]
    return ResolutionFigures(
        overall=_share("All", overall),
        categories=tuple(sorted(shares, key=lambda each: (each.mean or 9.0, each.label))),
        comments=tuple(LowComment(stars=row.stars, text=row.comment) for row in comments)
        if overall.rating_people >= FEWEST
        else (),
    )


def _columns() -> list[Any]:
    person = func.coalesce(resolutions.c.account, resolutions.c.conversation)
    answered = resolutions.c.state != Said.NOTHING.value
    return [
        func.count(distinct(case((answered, person)))).label("people"),
        func.count(distinct(case((resolutions.c.stars.is_not(None), person)))).label("rating_people"),
        func.count(case((resolutions.c.state == Said.SOLVED.value, 1))).label("solved"),
        func.count(case((resolutions.c.state == Said.NOT_SOLVED.value, 1))).label("not_solved"),
        func.count(resolutions.c.stars).label("rated"),
        func.avg(resolutions.c.stars).label("mean"),
    ]


def _share(label: str, row: Row) -> Share:
    return Share(
        label=label,
        solved=row.solved,
        not_solved=row.not_solved,
        rated=row.rated,
        mean=float(row.mean) if row.rating_people >= FEWEST else None,
    )
