"""When somebody in IT reads a case, said as a colleague would say it."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_skeleton, format_time

from actions.turn import Turn


def opening(turn: Turn, at: datetime | None) -> str:
    """`at` is on the desk's own clock; None: somebody is there now."""
    if at is None:
        return turn.label("it_is_open")
    days = (at.date() - turn.services.clock.now().astimezone(at.tzinfo).date()) // timedelta(days=1)
    name = {0: "it_opens_today", 1: "it_opens_tomorrow"}.get(days, "it_opens")
    return turn.label(name).format(
        time=format_time(at, format="short", locale=turn.locale),
        day=format_skeleton("MMMMEEEEd", at, locale=turn.locale),
    )
