"""A dialogue that behaves like Rasa, an actions process that can be told what to answer, and a chat on
both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.rasa import prepare

prepare()

from rasa.core.channels.channel import UserMessage  # noqa: E402
from sqlalchemy import select  # noqa: E402

from connectors.actions_client import ActionsUnavailable, CodeOutcome, KnownAccount, Overview  # noqa: E402
from connectors.envelope import Envelope  # noqa: E402
from connectors.runtime import Runtime  # noqa: E402
from connectors.transcript import SentReply  # noqa: E402
from connectors.work import Dialogue  # noqa: E402
from servicedesk.buttons import Buttons  # noqa: E402
from servicedesk.channel_links import Evidence  # noqa: E402
from servicedesk.clock import ManualClock  # noqa: E402
from servicedesk.conversations import Conversations, StoredMessage  # noqa: E402
from servicedesk.keys import KeyRing  # noqa: E402
from servicedesk.settings import Settings  # noqa: E402
from servicedesk.store import Store  # noqa: E402
from servicedesk.store.tables import conversations, inbound  # noqa: E402


@dataclass(frozen=True, slots=True)
class Guess:
    language: str
    confidence: float


def identify(text: str, prior: str | None = None) -> Guess:
    """A word list of a few words: the real one is tested with its own sentences."""
    words = set(text.casefold().split())
    for language, marks in {
        "nb": {"jeg", "ikke", "på"},
        "de": {"ich", "nicht"},
        "other": {"je", "suis"},
    }.items():
        if words & marks:
            return Guess(language, 0.95 if language != "other" else 0.9)
    return Guess(prior or "en", 0.5)


def say(key: str, language: str | None, **values: Any) -> dict[str, Any]:
    """Names instead of sentences, so that a test reads which reply it was and in which language."""
    reply: dict[str, Any] = {"text": f"{key} ({language})"}
    if key == "utter_error_reference":
        reply["text"] += f" {values['reference']}"
    if key == "utter_go_private":
        reply["custom"] = {"type": "go_private", "payload": values["payload"]}
    if key == "utter_password_burnt":
        reply["buttons"] = [{"title": "Reset password", "payload": "/password_reset"}]
    return reply


def label(name: str, language: str | None) -> str:
    return f"{name} ({language})"


@dataclass
class FakeActions:
    """The actions process: which code is right in which conversation, and who has which user name."""

    codes: dict[str, str] = field(default_factory=dict)  # conversation -> the code that it waits for
    accounts: dict[str, KnownAccount] = field(default_factory=dict)
    overviews: dict[str, Overview] = field(default_factory=dict)
    listed: list[dict[str, Any]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    down: bool = False
    any_conversation_waits: bool = False

    async def try_code(self, *, conversation: str, channel_user: str, code: str) -> CodeOutcome:
        self._answer()
        self.tried.append(code)
        expected = self.codes.get(conversation)
        if expected is None:
            return CodeOutcome.WRONG if self.any_conversation_waits else CodeOutcome.NONE
        return CodeOutcome.ACCEPTED if code == expected else CodeOutcome.WRONG

    async def account(self, username: str) -> KnownAccount | None:
        self._answer()
        return self.accounts.get(username)

    async def link(self, *, channel: str, tenant: str, user: str, evidence: Evidence) -> KnownAccount | None:
        self._answer()
        return self.accounts.get(evidence.value)

    async def overview(self, *, conversation: str, language: str) -> Overview:
        self._answer()
        return self.overviews.get(conversation, Overview())

    async def people(self) -> list[dict[str, Any]]:
        self._answer()
        return self.listed

    async def close(self) -> None: ...

    def _answer(self) -> None:
        if self.down:
            raise ActionsUnavailable("down")


class FakeDialogue:
    """Stands for Rasa: answers from a table, and saves a turn at its end like the tracker store."""

    def __init__(self) -> None:
        self.heard: list[UserMessage] = []
        self.tracker: list[str] = []
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.intents = {"password": "password_reset", "ticket": "ticket_status", "person": "talk_to_human"}
        self.before: Callable[[UserMessage], Awaitable[None]] | None = None
        self.open_question = False  # whether a form asks

    async def handle(self, message: UserMessage) -> None:
        self.heard.append(message)
        if self.before is not None:
            await self.before(message)
        text = message.text or ""
        for answer in self.answers.get(text, [{"text": f"re: {text}"}]):
            await message.output_channel.send_response(message.sender_id, dict(answer))
        self.tracker.append(message.message_id)

    def handled(self) -> set[str]:
        """The keys of the turns that were saved."""
        return set(self.tracker)

    async def was_handled(self, conversation: str, key: str) -> bool:
        return key in self.handled()

    @property
    def texts(self) -> list[str | None]:
        return [message.text for message in self.heard]

    async def understand(self, text: str, metadata: Mapping[str, Any]) -> str:
        """A word tells the intent; the real understanding has tests of its own."""
        return next((intent for word, intent in self.intents.items() if word in text), "kb_question")

    @property
    def port(self) -> Dialogue:
        return Dialogue(
            handle=self.handle,
            was_handled=self.was_handled,
            understand=self.understand,
            asks=self.asks,
        )

    async def asks(self, conversation: str) -> bool:
        return self.open_question


@dataclass(frozen=True, kw_only=True)
class Front:
    settings: Settings
    clock: ManualClock
    store: Store
    keys: KeyRing
    conversations: Conversations
    buttons: Buttons


@dataclass
class Chat:
    """One process's channel, without HTTP."""

    runtime: Runtime
    dialogue: FakeDialogue
    actions: FakeActions
    front: Front
    count: int = 0

    async def send(
        self, text: str = "", *, user: str = "kari", wait: bool = True, **fields: Any
    ) -> list[SentReply]:
        self.count += 1
        fields.setdefault("key", f"m{self.count}")
        fields.setdefault("channel", "web")
        fields.setdefault("tenant", "")
        receipt = await self.runtime.core.accept(Envelope(channel_user=user, text=text, **fields))
        return list(await self.runtime.core.replies(receipt, timeout=10)) if wait else []

    async def texts(self, text: str = "", **fields: Any) -> list[str]:
        return [reply.text for reply in await self.send(text, **fields)]

    def conversation(self, user: str = "kari") -> str:
        with self.front.store.transaction() as connection:
            query = select(conversations.c.id).where(conversations.c.channel_user == user)
            return str(connection.execute(query).scalar_one())

    def transcript(self, user: str = "kari") -> list[StoredMessage]:
        return list(self.front.conversations.messages(self.conversation(user)))

    def inbound_texts(self) -> list[str]:
        with self.front.store.transaction() as connection:
            return [str(text) for text in connection.execute(select(inbound.c.text)).scalars()]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until the condition holds; a failure after that is the test's."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never happened"
        await asyncio.sleep(0.02)
