"""What the worker does for each kind of outbox item. Each may be called again for the same key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from servicedesk.accounts import Accounts
from servicedesk.buttons import Buttons
from servicedesk.cases import Cases
from servicedesk.clock import Clock
from servicedesk.conversations import Conversations
from servicedesk.delivery.errors import DeliveryRejected, DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.port import Delivery, Medium, Message
from servicedesk.directory.port import AccountId
from servicedesk.handover.gathering import CaseRequest
from servicedesk.keys import KeyRing
from servicedesk.outbox import LOOK, GiveUp, Handler, Item, Outbox, Settle, TryAgain, fitting
from servicedesk.sealed_links import open_links
from servicedesk.store import Store
from servicedesk.ticket_handlers import TicketHandlers, draft_of
from servicedesk.ticket_news import TicketNews
from servicedesk.ticketing.port import Impact, TicketKind, TicketSystem, Urgency

__all__ = ["REPORTS", "NoticeHandlers", "TicketHandlers", "draft_of", "handlers"]

UNCLEAR_TRIES = 3  # twice the same notice does no harm, a night full of them does
MESSAGE_KEY = 96  # characters of a message's key in the store


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a process of ours wants L1 to look at."""

    category: str
    because: str  # of handover/criteria.yml
    urgency: Urgency
    kind: TicketKind = TicketKind.INCIDENT


REPORTS = {
    "paused": Report(category="access.lockout", because="wrong_codes", urgency=Urgency.HINDERED),
    "not_me": Report(
        category="security",
        because="not_me",
        urgency=Urgency.CANNOT_WORK,
        kind=TicketKind.SECURITY_INCIDENT,
    ),
    "approval_declined": Report(category="security", because="approval_declined", urgency=Urgency.HINDERED),
    "link_stopped": Report(category="access.password", because="link_stopped", urgency=Urgency.CANNOT_WORK),
    "unlock_failed": Report(category="access.lockout", because="unlock_failed", urgency=Urgency.CANNOT_WORK),
    "locked_again": Report(category="access.lockout", because="locked_often", urgency=Urgency.HINDERED),
    "password_unknown": Report(
        category="access.password", because="password_unknown", urgency=Urgency.CANNOT_WORK
    ),
}


class NoticeHandlers:
    def __init__(self, delivery: Delivery, keys: KeyRing) -> None:
        self._delivery = delivery
        self._keys = keys

    def mail(self, item: Item) -> None:
        self._send(item, Medium.MAIL)

    def sms(self, item: Item) -> None:
        self._send(item, Medium.SMS)

    def _send(self, item: Item, medium: Medium) -> None:
        message = Message(
            key=item.key,
            medium=medium,
            recipient=str(item.payload["recipient"]),
            subject=str(item.payload["subject"]),
            text=open_links(self._keys, str(item.payload.get("change", "")), str(item.payload["text"])),
            language=str(item.payload.get("language") or ""),
        )
        try:
            self._delivery.send(message)
        except DeliveryRejected as err:
            raise GiveUp("the recipient is refused") from err
        except DeliveryUnavailable as err:
            raise TryAgain("the message could not be handed over", err.retry_after) from err
        except DeliveryUnclear as err:
            if item.attempt >= UNCLEAR_TRIES:
                raise GiveUp("handed over, and never an answer: it may have arrived") from err
            raise TryAgain("nobody knows whether it arrived") from err


class ChatHandlers:
    def __init__(self, conversations: Conversations, buttons: Buttons) -> None:
        self._conversations = conversations
        self._buttons = buttons

    def say(self, item: Item) -> Settle:
        """Only written here, with the item's end: the channel's connector sends what is written."""
        payload = item.payload
        conversation, text = str(payload["conversation"]), str(payload["text"])

        issued = self._buttons.make(
            conversation, [(choice["title"], choice["payload"]) for choice in payload.get("choices") or ()]
        )
        offered = [{"title": button.title, "token": button.token} for button in issued]

        def settle(connection: Connection) -> None:
            new = self._conversations.say(
                conversation=conversation,
                key=fitting(item.key, MESSAGE_KEY),
                author=str(payload.get("author") or "notice"),
                author_name=str(payload.get("author_name") or ""),
                text=text,
                content={**(payload.get("content") or {}), **({"choices": offered} if offered else {})},
                connection=connection,
            )
            if new:
                self._buttons.keep(connection, conversation, issued)

        return settle


class ReportHandlers:
    def __init__(self, cases: Cases, conversations: Conversations) -> None:
        self._cases = cases
        self._conversations = conversations

    def report(self, item: Item) -> None:
        """Open a case for what a process noticed. The case's own key makes a repeat harmless."""
        payload = item.payload
        report = REPORTS[str(payload["reason"])]
        identifier = payload.get("conversation")
        conversation = self._conversations.get(str(identifier)) if identifier else None
        self._cases.open(
            CaseRequest(
                conversation=conversation.id if conversation else None,
                key=item.key,
                language=(conversation.language if conversation else None) or "en",
                words="",
                because={report.because: {}},
                kind=report.kind.value,
                category=report.category,
                impact=Impact.PERSON,
                urgency=report.urgency,
                account=AccountId(str(payload["account"])),
            )
        )


def handlers(
    *,
    store: Store,
    keys: KeyRing,
    tickets: TicketSystem,
    delivery: Delivery,
    conversations: Conversations,
    accounts: Accounts,
    cases: Cases,
    buttons: Buttons,
    outbox: Outbox | None = None,
    clock: Clock | None = None,
    news: TicketNews | None = None,
) -> Mapping[str, Handler]:
    """One handler a kind; `news` where the tickets are in an outside system."""
    ticket = TicketHandlers(store, tickets, clock=clock, outbox=outbox)
    notice = NoticeHandlers(delivery, keys)
    looking = {LOOK: _nothing_more(lambda item: ticket.look(item, news))} if news else {}
    return {
        **looking,
        "ticket.open": ticket.open,
        "ticket.comment": _nothing_more(ticket.comment),
        "ticket.attach": _nothing_more(ticket.attach),
        "ticket.reopen": _nothing_more(ticket.reopen),
        "ticket.withdraw": _nothing_more(ticket.withdraw),
        "notice.mail": _nothing_more(notice.mail),
        "notice.sms": _nothing_more(notice.sms),
        "chat.say": ChatHandlers(conversations, buttons).say,
        "case.report": _nothing_more(ReportHandlers(cases, conversations).report),
        "account.unlock": _nothing_more(lambda item: accounts.retry_unlock(item.payload)),
        "account.settle": _nothing_more(lambda item: accounts.settle(item.payload)),
        "account.revoke": _nothing_more(lambda item: accounts.revoke_sessions(item.payload)),
    }


def _nothing_more(work: Callable[[Item], None]) -> Handler:
    """A handler whose effect is outside the database: nothing is written with the item's end."""

    def handle(item: Item) -> Settle | None:
        work(item)
        return None

    return handle
