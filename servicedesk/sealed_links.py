"""Links that only their owner may read, while they pass through the dialogue or wait in the queue: sealed, so that whoever
reads a tracker, a ticket, the outbox or a backup holds none (S4, D1). Only the channel that shows the reply to its owner,
and the worker that hands a notice over, open them."""

from __future__ import annotations

import base64
import binascii
import logging
import re

from servicedesk.keys import KeyRing, Purpose
from servicedesk.sealing import SealBroken, seal, unseal

logger = logging.getLogger(__name__)

PLACEHOLDER = "[link]"
_SEALED = re.compile(r"sealed\.([A-Za-z0-9_\-=]{40,2000})")


def seal_link(keys: KeyRing, belongs_to: str, url: str) -> str:
    """What goes through Rasa, the store and L1 in place of the address; good for this conversation or change only."""
    sealed = seal(keys, belongs_to, url, purpose=Purpose.LINK)
    return f"sealed.{base64.urlsafe_b64encode(sealed.encode()).decode()}"


def open_links(keys: KeyRing, belongs_to: str, text: str) -> str:
    """The text with its addresses, for the owner's own channel; one that cannot be opened stays a placeholder."""
    return _SEALED.sub(lambda found: _open(keys, belongs_to, found.group(1)), text)


def without_links(text: str) -> str:
    """The text for everybody else."""
    return _SEALED.sub(PLACEHOLDER, text)


def _open(keys: KeyRing, belongs_to: str, encoded: str) -> str:
    try:
        return unseal(keys, belongs_to, base64.urlsafe_b64decode(encoded).decode(), purpose=Purpose.LINK)
    except (SealBroken, binascii.Error, UnicodeDecodeError):
        logger.warning("a sealed link could not be opened")
        return PLACEHOLDER
