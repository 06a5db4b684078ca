"""A number that a text message can go to."""

from __future__ import annotations

import re

from servicedesk.delivery.errors import DeliveryRejected
from servicedesk.delivery.port import Medium, Message

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def number_of(message: Message) -> str:
    """The recipient's number in E.164. Raises DeliveryRejected, which does not show it."""
    if message.medium is not Medium.SMS:
        raise DeliveryRejected("this adapter carries text messages only")
    if not _E164.fullmatch(message.recipient):
        raise DeliveryRejected("no number")
    return message.recipient
