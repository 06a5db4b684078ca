"""The Events API: what of a verified event is a message to Tier0, and from whom.

https://docs.slack.dev/apis/events-api. An event that is not for us is nothing: None, and 200."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from connectors.slack.origin import Origin
from connectors.slack.payload import at, text_at
from connectors.slack.text import typed

USER = re.compile(r"[UW][A-Z0-9]{2,20}", re.ASCII)
CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,20}", re.ASCII)
TIMESTAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,8}", re.ASCII)
CLIENT_ID = re.compile(r"[0-9A-Za-z-]{16,64}", re.ASCII)
INSTALLATION = "installation"  # in an address: the bot there is not that of the writer's own workspace
READ_SUBTYPES = ("", "file_share")  # of the rest: edits, deletions, joins, other bots


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Who writes, and where: the parts that make up a conversation."""

    home: str  # the writer's own workspace: another than ours is a stranger (Slack Connect)
    user: str
    channel: str  # "" where Slack does not say: then it is the private chat
    installation: str  # whose bot was written to: it is also the one that answers there
    thread: str = ""

    @property
    def private(self) -> bool:
        return not self.channel or self.channel.startswith("D")

    @property
    def channel_user(self) -> str:
        """A user in a thread of a shared room is another conversation than the same user alone with us."""
        return self.user if self.private else f"{self.user}:{self.channel}:{self.thread}"

    @property
    def address(self) -> dict[str, str] | None:
        if not self.channel:
            return None
        thread = {"thread_ts": self.thread} if self.thread else {}
        abroad = {INSTALLATION: self.installation} if self.installation != self.home else {}
        return {"channel": self.channel, **thread, **abroad}


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackMessage:
    place: Place
    key: str
    text: str
    ts: str


def message_in(body: Any, *, origin: Origin) -> SlackMessage | None:
    """The employee's message in an `event_callback`, None where it is none for us."""
    event = at(body, "event")
    kind, channel, user = text_at(event, "type"), text_at(event, "channel"), text_at(event, "user")
    if not (
        USER.fullmatch(user) and CHANNEL.fullmatch(channel) and TIMESTAMP.fullmatch(text_at(event, "ts"))
    ):
        return None
    to_us = kind == "app_mention" or (kind == "message" and channel.startswith("D"))
    bot_user = text_at(body, "authorizations", 0, "user_id")
    from_machine = bool(at(event, "bot_id")) or at(event, "hidden") is True or user == bot_user
    # `user_team` may be the id of the organisation that our workspace is part of.
    home = origin.home(text_at(event, "user_team") or text_at(event, "team"))
    if not to_us or from_machine or text_at(event, "subtype") not in READ_SUBTYPES or not home:
        return None
    place = Place(
        home=home,
        user=user,
        channel=channel,
        installation=origin.installation,
        thread=_thread(event, shared=channel[0] != "D"),
    )
    own_id = text_at(event, "client_msg_id")
    key = own_id if CLIENT_ID.fullmatch(own_id) else f"{channel}:{event['ts']}"
    return SlackMessage(
        place=place, key=key, text=typed(text_at(event, "text"), bot_user=bot_user), ts=event["ts"]
    )


def _thread(event: Any, *, shared: bool) -> str:
    """In a shared room always a thread, opened where there is none; in a private chat only one that is there."""
    thread = text_at(event, "thread_ts")
    if TIMESTAMP.fullmatch(thread):
        return thread
    return text_at(event, "ts") if shared else ""
