"""How every component of ours reads a message."""

from __future__ import annotations

from typing import Any

from rasa.shared.nlu.constants import METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.text import is_command

VECTOR = "sentence_embedding"
LANGUAGE = "language"
LANGUAGE_CONFIDENCE = "language_confidence"


def words_of(message: Message) -> str | None:
    """What the employee wrote, perhaps nothing; None for a button's payload, which is not understood but obeyed."""
    text = message.get(TEXT) or ""
    return None if is_command(text) else text


def metadata_of(message: Message) -> dict[str, Any]:
    """What the connector said about the message; empty from `/model/parse`."""
    metadata = message.get(METADATA)
    return metadata if isinstance(metadata, dict) else {}
