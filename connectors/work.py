"""The second half of the path: stored -> understood by the dialogue -> answered.

Whatever happens in the dialogue, the employee gets an answer (F12, F18)."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rasa.core.channels.channel import UserMessage

from bot.steps import wait_with
from connectors.envelope import CODE_PLACEHOLDER, Item, ItemKind
from connectors.identity import Identities, IdentityUnavailable, NotServed
from connectors.inbox import Job
from connectors.intake import CODE_ENTERED
from connectors.language_wish import language_wish
from connectors.output import StoringOutput
from connectors.platform import Platform
from connectors.precedence import Precedence
from connectors.reply import Reply
from connectors.rooms import FOR_ALL, GO_PRIVATE, Rooms, intent_of
from connectors.transcript import Transcript
from servicedesk.conversations import LANGUAGES, Conversation, Conversations
from servicedesk.store import Store, StoreUnavailable

logger = logging.getLogger(__name__)

DEFAULT_LANGUAGE = "en"
OTHER = "other"
OTHER_MIN_WORDS = 3
OTHER_MIN_CONFIDENCE = 0.7
OTHER_SCRIPT_CONFIDENCE = 0.95  # a foreign script is recognised without counting words
CLEAR_WORDS, CLEAR_CONFIDENCE = 12, 0.95  # of an answer that changes the language
DIALOGUE_SECONDS = 45.0
MAX_ATTEMPTS = 3
ABOUT_ACCOUNTS = frozenset(
    {"code_entered", "password_reset", "account_unlock", "unlock_instead", "use_factor", "approval_answer"}
)
_MARKER = re.compile(r"\[[a-z ]+\]")
_WORD = re.compile(r"[^\W\d_]+")


class Guess(Protocol):
    @property
    def language(self) -> str: ...
    @property
    def confidence(self) -> float: ...


Identify = Callable[[str, str | None], Guess]
Say = Callable[..., dict[str, Any]]  # bot.responses.say
Handler = Callable[[UserMessage], Awaitable[Any]]
WasHandled = Callable[[str, str], Awaitable[bool]]
Understand = Callable[[str, Mapping[str, Any]], Awaitable[str]]
Asks = Callable[[str], Awaitable[bool]]


async def _nothing_asked(conversation: str) -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialogue:
    """The way into Rasa. `was_handled(conversation, key)`: did an earlier attempt reach the tracker?
    `understand(text, metadata)`: the intent of a message, without answering it.
    `asks(conversation)`: is a form's question open, which the next message answers?"""

    handle: Handler
    was_handled: WasHandled
    understand: Understand
    asks: Asks = _nothing_asked


class Worker:
    def __init__(
        self,
        *,
        store: Store,
        conversations: Conversations,
        transcript: Transcript,
        identities: Identities,
        rooms: Rooms,
        platforms: Mapping[str, Platform],
        identify: Identify,
        say: Say,
        precedence: Precedence,
        company: str,
        max_characters: int,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._transcript = transcript
        self._identities = identities
        self._rooms = rooms
        self._platforms = platforms
        self._identify = identify
        self._say = say
        self._precedence = precedence
        self._company = company
        self._max_characters = max_characters

    async def work(self, job: Job, dialogue: Dialogue) -> None:
        """Answer one stored message. Raises StoreUnavailable: nothing was lost, try again later."""
        conversation = await asyncio.to_thread(self._conversations.get, job.conversation)
        if conversation is None:  # erased meanwhile
            return
        language = conversation.language or DEFAULT_LANGUAGE
        if job.attempt > MAX_ATTEMPTS:
            logger.error("a message was parked after %d attempts: %s", MAX_ATTEMPTS, job.key[:8])
            await self._reply(
                job, "r-parked", "utter_error_reference", language, reference=job.key[:8].upper()
            )
            return
        item = job.item
        try:
            conversation = await self._identities.establish(conversation, for_account=_about_accounts(item))
        except NotServed as who:
            if not who.silent:
                await self._reply(job, "r-who", "utter_not_served", language, company=self._company)
            return
        except IdentityUnavailable:
            await self._reply(job, "r-who", "utter_try_again", language)
            return
        language = conversation.language or DEFAULT_LANGUAGE
        if (platform := self._platforms.get(conversation.channel)) is not None:
            await platform.meet(conversation)
        if item.kind is ItemKind.SAY:
            await self._reply(job, "r00", item.value, language, limit=self._max_characters)
        elif item.kind is ItemKind.CODE:
            # Whoever checked this code died. The dialogue looks the outcome up itself.
            await asyncio.to_thread(self._hear_code, job)
            await self._ask(job, conversation, dialogue, CODE_ENTERED, language, 1.0)
        elif item.kind is ItemKind.PAYLOAD:
            await self._ask(job, conversation, dialogue, item.value, language, 1.0)
            if item.burnt:
                await self._reply(job, "r-burnt", "utter_password_burnt", language)
        else:
            await self._answer_words(job, conversation, dialogue, item)

    async def _answer_words(
        self, job: Job, conversation: Conversation, dialogue: Dialogue, item: Item
    ) -> None:
        left = _MARKER.sub(" ", item.value)
        nothing_left = item.burnt and not _WORD.search(left)
        wish = language_wish(item.value)
        if wish:
            await asyncio.to_thread(
                self._conversations.set_language, conversation.id, wish.language, chosen=True
            )
            # Whatever else stands there is an answer or a question of its own, and the order no part of it.
            words = wish.rest or f'/change_language{{"language_name": "{wish.language}"}}'
            await self._ask(job, conversation, dialogue, words, wish.language, 1.0)
            if item.burnt:
                await self._reply(job, "r-burnt", "utter_password_burnt", wish.language)
            return
        guess = await asyncio.to_thread(self._identify, left, conversation.language)
        if not nothing_left and _is_other_language(left, guess):
            await self._reply(job, "r00", "utter_other_language", DEFAULT_LANGUAGE)
            return
        if await self._only_looks_like(left, guess, conversation, dialogue):
            language, confidence = conversation.language or DEFAULT_LANGUAGE, 1.0 - guess.confidence
        else:
            language, confidence = await self._language(conversation, guess)
        if not nothing_left:
            await self._ask(job, conversation, dialogue, item.value, language, confidence)
        if item.burnt:
            await self._reply(job, "r-burnt", "utter_password_burnt", language)

    async def _only_looks_like(
        self, text: str, guess: Guess, conversation: Conversation, dialogue: Dialogue
    ) -> bool:
        """Names of places, people and programs make an answer look like another language: with a question of ours open,
        only whole sentences change it."""
        if guess.language == conversation.language or not conversation.language:
            return False
        clear = len(_WORD.findall(text)) >= CLEAR_WORDS and guess.confidence >= CLEAR_CONFIDENCE
        return not clear and await dialogue.asks(conversation.id)

    async def _language(self, conversation: Conversation, guess: Guess) -> tuple[str, float]:
        """The language of the reply. One that the employee chose stays until they choose another."""
        known = conversation.language
        if conversation.language_chosen and known:
            return known, 1.0
        if guess.language not in LANGUAGES:
            return known or DEFAULT_LANGUAGE, 1.0 - guess.confidence
        if guess.language != known:
            await asyncio.to_thread(
                self._conversations.set_language, conversation.id, guess.language, chosen=False
            )
        return guess.language, guess.confidence

    async def _ask(
        self,
        job: Job,
        conversation: Conversation,
        dialogue: Dialogue,
        text: str,
        language: str,
        confidence: float,
    ) -> None:
        """Let the dialogue answer; where it does not, say so."""
        if job.attempt > 1 and await dialogue.was_handled(conversation.id, job.key):
            return
        metadata = {
            "channel": conversation.channel,
            "language": language,
            "language_confidence": confidence,
            "key": job.key,
            **({"edits": list(job.item.edits)} if job.item.edits else {}),
        }
        output = StoringOutput(conversation.channel, self._reply_store(job, conversation, language))
        message = UserMessage(
            text=text,
            output_channel=output,
            sender_id=conversation.id,
            input_channel=conversation.channel,
            message_id=job.key,
            metadata=metadata,
        )
        try:
            if not conversation.private and await _is_private_matter(text, metadata, dialogue):
                await self._reply(job, "r00", "utter_go_private", language, payload="")
                await self._rooms.carry_over(conversation, job.key, text, language)
                return
            await self._precedence.go_on()
            wait_with(self._precedence.go_on)
            await asyncio.wait_for(dialogue.handle(message), DIALOGUE_SECONDS)
        except StoreUnavailable:
            raise
        except (
            Exception
        ):  # the outermost edge of the dialogue: it must not leave the employee without an answer
            logger.exception("the dialogue failed on message %s", job.key[:8])
            await self._reply(job, "r-failed", "utter_try_again", language)
            return
        if not output.count:
            await self._reply(job, "r-silent", "utter_try_again", language)

    def _reply_store(
        self, job: Job, conversation: Conversation, language: str
    ) -> Callable[[Reply], Awaitable[None]]:
        count = 0

        async def store(reply: Reply) -> None:
            nonlocal count
            name = f"r{count:02d}"
            count += 1
            await asyncio.to_thread(
                self._transcript.said, key=job.key, name=name, conversation=job.conversation, reply=reply
            )
            if reply.custom.get("type") == GO_PRIVATE and not conversation.private:
                payload = str(reply.custom.get("payload") or "")
                await self._rooms.carry_over(conversation, job.key, payload, language)

        return store

    async def _reply(self, job: Job, name: str, text: str, language: str, **values: Any) -> None:
        reply = Reply.from_rasa(self._say(text, language, **values))
        await asyncio.to_thread(
            self._transcript.said, key=job.key, name=name, conversation=job.conversation, reply=reply
        )

    def _hear_code(self, job: Job) -> None:
        with self._store.transaction() as connection:
            self._transcript.heard(
                connection, key=job.key, conversation=job.conversation, text=CODE_PLACEHOLDER
            )


def _is_other_language(text: str, guess: Guess) -> bool:
    if guess.language != OTHER:
        return False
    words = _WORD.findall(text)
    enough = len(words) >= OTHER_MIN_WORDS and guess.confidence >= OTHER_MIN_CONFIDENCE
    return enough or guess.confidence >= OTHER_SCRIPT_CONFIDENCE


def _about_accounts(item: Item) -> bool:
    """Where who it is must be as good as asked this moment."""
    return item.kind is ItemKind.CODE or (
        item.kind is ItemKind.PAYLOAD and intent_of(item.value) in ABOUT_ACCOUNTS
    )


async def _is_private_matter(text: str, metadata: Mapping[str, Any], dialogue: Dialogue) -> bool:
    intent = intent_of(text) if text.startswith("/") else await dialogue.understand(text, metadata)
    return intent not in FOR_ALL
