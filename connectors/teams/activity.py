"""A Bot Framework activity as far as we use it. Whatever cannot be read is empty: nothing in here raises.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_ID = 512  # a conversation's id in a channel has some 90 characters
_AT = re.compile(r"</?at(?: [^<>]{0,200})?>")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    type: str
    id: str
    name: str  # of an invoke
    text: str  # without the mention of the bot
    mentioned: bool  # the bot, by name
    value: Mapping[str, Any]  # what a card or a dialog sent
    reply_to: str
    action: str  # of an installationUpdate

    channel: str
    service_url: str
    tenant: str
    conversation: str
    kind: str  # personal, groupChat, channel
    user: str  # "29:…", known to this bot only
    object_id: str  # of the person in Entra; proven by the token, as all of this is
    bot: str  # "28:…"
    added: tuple[str, ...]  # who came into the conversation
    locale: str | None
    from_bot: bool

    @property
    def private(self) -> bool:
        return self.kind == "personal"


def read(data: Mapping[str, Any]) -> Activity:
    """The activity in a request's body, once the request has been proven."""
    sender, recipient = _object(data, "from"), _object(data, "recipient")
    conversation, channel_data = _object(data, "conversation"), _object(data, "channelData")
    bot = _text(recipient, "id", MAX_ID)
    user = _text(sender, "id", MAX_ID)
    return Activity(
        type=_text(data, "type", 64),
        id=_text(data, "id", MAX_ID),
        name=_text(data, "name", 128),
        text=_spoken(data, bot),
        mentioned=bool(_mentions(data, bot)),
        value=_object(data, "value"),
        reply_to=_text(data, "replyToId", MAX_ID),
        action=_text(data, "action", 64),
        channel=_text(data, "channelId", 64),
        service_url=_text(data, "serviceUrl", 2048),
        tenant=_text(_object(channel_data, "tenant"), "id", 64) or _text(conversation, "tenantId", 64),
        conversation=_text(conversation, "id", MAX_ID),
        kind=_text(conversation, "conversationType", 32),
        user=user,
        object_id=_text(sender, "aadObjectId", 64).lower(),
        bot=bot,
        added=tuple(_text(member, "id", MAX_ID) for member in _objects(data, "membersAdded")),
        locale=_locale(data),
        from_bot=user.startswith("28:") or _text(sender, "role", 32).lower() in ("bot", "skill"),
    )


def _spoken(data: Mapping[str, Any], bot: str) -> str:
    """The text as the person typed it. Only the mention of this bot goes: others are part of the sentence."""
    text = data.get("text")
    if not isinstance(text, str):
        return ""
    for mention in _mentions(data, bot):
        text = text.replace(mention, " ", 1)
    text = _AT.sub("", text)
    if "&nbsp;" in text or data.get("textFormat") == "xml":
        text = html.unescape(text)
    return text.replace("\u00a0", " ").strip()


def _mentions(data: Mapping[str, Any], bot: str) -> list[str]:
    """How the bot is named in the text, once for each time."""
    found = []
    for entity in _objects(data, "entities"):
        named = _text(_object(entity, "mentioned"), "id", MAX_ID)
        words = _text(entity, "text", 1024)
        if entity.get("type") == "mention" and words and bot and named == bot:
            found.append(words)
    return found


def _locale(data: Mapping[str, Any]) -> str | None:
    tags = [_text(data, "locale", 35)]
    tags += [_text(e, "locale", 35) for e in _objects(data, "entities") if e.get("type") == "clientInfo"]
    return next((tag for tag in tags if _LOCALE.fullmatch(tag)), None)


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _objects(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = data.get(name)
    if not isinstance(value, list):
        return []
    return [item for item in value[:100] if isinstance(item, dict)]


def _text(data: Mapping[str, Any], name: str, limit: int) -> str:
    """A string that is neither too long nor holds what no id, name or address holds; else ""."""
    value = data.get(name)
    if not isinstance(value, str) or len(value) > limit or not value.isprintable():
        return ""
    return value
