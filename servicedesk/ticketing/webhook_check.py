"""Whether the ticket system's webhook has reached us, for `python -m servicedesk.ticketing check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.settings import database_url, desk_url
from servicedesk.settings_reader import Reader
from servicedesk.store import Store, StoreUnavailable
from servicedesk.ticket_hooks import HEARD, REFUSED, last
from servicedesk.ticketing.settings import TicketingSettings


def webhook_findings(read: Reader, settings: TicketingSettings) -> Iterator[Finding]:
    """Raises SettingsError."""
    asked = f"asked every {settings.poll_seconds} s"
    if settings.webhook_secret is None:
        yield note("webhook", f"off: TIER0_TICKETING_WEBHOOK_SECRET_FILE is not set; {asked}")
        return
    address = f"POST {desk_url(read)}/tickets/changed/{settings.system}"
    try:
        heard, refused = _last(database_url(read), settings.system)
    except (StoreUnavailable, SQLAlchemyError) as err:
        yield note("webhook", f"{address}: whether it was called is in the database ({type(err).__name__})")
        return
    if heard is not None:
        yield ok("webhook", f"{address}: heard last {_at(heard)}")
    elif refused is None:
        yield note("webhook", f"{address}: never called yet; {asked}")
    if refused is not None and (heard is None or refused > heard):
        says = note if heard is not None else wrong  # once it was right, others may knock
        yield says("webhook", f"{address}: called {_at(refused)} without the right secret, and refused")


def _last(url: str, system: str) -> tuple[datetime | None, datetime | None]:
    store = Store(url)
    try:
        with store.reading() as connection:
            return last(connection, HEARD, system), last(connection, REFUSED, system)
    finally:
        store.close()


def _at(moment: datetime) -> str:
    return moment.strftime("%d %b %Y %H:%M UTC")
