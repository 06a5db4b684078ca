"""Buttons: a signed id in the employee's hands, what it does on our side (S9, U12).

A token is `btn.<id>.<key version>-<mac>`. It is bound to one conversation, lives an hour, and works once:
pressing one button retires all that stood in the same reply."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Connection

from servicedesk.clock import Clock
from servicedesk.keys import KeyRing, Purpose
from servicedesk.store.tables import buttons
from servicedesk.ticket_buttons import ABOUT_A_TICKET, asked_anew

TOKEN = re.compile(r"btn\.([0-9a-f]{32})\.([^\s.-]{1,16})-([0-9a-f]{64})", re.ASCII)
MAX_TITLE = 160
# Answers to "the question above": once another question stands there, they would answer the wrong one.
CONTEXTUAL = ("/affirm", "/deny")
REMINDERS = "/reminders"  # how reminders stand, with the button that turns them on or off
# Who comes back to these after hours or days gets the question anew: they stand in messages that nobody asked for.
ASKED_ANEW = (REMINDERS, ABOUT_A_TICKET)


class PressOutcome(str, Enum):
    PRESSED = "pressed"
    DONE = "done"  # it, or another of its reply, was pressed before
    EXPIRED = "expired"  # too old; and the same for a forged one and somebody else's


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    outcome: PressOutcome
    id: str = ""
    title: str = ""
    payload: str = ""  # to be carried out where it was pressed only


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedButton:
    id: str
    title: str
    token: str
    payload: str


class Buttons:
    def __init__(self, clock: Clock, keys: KeyRing, lifetime: timedelta = timedelta(hours=1)) -> None:
        self._clock = clock
        self._keys = keys
        self._lifetime = lifetime

    def make(self, conversation: str, choices: Sequence[tuple[str, str]]) -> tuple[IssuedButton, ...]:
        """A button for each (title, payload); worth nothing until `keep` has stored it."""
        return tuple(self._make(conversation, title, payload) for title, payload in choices)

    def keep(
        self,
        connection: Connection,
        conversation: str,
        issued: Sequence[IssuedButton],
        *,
        aside: bool = False,
    ) -> None:
        """Store one reply's buttons in the caller's transaction; retire what asked about an earlier reply.

        `aside`: they stand beside the conversation, and what was asked there stays asked."""
        if not issued:
            return
        now = self._clock.now()
        if not aside:
            connection.execute(
                update(buttons)
                .where(
                    buttons.c.conversation == conversation,
                    buttons.c.pressed_at.is_(None),
                    or_(*(buttons.c.payload.startswith(payload) for payload in CONTEXTUAL)),
                )
                .values(expires_at=now)
            )
        group = secrets.token_hex(16)
        for button in issued:
            connection.execute(
                insert(buttons).values(
                    id=button.id,
                    group=group,
                    conversation=conversation,
                    payload=button.payload,
                    title=button.title,
                    expires_at=now + self._lifetime,
                )
            )

    def press(self, connection: Connection, conversation: str, token: str) -> Press:
        """Spend the button in the caller's transaction; of two presses at once, one is DONE."""
        identifier = self._verified_id(conversation, token)
        row = (
            identifier
            and connection.execute(
                select(buttons).where(buttons.c.id == identifier, buttons.c.conversation == conversation)
            ).one_or_none()
        )
        if not row:
            return Press(outcome=PressOutcome.EXPIRED)
        if row.pressed_at is not None:
            return Press(outcome=PressOutcome.DONE, id=row.id, title=row.title)
        now = self._clock.now()
        if (
            not row.expires_at - self._lifetime <= now < row.expires_at
        ):  # F14: a clock set back revives nothing
            return Press(outcome=PressOutcome.EXPIRED, id=row.id, title=row.title, payload=row.payload)
        spent = connection.execute(
            update(buttons)
            .where(buttons.c.id == row.id, buttons.c.pressed_at.is_(None))
            .values(pressed_at=now)
        ).rowcount
        if not spent:
            return Press(outcome=PressOutcome.DONE, id=row.id, title=row.title)
        connection.execute(
            update(buttons)
            .where(buttons.c.group == row.group, buttons.c.pressed_at.is_(None))
            .values(pressed_at=now)
        )
        return Press(outcome=PressOutcome.PRESSED, id=row.id, title=row.title, payload=row.payload)

    def spend(self, connection: Connection, conversation: str, tokens: Sequence[str]) -> bool:
        """What they were for has been done in another way; False where none of them could be pressed any more."""
        changed = connection.execute(
            update(buttons)
            .where(
                buttons.c.conversation == conversation,
                buttons.c.id.in_([id_of(token) for token in tokens]),
                buttons.c.pressed_at.is_(None),
            )
            .values(pressed_at=self._clock.now())
        ).rowcount
        return bool(changed)

    def belongs(self, conversation: str, token: str) -> bool:
        """Whether we made this token for this conversation; whether it still works is another matter."""
        return self._verified_id(conversation, token) is not None

    def live(self, connection: Connection, conversation: str) -> frozenset[str]:
        """The ids that can still be pressed in this conversation, if only to be asked anew."""
        query = select(buttons.c.id).where(
            buttons.c.conversation == conversation,
            buttons.c.pressed_at.is_(None),
            or_(buttons.c.expires_at > self._clock.now(), is_asked_anew()),
        )
        return frozenset(connection.execute(query).scalars())

    def answers(self, connection: Connection, tokens: Sequence[str]) -> frozenset[str]:
        """The ids of those that nobody pressed and that answer the reply that they stand in, if they are too old too: not
        those that are asked anew, which name what they are about, whatever has been said since."""
        query = select(buttons.c.id).where(
            buttons.c.id.in_([id_of(token) for token in tokens]),
            buttons.c.pressed_at.is_(None),
            ~is_asked_anew(),
        )
        return frozenset(connection.execute(query).scalars())

    def _make(self, conversation: str, title: str, payload: str) -> IssuedButton:
        identifier = secrets.token_hex(16)
        version, mac = self._keys.mac(Purpose.BUTTON, identifier, conversation)
        token = f"btn.{identifier}.{version}-{mac}"
        return IssuedButton(id=identifier, title=title[:MAX_TITLE], token=token, payload=payload)

    def _verified_id(self, conversation: str, token: str) -> str | None:
        match = TOKEN.fullmatch(token)
        if match is None:
            return None
        identifier, version, mac = match.groups()
        genuine = self._keys.verify(Purpose.BUTTON, version, mac, identifier, conversation)
        return identifier if genuine else None


def is_asked_anew() -> Any:
    """As a condition on the table."""
    return or_(*(buttons.c.payload.startswith(payload, autoescape=True) for payload in ASKED_ANEW))


def anew(payload: str) -> str | None:
    """What an old button does in place of what it did (S9); None: nothing."""
    return REMINDERS if payload.startswith(REMINDERS) else asked_anew(payload)


def looks_like_token(text: str) -> bool:
    return TOKEN.fullmatch(text) is not None


def id_of(token: str) -> str:
    """The id inside a token, "" where it has not the shape of one. Proves nothing."""
    match = TOKEN.fullmatch(token)
    return match.group(1) if match else ""
