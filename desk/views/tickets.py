"""The agents' ticket list and ticket page. Every route looks at the ticket itself before it acts (U13)."""

from __future__ import annotations

import io
import secrets

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from desk.access import Right, current_agent, may, needs
from desk.context import audit_as, audited, desk
from desk.export import as_csv
from desk.ticket_list import PAGE_SIZE, Wanted, find, wanted_from
from desk.ticket_page import AUTHORS, page_of
from servicedesk.cases import CaseNotFound
from servicedesk.screening import Refusal
from servicedesk.ticketing.embedded import EmbeddedTickets, Ticket
from servicedesk.ticketing.errors import TicketNotFound
from servicedesk.ticketing.port import TicketKind, TicketState

blueprint = Blueprint("tickets", __name__, url_prefix="/desk")

MAX_TEXT = 4_000
MAX_REASON = 200
REFUSALS = {
    Refusal.EMPTY: "The answer is empty.",
    Refusal.TOO_LONG: "The answer is too long: at most 4,000 characters.",
    Refusal.ASKS_FOR_SECRET: "Nobody in IT asks an employee for a password or a code. Please write it differently.",
    Refusal.HOLDS_SECRET: "The answer seems to hold a password, code or personal number. Take it out.",
}
SETTABLE = tuple(state for state in TicketState if state is not TicketState.UNKNOWN)


@blueprint.get("/")
@needs(Right.TICKETS)
def home() -> ResponseReturnValue:
    return redirect(url_for("tickets.listing"), code=303)


@blueprint.get("/tickets")
@needs(Right.TICKETS)
def listing() -> ResponseReturnValue:
    tickets = _tickets()
    wanted = wanted_from(request.args)
    found = _visible(find(tickets, wanted, current_agent()))
    start = (wanted.page - 1) * PAGE_SIZE
    return render_template(
        "desk/tickets.html",
        tickets=found[start : start + PAGE_SIZE],
        total=len(found),
        pages=max(1, -(-len(found) // PAGE_SIZE)),
        wanted=wanted,
        groups=tickets.groups(),
        names=_names(),
    )


@blueprint.get("/tickets/<number>")
@needs(Right.TICKETS)
def show(number: str) -> ResponseReturnValue:
    return _ticket_page(_ticket(number))


@blueprint.post("/tickets/<number>/assign")
@needs(Right.TICKETS)
def assign(number: str) -> ResponseReturnValue:
    """To me, or back to the group."""
    ticket, agent = _ticket(number), current_agent()
    to = None if request.form.get("to") == "group" else agent.id
    with audited(
        agent, event="ticket.assigned", subject=ticket.requester, ticket=ticket.ref.number
    ) as connection:
        _tickets().assign(ticket.ref, to, connection=connection)
    return _back(ticket)


@blueprint.post("/tickets/<number>/state")
@needs(Right.TICKETS)
def set_state(number: str) -> ResponseReturnValue:
    ticket = _ticket(number)
    state = next((each for each in SETTABLE if each.value == request.form.get("state")), None)
    if state is None:
        abort(400)
    details = {"ticket": ticket.ref.number, "state": state.value}
    with audited(current_agent(), event="ticket.state", subject=ticket.requester, **details) as connection:
        _tickets().set_state(ticket.ref, state, connection=connection)
        desk().services.cases.ticket_is(connection, ticket.key, state)
    return _back(ticket)


@blueprint.post("/tickets/<number>/note")
@needs(Right.TICKETS)
def note(number: str) -> ResponseReturnValue:
    """For agents only; the employee does not see it."""
    ticket, agent = _ticket(number), current_agent()
    text = request.form.get("text", "").strip()[:MAX_TEXT]
    if not text:
        return _ticket_page(ticket, problems={"note": "The note is empty."}), 422
    audit_as(
        agent,
        event="ticket.note",
        outcome="intended",
        subject=ticket.requester or "",
        ticket=ticket.ref.number,
    )
    _tickets().comment(
        ticket.ref,
        key=f"note:{ticket.ref.id}:{_form_key()}",
        author=agent.display_name,
        text=text,
        public=False,
    )
    return _back(ticket)


@blueprint.post("/tickets/<number>/reply")
@needs(Right.TICKETS)
def reply(number: str) -> ResponseReturnValue:
    """Into the employee's chat and onto the ticket; screened, because nobody in IT asks for a secret (U16)."""
    ticket, agent = _ticket(number), current_agent()
    text = request.form.get("text", "").replace("\r\n", "\n")
    audit_as(
        agent,
        event="ticket.reply",
        outcome="intended",
        subject=ticket.requester or "",
        ticket=ticket.ref.number,
    )
    try:
        answer = desk().services.cases.agent_reply(ticket.key, agent.display_name, text, key=_form_key())
    except CaseNotFound:
        abort(404)
    if answer.refusal is not None:
        return _ticket_page(ticket, problems={"reply": REFUSALS[answer.refusal]}, draft=text), 422
    sent = "held" if answer.held else "1"
    return redirect(url_for("tickets.show", number=ticket.ref.number, sent=sent), code=303)


@blueprint.get("/tickets/<number>/attachments/<int:index>")
@needs(Right.TICKETS)
def attachment(number: str, index: int) -> ResponseReturnValue:
    """Always a download: nothing that an employee sent is shown inside our own pages."""
    ticket = _ticket(number)
    files = _tickets().attachments(ticket.ref)
    if index >= len(files):
        abort(404)
    audit_as(
        current_agent(),
        event="attachment.read",
        outcome="done",
        subject=ticket.requester or "",
        ticket=ticket.ref.number,
    )
    return send_file(
        io.BytesIO(files[index].content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=files[index].name,
    )


@blueprint.get("/export")
@needs(Right.EXPORT)
def export_form() -> ResponseReturnValue:
    return render_template("desk/export.html", missing=False)


@blueprint.post("/export")
@needs(Right.EXPORT)
def export() -> ResponseReturnValue:
    """All tickets as CSV; who and why stands in the audit trail before the first line leaves."""
    reason = " ".join(request.form.get("reason", "").split())[:MAX_REASON]
    if len(reason) < 10:
        return render_template("desk/export.html", missing=True), 422
    found = find(_tickets(), Wanted(state="all"), current_agent())
    audit_as(current_agent(), event="tickets.exported", outcome="intended", reason=reason, count=len(found))
    content = as_csv(found, _names()).encode("utf-8-sig")
    return send_file(
        io.BytesIO(content), mimetype="text/csv", as_attachment=True, download_name="tickets.csv"
    )


def _tickets() -> EmbeddedTickets:
    """Our own ticket system; where tickets live elsewhere, agents work there, and there is nothing here."""
    tickets = desk().services.tickets
    if not isinstance(tickets, EmbeddedTickets):
        abort(404)
    return tickets


def _ticket(number: str) -> Ticket:
    """The ticket if this agent may see it; else 404, as if there were none."""
    try:
        ticket = _tickets().get(number)
    except TicketNotFound:
        abort(404)
    if not _visible([ticket]):
        abort(404)
    return ticket


def _visible(tickets: list[Ticket]) -> list[Ticket]:
    if may(current_agent(), Right.COMPLAINTS):
        return tickets
    return [ticket for ticket in tickets if ticket.kind is not TicketKind.COMPLAINT]


def _ticket_page(ticket: Ticket, *, problems: dict[str, str] | None = None, draft: str = "") -> str:
    return render_template(
        "desk/ticket.html",
        page=page_of(desk().services, desk().shelf, _tickets(), ticket),
        ticket=ticket,
        names=_names(),
        states=SETTABLE,
        authors=AUTHORS,
        problems=problems or {},
        draft=draft,
        form_key=secrets.token_hex(8),
    )


def _names() -> dict[str, str]:
    return {agent.id: agent.display_name for agent, _enabled, _ready in desk().staff.everybody()}


def _form_key() -> str:
    """Made with the form, so that the same form sent twice adds one comment."""
    return request.form.get("key", "")[:32] or secrets.token_hex(8)


def _back(ticket: Ticket) -> ResponseReturnValue:
    return redirect(url_for("tickets.show", number=ticket.ref.number), code=303)
