"""Who may do what on the desk (S12): deny by default, the role read from the database at every request."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import TypeVar, cast

from flask import abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from desk.context import desk
from desk.security import SAFE_METHODS
from desk.staff import Agent, Role

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class Right(str, Enum):
    TICKETS = "tickets"  # read and work on tickets
    COMPLAINTS = "complaints"  # a complaint may be about an agent: leads read it
    EXPORT = "export"
    OUTAGES = "outages"
    DEAD_LETTERS = "dead_letters"
    KNOWLEDGE = "knowledge"
    AUDIT = "audit"


GRANTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.TICKETS}),
    Role.LEAD: frozenset(
        {Right.TICKETS, Right.COMPLAINTS, Right.EXPORT, Right.OUTAGES, Right.DEAD_LETTERS, Right.KNOWLEDGE}
    ),
    Role.AUTHOR: frozenset({Right.KNOWLEDGE}),
    Role.AUDITOR: frozenset({Right.AUDIT}),
    # Everything but the export, which is the lead's alone.
    Role.ADMIN: frozenset(set(Right) - {Right.EXPORT}),
}
HOME = {
    Right.TICKETS: "tickets.listing",
    Right.KNOWLEDGE: "knowledge.health",
    Right.AUDIT: "audit.listing",
}


def may(agent: Agent, right: Right) -> bool:
    return right in GRANTS[agent.role]


def home_of(agent: Agent) -> str:
    """The endpoint that this role starts at."""
    return next(endpoint for right, endpoint in HOME.items() if may(agent, right))


def current_agent() -> Agent:
    """The agent of this request; only inside a view with `needs`."""
    return cast(Agent, g.agent)


def needs(right: Right) -> Callable[[View], View]:
    """The view runs only for a signed-in agent with this right; others get the sign-in page or 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: object, **values: object) -> ResponseReturnValue:
            agent = desk().sessions.agent_of(request)
            if agent is None:
                return redirect(url_for("signin.form"), code=303)
            g.agent = agent
            if not may(agent, right):
                abort(403)
            if request.method not in SAFE_METHODS and not desk().sessions.csrf_matches(
                request, session.get("csrf_token", "")
            ):
                abort(403)  # a form made before this sign-in
            return view(*args, **values)

        guarded.right = right  # type: ignore[attr-defined]  # a test reads it: no desk route without one
        return cast(View, guarded)

    return decorate
