"""The whole bot in one process: connectors, Rasa with the trained model, actions, service desk on a database of its own.

`talk` speaks as a person on a channel and hears what the person would read."""

from __future__ import annotations

import asyncio
import json
import os
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.rasa import prepare

prepare()

from rasa.core.agent import Agent  # noqa: E402
from rasa.utils.endpoints import EndpointConfig  # noqa: E402
from rasa_sdk.executor import ActionExecutor  # noqa: E402

from actions.overview import overview  # noqa: E402
from bot import parsing, remote_actions  # noqa: E402
from bot.responses import label  # noqa: E402
from connectors.actions_client import CodeOutcome, KnownAccount, Overview, overview_of  # noqa: E402
from connectors.envelope import Envelope  # noqa: E402
from connectors.runtime import Runtime, asking, understanding  # noqa: E402
from connectors.transcript import SentReply  # noqa: E402
from connectors.work import Dialogue  # noqa: E402
from servicedesk.bootstrap import Services, build_front, build_services  # noqa: E402
from servicedesk.channel_links import Evidence  # noqa: E402
from servicedesk.clock import ManualClock  # noqa: E402
from servicedesk.settings import Settings  # noqa: E402
from servicedesk.ticketing.embedded import Ticket  # noqa: E402
from servicedesk.worker import build_worker  # noqa: E402
from tests.state import StartedBefore  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
MODEL = ROOT / "models" / "tier0.tar.gz"
LANGUAGES = ("nb", "sv", "de", "en")


class ActionsInProcess(EndpointConfig):
    """Rasa's action endpoint without the HTTP between."""

    def __init__(self) -> None:
        super().__init__(url="http://actions.invalid")
        self._executor = ActionExecutor()
        self._executor.register_package("actions")
        self.down = False

    async def request(self, *_: Any, json: dict[str, Any] | None = None, **__: Any) -> Any:
        if self.down:
            raise ConnectionError("the action server is down")
        return await self._executor.run(_plain(json))


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.fixture(scope="session")
def endpoint() -> ActionsInProcess:
    return ActionsInProcess()


@pytest.fixture(scope="session")
def agent(endpoint: ActionsInProcess) -> Agent:
    assert MODEL.exists(), "train first: make train"
    os.chdir(ROOT)
    remote_actions.install()  # as the launcher does
    parsing.install()
    return Agent.load(
        str(MODEL), action_endpoint=endpoint, generator=EndpointConfig(type="bot.responses.Replies")
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The embedded default, in a folder of its own."""
    return Settings(
        state_dir=tmp_path, keys_dir=tmp_path / "keys", database_url=f"sqlite:///{tmp_path / 'tier0.db'}"
    )


@pytest.fixture
def services(
    settings: Settings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    started_before: StartedBefore,
) -> Iterator[Services]:
    started_before(settings.state_dir)
    built = build_services(settings, clock=clock)
    for module in ("actions.turn", "servicedesk.bootstrap"):
        monkeypatch.setattr(f"{module}.current_services", lambda: built)
    yield built
    built.store.close()


class ActionsClientInProcess:
    """What the connector asks the action server, answered by the same code without the HTTP between."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def try_code(self, *, conversation: str, channel_user: str, code: str) -> CodeOutcome:
        result = await asyncio.to_thread(
            self._services.verification.check, conversation=conversation, channel_user=channel_user, code=code
        )
        return CodeOutcome(result.outcome)

    async def account(self, username: str) -> KnownAccount | None:
        found = self._services.directory.find_by_username(username)
        return KnownAccount(account=found.id, language=found.language) if found else None

    async def link(self, *, channel: str, tenant: str, user: str, evidence: Evidence) -> KnownAccount | None:
        found = await asyncio.to_thread(
            self._services.channel_links.account_of,
            channel=channel,
            tenant=tenant,
            user=user,
            evidence=evidence,
        )
        return KnownAccount(account=found.id, language=found.language) if found else None

    async def overview(self, *, conversation: str, language: str) -> Overview:
        found = self._services.conversations.get(conversation)
        assert found
        assert found.private
        return overview_of(await asyncio.to_thread(overview, self._services, found, language))

    async def people(self) -> list[dict[str, Any]]:
        return []

    async def close(self) -> None:
        return None


class Talk:
    """One person in one conversation."""

    def __init__(
        self, runtime: Runtime, services: Services, username: str | None, channel: str, language: str
    ) -> None:
        self._runtime = runtime
        self.services = services
        self.channel = channel
        self.language = language
        self.user = username or "somebody"
        account = services.directory.find_by_username(username) if username else None
        self.account = account.id if account else None
        self.replies: tuple[SentReply, ...] = ()
        self.conversation = ""
        self._count = 0
        self._tenant = _tenant_of(services)

    async def say(self, text: str, *, key: str | None = None) -> str:
        """Type a message; what was answered to it, as one text."""
        return await self._send(key, text=text)

    async def choose(self, name: str) -> str:
        """Press the newest reply's button with this label of responses/."""
        return await self.press(re.sub(r"\{\w+\}", "*", label(name, self.language)))

    async def press(self, title: str) -> str:
        """Press the newest reply's button with this title; `*` stands for whatever was filled in."""
        pattern = re.compile(re.escape(title).replace(r"\*", ".*"))
        for reply in reversed(self.replies):
            for shown, token in reply.choices:
                if pattern.fullmatch(shown):
                    return await self._send(None, text=token)
        raise AssertionError(f"no button {title!r} among {self.buttons}")

    async def enter(self, code: str) -> str:
        """Type a code into the channel's field."""
        return await self._send(None, code=code)

    async def _send(self, key: str | None, **what: str) -> str:
        self._count += 1
        envelope = Envelope(
            channel=self.channel,
            tenant=self._tenant,
            channel_user=self.user,
            account=self.account,
            key=key or f"m{self._count}",
            locale=self.language,
            **what,
        )
        receipt = await self._runtime.core.accept(envelope)
        self.conversation = receipt.conversation.id
        self.replies = await self._runtime.core.replies(receipt, timeout=30)
        return self.last

    @property
    def last(self) -> str:
        return "\n".join(reply.text for reply in self.replies)

    @property
    def buttons(self) -> list[str]:
        return [title for reply in self.replies for title, _ in reply.choices]

    @property
    def custom(self) -> list[dict[str, Any]]:
        return [reply.custom for reply in self.replies if reply.custom]

    def link(self) -> str:
        """The address in the newest link card."""
        return next(str(custom["url"]) for custom in self.custom if custom.get("type") == "link")

    def reference(self) -> str:
        """The reference of the case that was just opened."""
        references = [str(custom["reference"]) for custom in self.custom if custom.get("type") == "reference"]
        assert references, self.last
        return references[0]

    def sms_code(self) -> str:
        """The code in the newest text message to this person."""
        account = self.services.directory.find(self.account)
        assert account
        assert account.phone
        newest = self.services.delivery.sent_to(account.phone.number)[0]
        found = re.search(r"\b\d{6,8}\b", newest.text)
        assert found, newest.text
        return found.group()


def _tenant_of(services: Services) -> str:
    """So that each test has trackers of its own. The folder's name will not do: pytest gives it again."""
    kept = services.settings.state_dir / "tenant"
    if not kept.exists():
        kept.write_text(uuid.uuid4().hex)
    return kept.read_text()


def dialogue_of(agent: Agent) -> Dialogue:
    """The way into the trained bot. Nothing is worked on twice here, so nothing was handled before."""

    async def was_handled(conversation: str, key: str) -> bool:
        return False

    return Dialogue(
        handle=agent.handle_message,
        was_handled=was_handled,
        understand=understanding(lambda: agent),
        asks=asking(lambda: agent),
    )


@pytest_asyncio.fixture
async def talk_as(agent: Agent, services: Services) -> AsyncIterator[Callable[..., Talk]]:
    """`talk_as(username, language)` opens a conversation; `channel="rest"` without a name proves nobody."""
    runtime = Runtime(
        build_front(services.settings, services.clock), actions=ActionsClientInProcess(services)
    )

    runtime.core.start(dialogue_of(agent))
    yield lambda username=None, language="en", channel="web": Talk(
        runtime, services, username, channel, language
    )
    await runtime.core.stop()


@pytest.fixture
def work(services: Services) -> Callable[[], None]:
    """Let the worker do all that is due."""
    worker = build_worker(services)

    def run() -> None:
        for _ in range(5):  # a ticket that is opened lets its comments go
            worker.round()

    return run


def ticket_of(services: Services, reference: str) -> Ticket:
    """The ticket that the worker has opened for this case."""
    found = services.tickets.find(reference)
    assert found is not None
    return services.tickets.get(found.id)


# A demo employee with a phone in each language whose account is well.
WELL = {"nb": "kari.nordmann", "sv": "erik.lindqvist", "de": "lena.schmidt", "en": "emily.clarke"}
