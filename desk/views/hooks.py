"""Where an outside ticket system says that a ticket has changed (docs/tickets.md). A machine calls: no page, no cookie.

Refused before anything is read into it (S10); taken in before it is worked on, which is the worker's."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, request

from desk.context import desk
from servicedesk.errors import SettingsError
from servicedesk.ticket_hooks import NoTicket, TicketHooks, TooMany

log = logging.getLogger(__name__)
blueprint = Blueprint("hooks", __name__)

MOST_BYTES = 1024 * 1024  # a whole issue with its comments, as Jira sends it; S9's 64 KiB are for people
RETRY_SECONDS = 10


@blueprint.post("/tickets/changed/<system>")
def changed(system: str) -> Response:
    hooks = desk().ticket_hooks
    if hooks is None or system != hooks.system:
        abort(404)
    request.max_content_length = MOST_BYTES
    if not _proven(hooks, request.get_data()):
        return _says(401, "The signature or secret is missing or wrong.")
    try:
        hooks.heard(request.get_data())
    except TooMany:
        return _says(429, "Too many calls.", retry_after=RETRY_SECONDS)
    except NoTicket:
        return _says(400, "There is no ticket's id where this system has it.")
    return _says(202, "Taken.")  # also for a ticket that is none of ours: whose they are is not told


def _proven(hooks: TicketHooks, body: bytes) -> bool:
    try:
        return hooks.proven(lambda name: request.headers.get(name, ""), body)
    except SettingsError as err:
        log.error("ticket hooks: %s", err)
        abort(503)


def _says(status: int, sentence: str, *, retry_after: int | None = None) -> Response:
    response = Response(sentence + "\n", status, mimetype="text/plain")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
