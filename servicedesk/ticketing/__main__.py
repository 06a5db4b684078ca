"""For administrators: `python -m servicedesk.ticketing check [NAME]`. Exit 0: all well; 1: something is wrong."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Iterator, Sequence

from servicedesk.bootstrap import OUTSIDE_TICKETS
from servicedesk.errors import SettingsError
from servicedesk.findings import Finding, Verdict, note, ok, wrong
from servicedesk.settings_reader import Reader
from servicedesk.ticketing.errors import TicketSystemError
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import (
    Attachment,
    Impact,
    Priority,
    TicketDraft,
    TicketKind,
    TicketState,
    Urgency,
)
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.webhook_check import webhook_findings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.ticketing")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="look at the ticket system of the settings; changes nothing")
    checking.add_argument(
        "name", nargs="?", choices=sorted(OUTSIDE_TICKETS), help="another than TIER0_TICKETING"
    )
    checking.add_argument(
        "--try",
        dest="tries",
        action="store_true",
        help="open a ticket, comment on it, attach a file, find it and withdraw it: shows every right",
    )
    options = parser.parse_args(arguments)
    faults = 0
    for finding in _findings(options.name, tries=options.tries):
        print(finding, flush=True)
        faults += finding.verdict is Verdict.WRONG
    return 1 if faults else 0


def _findings(name: str | None, *, tries: bool) -> Iterator[Finding]:
    read = Reader(os.environ)
    system = name or read.text("TICKETING", "embedded")
    if system == "embedded":
        yield note("settings", "TIER0_TICKETING=embedded: there is no outside ticket system to check")
        return
    try:
        if system not in OUTSIDE_TICKETS:
            known = ", ".join(sorted(OUTSIDE_TICKETS))
            raise SettingsError(f"TIER0_TICKETING: {system!r} is none of {known}")
        settings = TicketingSettings.read(read, system)
        settings.secret.read()
        if settings.webhook_secret is not None:
            settings.webhook_secret.read()
        tickets = OUTSIDE_TICKETS[system](settings)
    except SettingsError as err:
        yield wrong("settings", str(err))
        return
    yield ok("settings", f"{system} at {settings.url}")
    yield from webhook_findings(read, settings)
    wrongs = 0
    for finding in tickets.check():
        wrongs += finding.verdict is Verdict.WRONG
        yield finding
    if tries and not wrongs:
        yield from _tried(tickets)


def _tried(tickets: OutsideTickets) -> Iterator[Finding]:
    """The life of a ticket, as employees will cause it. It stays there, withdrawn."""
    key = f"T0-CHECK-{secrets.token_hex(4).upper()}"
    draft = TicketDraft(
        key=key,
        kind=TicketKind.INCIDENT,
        category="other",
        summary="Tier0 looks whether it may open tickets; nothing to do",
        description="Opened by `python -m servicedesk.ticketing check --try`, and withdrawn a moment later. ÆØÅ ß",
        requester=None,
        requester_name="Tier0",
        contact="nobody",
        language="en",
        conversation=None,
        impact=Impact.PERSON,
        urgency=Urgency.CAN_WAIT,
        priority=Priority.LOW,
        assignment_group="",
    )
    file = Attachment(name=f"{key}.txt", media_type="text/plain", content=b"Tier0")
    what = "open"
    try:
        ref = tickets.open(draft)
        yield ok("open", f"ticket {ref.number}")
        for public in (True, False):
            what = "comment" if public else "work note"
            tickets.comment(ref, key=f"{key}:{public}", author="Tier0", text="Only a test.", public=public)
        what = "read back"
        seen = [(comment.public, comment.ours) for comment in tickets.view(ref).comments]
        yield _said(
            "comment",
            sorted(seen) == [(False, True), (True, True)],
            "for the requester, and as a work note",
            "what was written is not read back as it was: may our user read comments and work notes?",
        )
        what = "attach"
        tickets.attach(ref, file)
        yield ok("attach", "a file")
        what = "find"
        found = tickets.find(key)
        if found is None and tickets.search_lag:
            yield note("find", f"not found yet; it may take {tickets.search_lag}")
        else:
            yield _said("find", found == ref, "by our reference", "not found by our reference")
        what = "withdraw"
        tickets.withdraw(ref, key=f"{key}:w", reason="only a test")
        ended = (TicketState.WITHDRAWN, TicketState.CLOSED, TicketState.RESOLVED)
        state = tickets.state(ref)
        yield _said("withdraw", state in ended, f"it is {state.value} now", f"it is {state.value} afterwards")
    except TicketSystemError as err:
        yield wrong(what, f"{type(err).__name__}: {err}")


def _said(about: str, good: bool, fine: str, bad: str) -> Finding:
    return ok(about, fine) if good else wrong(about, bad)


if __name__ == "__main__":
    sys.exit(main())
