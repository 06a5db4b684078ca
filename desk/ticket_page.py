"""Everything that L1 reads about one ticket, gathered from where it lives."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from desk.wording import LANGUAGE_NAMES
from servicedesk.conversations import Conversation, StoredMessage
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account, AccountId
from servicedesk.store.tables import cases
from servicedesk.ticketing.embedded import EmbeddedTickets, Filter, Ticket
from servicedesk.ticketing.port import Attachment, Comment

if TYPE_CHECKING:
    from servicedesk.bootstrap import Services

logger = logging.getLogger(__name__)

MESSAGES = 200
AUTHORS = {"employee": "Employee", "bot": "Bot (machine)", "agent": "Agent", "notice": "Automatic notice"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketPage:
    verified: bool  # the channel proved who this is
    account: Account | None  # None: not proven, gone, or the directory is down
    directory_down: bool
    conversation: Conversation | None  # None: no answer into the chat is possible
    language: str  # in words
    form: dict[str, Any]  # the escalation form; empty for a ticket that did not come from the bot
    messages: tuple[StoredMessage, ...]
    comments: tuple[Comment, ...]
    attachments: tuple[Attachment, ...]
    others: tuple[Ticket, ...]  # this person's other tickets

    @property
    def can_answer(self) -> bool:
        return self.conversation is not None and bool(self.form)


def page_of(services: Services, tickets: EmbeddedTickets, ticket: Ticket) -> TicketPage:
    conversation = services.conversations.get(ticket.conversation) if ticket.conversation else None
    account, directory_down = _account(services, ticket.requester)
    others = tickets.list(Filter(requester=ticket.requester), limit=20).tickets if ticket.requester else ()
    return TicketPage(
        verified=ticket.requester is not None,
        account=account,
        directory_down=directory_down,
        conversation=conversation,
        language=LANGUAGE_NAMES.get(ticket.language, ticket.language),
        form=_form(services, ticket.key),
        messages=services.conversations.messages(conversation.id, limit=MESSAGES) if conversation else (),
        comments=tickets.view(ticket.ref).comments,
        attachments=tickets.attachments(ticket.ref),
        others=tuple(other for other in others if other.ref != ticket.ref),
    )


def _account(services: Services, requester: str | None) -> tuple[Account | None, bool]:
    if requester is None:
        return None, False
    try:
        return services.directory.find(AccountId(requester)), False
    except DirectoryError:
        logger.warning("a ticket page is shown without its account: the directory does not answer")
        return None, True


def _form(services: Services, reference: str) -> dict[str, Any]:
    with services.store.transaction() as connection:
        draft = connection.execute(
            select(cases.c.draft).where(cases.c.reference == reference)
        ).scalar_one_or_none()
    return dict(draft or {})
