"""What is down for everybody, as employees hear it from the bot: leads announce and end it."""

from __future__ import annotations

from datetime import datetime, timezone

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from desk.access import Right, current_agent, needs
from desk.context import audit_as, desk
from desk.wording import LANGUAGE_NAMES, LANGUAGES
from servicedesk.outages import OutageRefused

blueprint = Blueprint("outages", __name__, url_prefix="/desk/outages")

MAX_TEXT = 500


@blueprint.get("")
@needs(Right.OUTAGES)
def listing() -> ResponseReturnValue:
    return _page({}, {})


@blueprint.post("")
@needs(Right.OUTAGES)
def add() -> ResponseReturnValue:
    given = {
        name: request.form.get(name, "").strip()[:MAX_TEXT]
        for name in ("service", "starts", "ends", *LANGUAGES)
    }
    problems = {
        f"text-{each}": f"Write the text in {LANGUAGE_NAMES[each]}." for each in LANGUAGES if not given[each]
    }
    if not given["service"]:
        problems["service"] = "Name the service, as employees call it."
    times = {name: _time(given[name]) for name in ("starts", "ends")}
    for name, time in times.items():
        if given[name] and time is None:
            problems[name] = "Write the time as 2026-11-30T18:00 (UTC)."
    if problems:
        return _page(given, problems), 422
    agent = current_agent()
    audit_as(agent, event="outage.added", outcome="intended", service=given["service"])
    try:
        desk().services.outages.add(
            service=given["service"],
            texts={language: given[language] for language in LANGUAGES},
            planned=request.form.get("planned") == "yes",
            starts_at=times["starts"],
            expected_end=times["ends"],
        )
    except OutageRefused as refused:
        return _page(given, {"service": f"Not accepted: {refused}."}), 422
    return redirect(url_for("outages.listing"), code=303)


@blueprint.post("/<int:identifier>/end")
@needs(Right.OUTAGES)
def end(identifier: int) -> ResponseReturnValue:
    audit_as(current_agent(), event="outage.ended", outcome="intended", outage=identifier)
    if not desk().services.outages.end(identifier):
        abort(404)
    return redirect(url_for("outages.listing"), code=303)


def _page(given: dict[str, str], problems: dict[str, str]) -> str:
    outages = desk().services.outages
    return render_template(
        "desk/outages.html",
        ongoing=outages.ongoing(),
        planned=outages.planned(),
        given=given,
        problems=problems,
        languages=LANGUAGES,
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
