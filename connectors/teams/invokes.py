"""What wants an answer in the response itself: buttons, the code dialog, thumbs up and down.

Teams waits about ten seconds and then says "unable to reach app"; nothing here waits for more than the store."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import Any

from connectors.codes import code_typed
from connectors.outgoing import Outgoing
from connectors.preview import MAX_LINES, lines_of
from connectors.runtime import Runtime
from connectors.teams import cards
from connectors.teams.activity import Activity
from connectors.teams.arrivals import Arrivals
from connectors.teams.texts import text
from servicedesk.conversations import LANGUAGES, Conversation

MESSAGE = "application/vnd.microsoft.activity.message"
_NONCE = re.compile(r"[0-9a-f]{32}")
_REACTIONS = {"like": "solved", "dislike": "not_solved"}

Json = dict[str, Any]


class Invokes:
    def __init__(self, runtime: Runtime, arrivals: Arrivals, *, private_chat: str) -> None:
        self._outgoing = runtime.outgoing
        self._label = runtime.label
        self._say = runtime.say
        self._arrivals = arrivals
        self._private_chat = private_chat

    async def answer(self, activity: Activity) -> Json | None:
        """The response's body, None for an empty one. Raises StoreUnavailable."""
        if activity.name == "adaptiveCard/action":
            return await self._press(activity)
        if activity.name == "task/fetch":
            return await self._open_dialog(activity)
        if activity.name == "task/submit":
            return await self._submit_dialog(activity)
        if activity.name == "message/submitAction":
            await self._react(activity)
        return None  # an invoke that we do not know: 501 would only have it sent again

    async def _press(self, activity: Activity) -> Json:
        """The card comes back with the outcome in place of its buttons."""
        token = _object(_object(activity.value.get("action")).get("data")).get("button")
        conversation = await self._arrivals.open(activity)
        language = conversation.language
        if not isinstance(token, str) or not token:
            return _said(text("received", language))
        shown = await self._shown(conversation, activity)
        if shown is None and not activity.private:
            # Who clicks is not who was asked (U12): said to them alone, not to the room.
            return _said(self._say("utter_not_your_button", language)["text"])
        await self._arrivals.press(activity, token)
        shown = await self._shown(conversation, activity)
        if shown is None:
            return _said(text("received", language))
        return {
            "statusCode": 200,
            "type": cards.CARD_TYPE,
            "value": cards.card(shown, private_chat=self._private_chat),
        }

    async def _open_dialog(self, activity: Activity) -> Json | None:
        data = _object(activity.value.get("data"))
        if data.get("dialog") == cards.PREVIEW_DIALOG:
            return await self._open_preview(activity)
        if data.get("dialog") != cards.CODE_DIALOG:
            return None
        language = (await self._arrivals.open(activity)).language
        if not activity.private:
            return _closed(text("code_private", language))
        return _dialog(language, data, nonce=secrets.token_hex(16), wrong=False)

    async def _open_preview(self, activity: Activity) -> Json:
        """The message's own lines, for whoever it was shown to."""
        conversation = await self._arrivals.open(activity)
        shown = await self._shown(conversation, activity)
        if shown is None or not shown.live or not activity.private:
            return _closed(self._say("utter_button_done", conversation.language)["text"])
        language = conversation.language
        content = cards.preview_dialog(language, lines_of(shown.custom), shown.live[0].token)
        card = {"contentType": cards.CARD_TYPE, "content": content}
        return {
            "task": {"type": "continue", "value": {"title": text("preview_title", language), "card": card}}
        }

    async def _submit_preview(self, activity: Activity, data: Json) -> Json:
        """As if its button had been pressed, with what was changed beforehand."""
        language = (await self._arrivals.open(activity)).language
        fields = {number: data.get(f"{cards.FIELD}{number}") for number in range(MAX_LINES)}
        typed = {number: words for number, words in fields.items() if isinstance(words, str)}
        button = data.get("button")
        if activity.private and isinstance(button, str) and button:
            await self._arrivals.press(activity, button, edits=typed)
        return _closed(text("received", language))

    async def _submit_dialog(self, activity: Activity) -> Json | None:
        data = _object(activity.value.get("data"))
        if data.get("dialog") == cards.PREVIEW_DIALOG:
            return await self._submit_preview(activity, data)
        if data.get("dialog") != cards.CODE_DIALOG:
            return None
        language = (await self._arrivals.open(activity)).language
        if not activity.private:
            return _closed(text("code_private", language))
        typed, nonce = data.get("code"), data.get("nonce")
        code = code_typed(typed) if isinstance(typed, str) and len(typed) <= 64 else None
        if code is None or not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
            return _dialog(language, data, nonce=secrets.token_hex(16), wrong=True)
        await self._arrivals.code(activity, code, nonce)
        return _closed(text("code_given", language))

    async def _react(self, activity: Activity) -> None:
        """A thumb says the same as the card's own buttons. What is typed beside it is not kept."""
        reaction = _object(activity.value.get("actionValue")).get("reaction")
        wanted = _REACTIONS.get(reaction) if isinstance(reaction, str) else None
        conversation = await self._arrivals.open(activity)
        shown = await self._shown(conversation, activity)
        if wanted is None or shown is None or shown.custom.get("type") != "article":
            return
        titles = {self._label(wanted, language) for language in LANGUAGES}
        for choice in shown.live:
            if choice.title in titles:
                await self._arrivals.press(activity, choice.token)
                return

    async def _shown(self, conversation: Conversation, activity: Activity) -> Outgoing | None:
        """The message that the activity answers to, if it stands in this conversation."""
        if not activity.reply_to:
            return None
        return await asyncio.to_thread(self._outgoing.find, conversation.id, activity.reply_to)


def _dialog(language: str | None, data: Json, *, nonce: str, wrong: bool) -> Json:
    digits, factor = data.get("digits"), data.get("factor")
    content = cards.code_dialog(
        language,
        digits=digits if digits in (6, 7, 8) else 6,
        factor=factor if isinstance(factor, str) else "",
        nonce=nonce,
        wrong=wrong,
    )
    card = {"contentType": cards.CARD_TYPE, "content": content}
    value = {"title": text("code_title", language), "height": "small", "width": "small", "card": card}
    return {"task": {"type": "continue", "value": value}}


def _closed(words: str) -> Json:
    return {"task": {"type": "message", "value": words}}


def _said(words: str) -> Json:
    return {"statusCode": 200, "type": MESSAGE, "value": words}


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
