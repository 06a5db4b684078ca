"""Presses, modals and the slash command, as a verified request carries them.

https://docs.slack.dev/interactivity/handling-user-interaction. Who presses is `user.id` of the envelope; nothing
else in it says who that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.preview import MAX_LINES
from connectors.slack.events import CHANNEL, TIMESTAMP, USER, Place
from connectors.slack.origin import Origin
from connectors.slack.payload import at, text_at

CHOICE = "tier0:choice"  # a button of a reply; its value is the token
CONTROL = "tier0:control"  # a fixed button of the Home tab; its value is a name of CONTROLS
LANGUAGE = "tier0:language"  # the select of the Home tab; its value is one of LANGUAGES
CODE = "tier0:code"  # opens the modal, and is the modal's own name
CODE_INPUT = "code"
EDIT = "tier0:edit"  # opens the preview's window, and is its name; its value is the token of "send"
LINE = "line"  # a field of it: "line:0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """A pressed button of ours."""

    place: Place
    kind: str  # CHOICE, CONTROL, LANGUAGE, EDIT or CODE
    value: str
    key: str
    message: str  # the ts of the message that it stands in, "" on the Home tab
    trigger: str  # good for three seconds, once
    response_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeGiven:
    place: Place
    typed: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewGiven:
    """A preview that is to be sent as it stands in the window."""

    place: Place
    button: str
    typed: dict[int, str]  # by line
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    place: Place  # of the private chat: what a command is answered with, nobody else reads
    typed: str
    key: str
    asked_in: str  # the channel that it was typed in


def press_in(payload: Any, *, origin: Origin) -> Press | None:
    """The first of `actions` that is ours: Slack sends one."""
    user = text_at(payload, "user", "id")
    action = at(payload, "actions", 0)
    identifier, at_ts = text_at(action, "action_id"), text_at(action, "action_ts")
    kind = ":".join(identifier.split(":")[:2])
    home = origin.home(text_at(payload, "user", "team_id"))
    if not USER.fullmatch(user) or kind not in (CHOICE, CONTROL, CODE, LANGUAGE, EDIT) or not home:
        return None
    container = at(payload, "container")
    channel, message = text_at(container, "channel_id"), text_at(container, "message_ts")
    if (channel and not CHANNEL.fullmatch(channel)) or (message and not TIMESTAMP.fullmatch(message)):
        return None
    thread = text_at(container, "thread_ts") or text_at(payload, "message", "thread_ts")
    return Press(
        place=Place(
            home=home,
            user=user,
            channel=channel,
            installation=origin.installation,
            thread=thread if TIMESTAMP.fullmatch(thread) else "",
        ),
        kind=kind,
        value=text_at(action, "value") or text_at(action, "selected_option", "value"),
        key=f"{message or text_at(container, 'view_id')}:{identifier}:{at_ts}"[:200],
        message=message,
        trigger=text_at(payload, "trigger_id"),
        response_url=text_at(payload, "response_url"),
    )


def code_in(payload: Any, *, origin: Origin) -> CodeGiven | None:
    user, view = text_at(payload, "user", "id"), at(payload, "view")
    home = origin.home(text_at(payload, "user", "team_id"))
    if not USER.fullmatch(user) or text_at(view, "callback_id") != CODE or not home:
        return None
    return CodeGiven(
        place=Place(home=home, user=user, channel="", installation=origin.installation),
        typed=text_at(view, "state", "values", CODE_INPUT, CODE_INPUT, "value"),
        key=text_at(view, "id")[:64],
    )


def preview_in(payload: Any, *, origin: Origin) -> PreviewGiven | None:
    """`private_metadata` names a button only: whether it is this person's, the button itself says (S9)."""
    user, view = text_at(payload, "user", "id"), at(payload, "view")
    home = origin.home(text_at(payload, "user", "team_id"))
    if not USER.fullmatch(user) or text_at(view, "callback_id") != EDIT or not home:
        return None
    return PreviewGiven(
        place=Place(home=home, user=user, channel="", installation=origin.installation),
        button=text_at(view, "private_metadata")[:255],
        typed={
            number: text_at(view, "state", "values", f"{LINE}:{number}", LINE, "value")
            for number in range(MAX_LINES)
            if at(view, "state", "values", f"{LINE}:{number}", LINE) is not None
        },
        key=text_at(view, "id")[:64],
    )


def command_in(form: dict[str, str], *, origin: Origin) -> Command | None:
    user = form.get("user_id", "")
    if not USER.fullmatch(user):
        return None
    return Command(
        place=Place(home=origin.installation, user=user, channel="", installation=origin.installation),
        typed=form.get("text", ""),
        key=form.get("trigger_id", "")[:64],
        asked_in=form.get("channel_id", ""),
    )
