"""The demo's phones and mailboxes: what is sent lies in a table, sealed, read by the demo's phone page alone (S3, S4)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import Select

from servicedesk.clock import Clock
from servicedesk.delivery.errors import DeliveryRejected, DeliveryUnavailable
from servicedesk.delivery.port import Medium, Message
from servicedesk.keys import KeyRing, Purpose
from servicedesk.sealing import SealBroken, seal, unseal
from servicedesk.store import Store, StoreUnavailable
from servicedesk.store.tables import deliveries

logger = logging.getLogger(__name__)

UNREADABLE = "…"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    id: int
    medium: Medium
    recipient: str
    subject: str
    text: str
    at: datetime


class EmbeddedDelivery:
    media = frozenset(Medium)

    def __init__(self, store: Store, clock: Clock, keys: KeyRing) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys

    def send(self, message: Message) -> None:
        if not message.recipient.strip():
            raise DeliveryRejected("no recipient")
        try:
            with self._store.transaction() as connection:
                connection.execute(
                    insert(deliveries).values(
                        key=message.key,
                        medium=message.medium.value,
                        recipient=message.recipient,
                        subject=message.subject[:200],
                        text=seal(self._keys, message.key, message.text, purpose=Purpose.PHONE),
                        at=self._clock.now(),
                    )
                )
        except IntegrityError:
            return  # the same key: it was sent before
        except StoreUnavailable as err:
            raise DeliveryUnavailable(str(err)) from err

    def sent_to(self, recipient: str, *, limit: int = 50) -> tuple[Delivered, ...]:
        """What this number or address got, newest first."""
        return self._read(select(deliveries).where(deliveries.c.recipient == recipient), limit)

    def recent(self, *, limit: int = 50) -> tuple[Delivered, ...]:
        """What anybody got, newest first."""
        return self._read(select(deliveries), limit)

    def _read(self, query: Select, limit: int) -> tuple[Delivered, ...]:
        with self._store.transaction() as connection:
            rows = connection.execute(query.order_by(deliveries.c.id.desc()).limit(limit)).all()
        return tuple(
            Delivered(
                id=row.id,
                medium=Medium(row.medium),
                recipient=row.recipient,
                subject=row.subject,
                text=self._opened(row.key, row.text),
                at=row.at,
            )
            for row in rows
        )

    def _opened(self, key: str, sealed: str) -> str:
        try:
            return unseal(self._keys, key, sealed, purpose=Purpose.PHONE)
        except SealBroken:
            logger.warning("a message on the demo's phone cannot be opened: its key is gone")
            return UNREADABLE
