"""Everything that L1 reads about one ticket, gathered from where it lives."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.kb.shelf import Shelf
from servicedesk.cases import CaseNotFound
from servicedesk.conversations import Conversation, StoredMessage
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account, AccountId
from servicedesk.handover.ticket_text import LANGUAGE_NAMES
from servicedesk.resolutions import Resolution
from servicedesk.sealed_links import without_links
from servicedesk.ticketing.embedded import EmbeddedTickets, Filter, Ticket
from servicedesk.ticketing.port import Attachment, Comment

if TYPE_CHECKING:
    from servicedesk.bootstrap import Services

logger = logging.getLogger(__name__)

MESSAGES = 200
AUTHORS = {
    "employee": "employee",
    "bot": "bot, a machine",
    "agent": "agent, a person",
    "notice": "automatic notice",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketPage:
    verified: bool  # the channel proved who this is
    account: Account | None  # None: not proven, gone, or the directory is down
    directory_down: bool
    conversation: Conversation | None  # None: no answer into the chat is possible
    language: str  # in words
    form: Mapping[
        str, Any
    ]  # the escalation form (packet_json.py); empty where the bot did not open the ticket
    titles: Mapping[str, str]  # of the articles shown, by "language/id"
    messages: tuple[StoredMessage, ...]
    comments: tuple[Comment, ...]
    attachments: tuple[Attachment, ...]
    others: tuple[Ticket, ...]  # this person's other tickets
    resolution: Resolution | None  # what they said when they were asked whether it is solved

    @property
    def words(self) -> str:
        return str(self.form.get("words", ""))

    @property
    def can_answer(self) -> bool:
        return self.conversation is not None and bool(self.form)


def page_of(services: Services, shelf: Shelf, tickets: EmbeddedTickets, ticket: Ticket) -> TicketPage:
    form = _form(services, ticket.key)
    conversation = services.conversations.get(ticket.conversation) if ticket.conversation else None
    account, directory_down = _account(services, ticket.requester)
    others = tickets.list(Filter(requester=ticket.requester), limit=20).tickets if ticket.requester else ()
    return TicketPage(
        verified=ticket.requester is not None,
        account=account,
        directory_down=directory_down,
        conversation=conversation,
        language=LANGUAGE_NAMES.get(ticket.language, ticket.language),
        form=form,
        titles=_titles(shelf, form),
        messages=_messages(services, conversation),
        comments=tickets.view(ticket.ref).comments,
        attachments=tickets.attachments(ticket.ref),
        others=tuple(other for other in others if other.ref != ticket.ref),
        resolution=services.resolutions.of(ticket.key),
    )


def _messages(services: Services, conversation: Conversation | None) -> tuple[StoredMessage, ...]:
    """What was said, without the links that were meant for the employee only (S4)."""
    if conversation is None:
        return ()
    said = services.conversations.messages(conversation.id, limit=MESSAGES)
    return tuple(replace(message, text=without_links(message.text)) for message in said)


def _account(services: Services, requester: str | None) -> tuple[Account | None, bool]:
    if requester is None:
        return None, False
    try:
        return services.directory.find(AccountId(requester)), False
    except DirectoryError:
        logger.warning("a ticket page is shown without its account: the directory does not answer")
        return None, True


def _form(services: Services, reference: str) -> Mapping[str, Any]:
    try:
        return services.cases.form(reference)
    except CaseNotFound:
        return {}


def _titles(shelf: Shelf, form: Mapping[str, Any]) -> dict[str, str]:
    titles = {f"{a.language}/{a.id}": a.title for a in shelf.articles(internal=True)}
    shown = [f"{article['language']}/{article['id']}" for article in form.get("articles", ())]
    return {key: titles[key] for key in shown if key in titles}
