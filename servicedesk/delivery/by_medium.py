"""Several adapters as one: each message goes to the one that carries its medium."""

from __future__ import annotations

from servicedesk.delivery.errors import DeliveryRejected
from servicedesk.delivery.port import Delivery, Medium, Message


class ByMedium:
    def __init__(self, *adapters: Delivery) -> None:
        self._adapters: dict[Medium, Delivery] = {
            medium: adapter for adapter in adapters for medium in adapter.media
        }

    @property
    def media(self) -> frozenset[Medium]:
        return frozenset(self._adapters)

    def send(self, message: Message) -> None:
        adapter = self._adapters.get(message.medium)
        if adapter is None:
            raise DeliveryRejected(f"nothing here sends {message.medium.value}")
        adapter.send(message)
