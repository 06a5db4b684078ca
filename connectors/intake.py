"""The first half of the path: verified -> stored. Nothing here talks to the dialogue.

What is stored is redacted; a code that is waited for is taken out and checked first, and is stored nowhere
(S3, D3)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import Connection

from bot.nlu.text import as_typed
from connectors.actions_client import ActionsClient, ActionsUnavailable, CodeOutcome
from connectors.codes import code_in
from connectors.envelope import Envelope, Item, ItemKind, harmless, has_words
from connectors.inbox import Inbox
from connectors.transcript import Transcript
from servicedesk.buttons import Buttons, PressOutcome, looks_like_token
from servicedesk.conversations import Conversation, Conversations
from servicedesk.store import Store

logger = logging.getLogger(__name__)

CODE_PLACEHOLDER = "[code]"
CODE_ENTERED = "/code_entered"
EARLIER_WORK_SECONDS = 15.0  # with the actions client's time-out, well inside the lease


class Redaction(Protocol):
    """What the intake needs of servicedesk.redaction.Redacted."""

    @property
    def text(self) -> str: ...
    @property
    def password(self) -> bool: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Stored: it will be answered. `code` is set while a possible code has still to be checked."""

    key: str
    conversation: Conversation
    new: bool
    code: str = ""
    text: str = ""  # what was typed round the code

    @property
    def settled(self) -> bool:
        return not self.code


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
        redact: Callable[[str], Redaction],
        max_characters: int,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._conversations = conversations
        self._buttons = buttons
        self._transcript = transcript
        self._actions = actions
        self._redact = redact
        self._max_characters = max_characters

    def take(self, envelope: Envelope) -> Receipt:
        """Store what came in. The same key again stores nothing. Raises StoreUnavailable; blocks."""
        conversation = self._conversations.open(
            channel=envelope.channel,
            tenant=envelope.tenant,
            channel_user=envelope.channel_user,
            account=envelope.account,
            private=envelope.private,
            language=envelope.locale,
        )
        key = inbound_key(conversation, envelope.key)
        text = harmless(envelope.text[: self._max_characters + 1])
        token = envelope.button or (text if looks_like_token(text) else "")
        code = "" if token else envelope.code or code_in(text) or ""
        with self._store.transaction() as connection:
            if code:
                item = Item(kind=ItemKind.CODE)
                new = self._inbox.put(connection, key=key, conversation=conversation.id, item=item, held=True)
                return Receipt(
                    key=key, conversation=conversation, new=new, code=code if new else "", text=text
                )
            if not token:
                item, shown = self._words(text)
                new = self._inbox.put(connection, key=key, conversation=conversation.id, item=item)
                if new:
                    self._transcript.heard(connection, key=key, conversation=conversation.id, text=shown)
                return Receipt(key=key, conversation=conversation, new=new)
            new = self._press(connection, key, conversation, token)
            return Receipt(key=key, conversation=conversation, new=new)

    def _press(self, connection: Connection, key: str, conversation: Conversation, token: str) -> bool:
        """A button is spent in the transaction that stores the press: neither happens without the other."""
        # Stored first, without knowing as what: a redelivery must not press again.
        unsettled = Item(kind=ItemKind.SAY)
        if not self._inbox.put(connection, key=key, conversation=conversation.id, item=unsettled, held=True):
            return False
        press = self._buttons.press(connection, conversation.id, token)
        pressed = press.outcome is PressOutcome.PRESSED
        item = Item(kind=ItemKind.PAYLOAD, value=press.payload) if pressed else _NOT_PRESSED[press.outcome]
        self._inbox.settle(connection, key=key, item=item)
        self._transcript.heard(
            connection,
            key=key,
            conversation=conversation.id,
            text=press.title or "…",
            pressed=press.id if pressed else "",
        )
        return True

    async def check_code(self, receipt: Receipt) -> None:
        """Have the code checked, after what was said before it has been worked on, and free the row.

        Where the check cannot be made the code counts as not given (the answer is no)."""
        await self._wait_for_earlier(receipt.key)
        try:
            outcome = await self._actions.try_code(
                conversation=receipt.conversation.id,
                channel_user=receipt.conversation.channel_user,
                code=receipt.code,
            )
        except ActionsUnavailable as err:
            logger.warning("a code could not be checked: %s", err)
            item, shown = Item(kind=ItemKind.SAY, value="utter_try_again"), CODE_PLACEHOLDER
        else:
            if outcome is CodeOutcome.NONE and receipt.text:
                item, shown = await asyncio.to_thread(self._words, receipt.text)
            else:
                item, shown = Item(kind=ItemKind.PAYLOAD, value=CODE_ENTERED), CODE_PLACEHOLDER
        await asyncio.to_thread(self._settle, receipt, item, shown)

    def _settle(self, receipt: Receipt, item: Item, shown: str) -> None:
        with self._store.transaction() as connection:
            if self._inbox.settle(connection, key=receipt.key, item=item):
                self._transcript.heard(
                    connection, key=receipt.key, conversation=receipt.conversation.id, text=shown
                )

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
        # as_typed comes last: taking something out may leave a slash at the front (U4).
        item = Item(kind=ItemKind.TEXT, value=as_typed(redacted.text.strip()), burnt=redacted.password)
        return item, redacted.text


_NOT_PRESSED = {
    PressOutcome.DONE: Item(kind=ItemKind.SAY, value="utter_button_done"),
    PressOutcome.EXPIRED: Item(kind=ItemKind.SAY, value="utter_button_expired"),
}


def inbound_key(conversation: Conversation, message_id: str) -> str:
    """The channel's id, made unique: a client's own id means something in its conversation only."""
    parts = f"{conversation.id}\x1f{message_id}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:40]
