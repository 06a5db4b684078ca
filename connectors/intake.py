"""The first half of the path: verified -> stored. Nothing here talks to the dialogue.

What is stored is redacted; a code that is waited for is taken out and checked first, and is stored nowhere
(S3, D3)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.nlu.text import as_typed
from connectors.actions_client import ActionsClient, ActionsUnavailable, CodeOutcome
from connectors.codes import code_in
from connectors.envelope import CODE_PLACEHOLDER, CONTROLS, Envelope, Item, ItemKind, harmless, has_words
from connectors.identity import Identities, IdentityUnavailable, NotServed
from connectors.inbox import Inbox
from connectors.orders import is_order
from connectors.outgoing import OutgoingQueue
from connectors.preview import edits_of
from connectors.transcript import Transcript
from servicedesk.buttons import Buttons, Press, PressOutcome, anew, id_of, looks_like_token
from servicedesk.clock import Clock
from servicedesk.conversations import KEEP, PUSHED, Conversation, Conversations, conversation_id
from servicedesk.outbox import release
from servicedesk.store import Store

logger = logging.getLogger(__name__)

CODE_ENTERED = "/code_entered"
# These two and the actions client's time-out end inside the lease.
EARLIER_WORK_SECONDS = 15.0
IDENTITY_SECONDS = 8.0


class Redaction(Protocol):
    """What the intake needs of servicedesk.redaction.Redacted."""

    @property
    def text(self) -> str: ...
    @property
    def password(self) -> bool: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Arrival:
    conversation: Conversation
    key: str
    ref: str  # the channel's own id

    def receipt(self, *, new: bool, code: str = "", text: str = "") -> Receipt:
        return Receipt(arrival=self, new=new, code=code, text=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Stored: it will be answered. `code` is set while a possible code has still to be checked."""

    arrival: _Arrival
    new: bool
    code: str = ""
    text: str = ""  # what was typed, the code in it

    @property
    def key(self) -> str:
        return self.arrival.key

    @property
    def conversation(self) -> Conversation:
        return self.arrival.conversation

    @property
    def settled(self) -> bool:
        return not self.code


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """An envelope, and which one of the four it turned out to be."""

    envelope: Envelope
    text: str
    button: str
    control: str
    code: str
    words: tuple[Item, str] | None  # what to do, and how it stands in the transcript
    edits: Mapping[int, str]  # of a preview's window, redacted
    burnt: bool = False  # a password was taken out of them

    @property
    def conversation(self) -> str:
        return conversation_id(self.envelope.channel, self.envelope.tenant, self.envelope.channel_user)


class Intake:
    def __init__(
        self,
        *,
        store: Store,
        inbox: Inbox,
        conversations: Conversations,
        buttons: Buttons,
        transcript: Transcript,
        actions: ActionsClient,
        identities: Identities,
        outgoing: OutgoingQueue,
        redact: Callable[[str], Redaction],
        label: Callable[[str, str | None], str],
        max_characters: int,
        clock: Clock,
    ) -> None:
        self._store = store
        self._clock = clock
        self._inbox = inbox
        self._conversations = conversations
        self._buttons = buttons
        self._transcript = transcript
        self._actions = actions
        self._identities = identities
        self._outgoing = outgoing
        self._redact = redact
        self._label = label
        self._max_characters = max_characters

    def take(self, envelope: Envelope) -> Receipt:
        """Store what came in. The same key again stores nothing. Raises StoreUnavailable; blocks."""
        (outcome,) = self.take_all([envelope])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def take_all(self, envelopes: Sequence[Envelope]) -> list[Receipt | Exception]:
        """Store what came in, all in one transaction; one that cannot be stored does not take the others with it.

        Raises StoreUnavailable: then none was stored. Blocks."""
        read = [self._read(envelope) for envelope in envelopes]  # takes time, and no lock
        outcomes: dict[int, Receipt | Exception] = {}
        # In one order, whatever came first: two processes that store for the same people must not wait for each other.
        by_conversation = sorted(range(len(read)), key=lambda place: read[place].conversation)
        with self._store.transaction(first=True) as connection:
            for place in by_conversation:
                try:
                    with connection.begin_nested():
                        outcomes[place] = self._put(connection, read[place])
                except DBAPIError as err:
                    if isinstance(err, OperationalError) or err.connection_invalidated:
                        raise
                    outcomes[place] = err
                except Exception as err:  # whoever sent this one is told
                    outcomes[place] = err
        return [outcomes[place] for place in range(len(read))]

    def _read(self, envelope: Envelope) -> _Read:
        """What is in it, before anything is known of the conversation."""
        text = harmless(envelope.text[: self._max_characters + 1])
        button = envelope.button or (text if looks_like_token(text) else "")
        control = envelope.control if envelope.control in CONTROLS else ""
        code = "" if button or control else envelope.code or code_in(text) or ""
        words = None if button or control or code else self._words(text)
        edits, burnt = self._edits(envelope.edits or {})
        return _Read(
            envelope=envelope,
            text=text,
            button=button,
            control=control,
            code=code,
            words=words,
            edits=edits,
            burnt=burnt,
        )

    def _edits(self, typed: Mapping[int, str]) -> tuple[dict[int, str], bool]:
        """What was typed into a preview's fields, as it may be kept (D3)."""
        kept, burnt = {}, False
        for number, words in typed.items():
            text = harmless(words[: self._max_characters])
            redacted = self._redact(CODE_PLACEHOLDER if code_in(text) else text)
            kept[number], burnt = redacted.text.strip(), burnt or redacted.password
        return kept, burnt

    def _put(self, connection: Connection, read: _Read) -> Receipt:
        envelope = read.envelope
        conversation = self._conversations.open(
            channel=envelope.channel,
            tenant=envelope.tenant,
            channel_user=envelope.channel_user,
            account=KEEP if envelope.ask_platform else envelope.account,
            private=envelope.private,
            language=envelope.locale,
            address=envelope.address,
            connection=connection,
        )
        if conversation.channel in PUSHED:  # who writes is awake: what was held for the morning comes now
            release(connection, conversation.id, self._clock.now())
        arrival = _Arrival(
            conversation=conversation, key=inbound_key(conversation, envelope.key), ref=envelope.key
        )
        if read.button:
            return self._put_button(connection, arrival, read)
        if read.code:
            return self._put_code(connection, arrival, read.code, read.text)
        if read.words is not None:
            return self._put_item(connection, arrival, *read.words)
        title = self._label(read.control, conversation.language)
        item = Item(kind=ItemKind.PAYLOAD, value=CONTROLS[read.control])
        return self._put_item(connection, arrival, item, title)

    def _put_item(self, connection: Connection, arrival: _Arrival, item: Item, shown: str) -> Receipt:
        new = self._inbox.put(connection, key=arrival.key, conversation=arrival.conversation.id, item=item)
        if new:
            self._hear_item(connection, arrival, item, shown)
        return arrival.receipt(new=new)

    def _put_code(self, connection: Connection, arrival: _Arrival, code: str, text: str) -> Receipt:
        """Only that there is one is stored, and the row held until the code has been checked."""
        item = Item(kind=ItemKind.CODE)
        new = self._inbox.put(
            connection, key=arrival.key, conversation=arrival.conversation.id, item=item, held=True
        )
        return arrival.receipt(new=new, code=code if new else "", text=text)

    def _put_button(self, connection: Connection, arrival: _Arrival, read: _Read) -> Receipt:
        """A button is spent in the transaction that stores the press: neither happens without the other."""
        conversation, token = arrival.conversation.id, read.button
        # Stored first, without knowing as what: a redelivery must not press again.
        unsettled = Item(kind=ItemKind.SAY)
        new = self._inbox.put(
            connection, key=arrival.key, conversation=conversation, item=unsettled, held=True
        )
        if new:
            press = self._buttons.press(connection, conversation, token)
            pressed = press.outcome is PressOutcome.PRESSED
            item = self._pressed(connection, conversation, press, read) if pressed else _not_pressed(press)
            self._inbox.settle(connection, key=arrival.key, item=item)
            self._hear(connection, arrival, press.title or "…", pressed=press.id if pressed else "")
            # Whatever came of it: on a platform the outcome replaces the buttons.
            self._outgoing.changed(connection, conversation, press.id or id_of(token))
        return arrival.receipt(new=new)

    def _pressed(self, connection: Connection, conversation: str, press: Press, read: _Read) -> Item:
        edits: tuple[dict[str, str], ...] = ()
        if read.edits:
            edits = edits_of(self._transcript.card_of(connection, conversation, press.id), read.edits)
        return Item(kind=ItemKind.PAYLOAD, value=press.payload, burnt=read.burnt, edits=edits)

    def _hear_item(self, connection: Connection, arrival: _Arrival, item: Item, shown: str) -> None:
        """Only words that the dialogue gets take the conversation further: after an empty message it stands where it
        stood, and so do its buttons."""
        typed = item.kind is ItemKind.TEXT
        if typed and arrival.conversation.channel in PUSHED:
            self._outgoing.talked_on(connection, arrival.conversation.id)
        self._hear(connection, arrival, shown, typed=typed)

    def _hear(
        self,
        connection: Connection,
        arrival: _Arrival,
        shown: str,
        *,
        pressed: str = "",
        typed: bool = False,
    ) -> None:
        self._transcript.heard(
            connection,
            key=arrival.key,
            conversation=arrival.conversation.id,
            text=shown,
            pressed=pressed,
            ref=arrival.ref,
            typed=typed,
        )

    async def check_code(self, receipt: Receipt) -> None:
        """Have the code checked, after what was said before it has been worked on, and free the row.

        Where the check cannot be made the code counts as not given (the answer is no)."""
        await self._wait_for_earlier(receipt.key)
        outcome = None
        try:
            asked = self._identities.establish(receipt.conversation, for_account=True)
            await asyncio.wait_for(asked, IDENTITY_SECONDS)
            outcome = await self._actions.try_code(
                conversation=receipt.conversation.id,
                channel_user=receipt.conversation.channel_user,
                code=receipt.code,
            )
        except NotServed:
            item, shown = (
                Item(kind=ItemKind.SAY, value="utter_try_again"),
                CODE_PLACEHOLDER,
            )  # the worker says no
        except (ActionsUnavailable, IdentityUnavailable, TimeoutError) as err:
            logger.warning("a code could not be checked: %s", err or type(err).__name__)
            item, shown = Item(kind=ItemKind.SAY, value="utter_try_again"), CODE_PLACEHOLDER
        else:
            if outcome is CodeOutcome.NONE and receipt.text:
                item, shown = await asyncio.to_thread(self._words, receipt.text)
            else:
                item, shown = Item(kind=ItemKind.PAYLOAD, value=CODE_ENTERED), CODE_PLACEHOLDER
        accepted = outcome is CodeOutcome.ACCEPTED
        await asyncio.to_thread(self._settle, receipt, item, shown, accepted)

    def _settle(self, receipt: Receipt, item: Item, shown: str, accepted: bool) -> None:
        with self._store.transaction() as connection:
            if self._inbox.settle(connection, key=receipt.key, item=item):
                self._hear_item(connection, receipt.arrival, item, shown)
                if item.kind is not ItemKind.TEXT:
                    self._outgoing.code_given(connection, receipt.conversation.id, accepted=accepted)

    async def _wait_for_earlier(self, key: str) -> None:
        deadline = asyncio.get_running_loop().time() + EARLIER_WORK_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if await asyncio.to_thread(self._inbox.is_first, key):
                return
            await asyncio.sleep(0.05)

    def _words(self, text: str) -> tuple[Item, str]:
        """What typed words become, and how they stand in the transcript."""
        if not has_words(text):
            return Item(kind=ItemKind.SAY, value="utter_empty"), text or "…"
        if len(text) > self._max_characters:
            return Item(kind=ItemKind.SAY, value="utter_too_long"), self._redact(text).text[:200] + "…"
        redacted = self._redact(text)
        if is_order(redacted.text):
            return Item(kind=ItemKind.SAY, value="utter_order", burnt=redacted.password), redacted.text
        # as_typed comes last: taking something out may leave a slash at the front (U4).
        item = Item(kind=ItemKind.TEXT, value=as_typed(redacted.text.strip()), burnt=redacted.password)
        return item, redacted.text


_NOT_PRESSED = {
    PressOutcome.DONE: Item(kind=ItemKind.SAY, value="utter_button_done"),
    PressOutcome.EXPIRED: Item(kind=ItemKind.SAY, value="utter_button_expired"),
}


def _not_pressed(press: Press) -> Item:
    """Who does not want reminders must not have to be quick, nor who is asked whether a ticket is solved: for an old
    button there is a new one (S9)."""
    again = anew(press.payload) if press.outcome is PressOutcome.EXPIRED else None
    return Item(kind=ItemKind.PAYLOAD, value=again) if again else _NOT_PRESSED[press.outcome]


def inbound_key(conversation: Conversation, message_id: str) -> str:
    """The channel's id, made unique: a client's own id means something in its conversation only."""
    parts = f"{conversation.id}\x1f{message_id}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:40]
