"""The first words in a private chat: who this is, what is kept, how to reach a person (D5), and what one can begin with.

When the app comes to somebody, or before the first answer to who was faster than that; once a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.envelope import CONTROLS, STARTERS
from connectors.reply import Choice, Reply
from connectors.transcript import Transcript
from servicedesk.conversations import Conversation


class Welcome:
    def __init__(
        self,
        transcript: Transcript,
        say: Callable[..., dict[str, Any]],
        label: Callable[[str, str | None], str],
    ) -> None:
        self._transcript = transcript
        self._say = say
        self._label = label

    def say_once(self, conversation: Conversation) -> None:
        """Blocks. Raises StoreUnavailable."""
        key, language = f"{conversation.id}.welcome", conversation.language
        if self._transcript.replies_to(key=key, conversation=conversation.id):
            return
        greeting = Reply(
            text=self._say("utter_intro", language)["text"],
            choices=tuple(Choice(self._label(name, language), CONTROLS[name]) for name in STARTERS),
        )
        self._transcript.said(key=key, name="r00", conversation=conversation.id, reply=greeting)
