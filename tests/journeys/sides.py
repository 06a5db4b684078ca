"""One employee in front of each of the four channels: what is typed and pressed there, and what is read there.

The whole bot in process; REST, Slack and Teams are at the other end of a wire."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, register
from sanic import Sanic
from sqlalchemy import select

from bot.responses import label
from connectors.rest import RestInput
from connectors.richtext import plain
from connectors.runtime import Runtime
from connectors.slack.channel import SlackInput
from connectors.teams.channel import TeamsInput
from connectors.tokens import FILE_NAME
from servicedesk.bootstrap import Services, build_front, build_services
from servicedesk.clock import ManualClock
from servicedesk.settings import Settings
from servicedesk.store.tables import inbound, sendings
from servicedesk.teams_settings import TeamsSettings
from tests.connectors.server import REST, serve, stop
from tests.connectors.slack_api import Person, Posted, Sender, Workspace
from tests.connectors.teams.client import TeamsClient
from tests.connectors.teams.microsoft import APP_ID, SECRET, TENANT, Microsoft, Said
from tests.connectors.teams.microsoft import Person as TeamsPerson
from tests.connectors.teams.microsoft import start as start_teams
from tests.journeys.conftest import ActionsClientInProcess, Talk, dialogue_of

LOCALES = {"nb": "nb-NO", "sv": "sv-SE", "de": "de-DE", "en": "en-GB"}
PORTAL = "token-of-the-intranet-portal"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    text: str  # as it is read, without markup
    buttons: tuple[str, ...]


class Side(Protocol):
    """Each call gives what was answered to it."""

    services: Services

    async def say(self, text: str) -> list[Answer]: ...
    async def choose(self, name: str) -> list[Answer]: ...
    async def enter(self, code: str) -> list[Answer]: ...
    @property
    def factor(self) -> str: ...
    def sms_code(self) -> str: ...


class _Side:
    def __init__(self, services: Services, username: str, language: str) -> None:
        self.services = services
        self.language = language
        self.username = username

    def sms_code(self) -> str:
        account = self.services.directory.find_by_username(self.username)
        assert account
        assert account.phone
        found = re.search(r"\b\d{6,8}\b", self.services.delivery.sent_to(account.phone.number)[0].text)
        assert found
        return found.group()

    def titled(self, name: str, shown: Iterable[str]) -> str:
        """The first title that this label can have become, whatever hint is filled in."""
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(label(name, self.language))))
        return next(title for title in shown if pattern.fullmatch(title))


class OnPage(_Side):
    def __init__(self, talk: Talk, username: str) -> None:
        super().__init__(talk.services, username, talk.language)
        self._talk = talk

    async def say(self, text: str) -> list[Answer]:
        await self._talk.say(text)
        return self._read()

    async def choose(self, name: str) -> list[Answer]:
        await self._talk.choose(name)
        return self._read()

    async def enter(self, code: str) -> list[Answer]:
        await self._talk.enter(code)
        return self._read()

    @property
    def factor(self) -> str:
        return str(self._talk.custom[-1]["factor"])

    def _read(self) -> list[Answer]:
        return [
            Answer(plain(reply.text), tuple(title for title, _ in reply.choices))
            for reply in self._talk.replies
        ]


class OverRest(_Side):
    """A portal that signs its people in itself; a code is typed like anything else."""

    def __init__(self, services: Services, username: str, language: str, http: Any, address: str) -> None:
        super().__init__(services, username, language)
        self._http = http
        self._address = address
        self._replies: list[dict[str, Any]] = []

    async def say(self, text: str) -> list[Answer]:
        headers = {"Authorization": f"Bearer {PORTAL}"}
        body = {"sender": self.username, "message": text}
        async with self._http.post(self._address + REST, json=body, headers=headers) as response:
            assert response.status == 200, await response.text()
            self._replies = await response.json()
        return [
            Answer(plain(reply["text"]), tuple(b["title"] for b in reply.get("buttons", ())))
            for reply in self._replies
        ]

    async def choose(self, name: str) -> list[Answer]:
        shown = {b["title"]: b["payload"] for r in reversed(self._replies) for b in r.get("buttons", ())}
        return await self.say(shown[self.titled(name, shown)])

    async def enter(self, code: str) -> list[Answer]:
        return await self.say(code)

    @property
    def factor(self) -> str:
        return str(next(r["custom"]["factor"] for r in self._replies if "factor" in r.get("custom", {})))


class InSlack(_Side):
    """Reads what stands in Slack: the blocks, not what we think we sent."""

    def __init__(
        self, services: Services, username: str, language: str, workspace: Workspace, person: Person
    ) -> None:
        super().__init__(services, username, language)
        self.workspace = workspace
        self.person = person
        self._seen = 0

    async def say(self, text: str) -> list[Answer]:
        await self.person.say(text)
        return await self.news()

    async def choose(self, name: str) -> list[Answer]:
        shown = [title for message in reversed(self.posted) for title in message.titles]
        await self.person.press(self.titled(name, shown))
        return await self.news()

    async def enter(self, code: str) -> list[Answer]:
        """The button under the question, the modal, the digits."""
        opened = len(self.workspace.views)
        await self.person.press(label("code_enter", self.language))
        while len(self.workspace.views) == opened:
            await asyncio.sleep(0.02)
        assert await self.person.enter(code) == ""
        return await self.news()

    @property
    def factor(self) -> str:
        element = next(e for m in reversed(self.posted) for e in m.buttons if e["action_id"] == "tier0:code")
        return str(element["value"])

    @property
    def posted(self) -> list[Posted]:
        return self.workspace.in_channel(self.person.direct)

    async def news(self) -> list[Answer]:
        """What has come since the last look, once nothing is open any more."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while _is_open(self.services):
            assert asyncio.get_running_loop().time() < deadline, [message.text for message in self.posted]
            await asyncio.sleep(0.05)
        new = self.posted[self._seen :]
        self._seen = len(self.posted)
        for message in new:
            assert message.blocks, "an answer in plain text only: Slack would not have taken the blocks"
        return [Answer(message.text, tuple(message.titles)) for message in new]


class InTeams(_Side):
    def __init__(self, services: Services, username: str, language: str, client: TeamsClient) -> None:
        super().__init__(services, username, language)
        self.client = client

    async def say(self, text: str) -> list[Answer]:
        return self._read(await self.client.say(text))

    async def choose(self, name: str) -> list[Answer]:
        return self._read(await self.client.choose(*self._button(name)))

    async def enter(self, code: str) -> list[Answer]:
        before = len(self.client.microsoft.said)
        dialog = await self.client.open_dialog(*self._button("code_enter"))
        assert (await self.client.submit(dialog, code))["type"] == "message"
        await self.client.settled()
        return self._read(self.client.microsoft.said[before:])

    @property
    def factor(self) -> str:
        said, title = self._button("code_enter")
        return str(said.buttons[title]["data"]["factor"])

    def _button(self, name: str) -> tuple[Said, str]:
        shown = {title: said for said in self.client.microsoft.said for title in said.buttons}
        title = self.titled(name, reversed(shown))
        return shown[title], title

    @staticmethod
    def _read(said: list[Said]) -> list[Answer]:
        return [Answer(_unmarked(one.text), tuple(one.buttons)) for one in said]


def _unmarked(markdown: str) -> str:
    return re.sub(r"\\([\\*\[\]`_])", r"\1", re.sub(r"\]\([^)]*\)", "]", markdown).replace("**", ""))


# --- opening them ---


def house(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Services:
    settings = Settings(
        state_dir=folder, keys_dir=folder / "keys", database_url=f"sqlite:///{folder / 'tier0.db'}", **more
    )
    built = build_services(settings, clock=ManualClock())
    for module in ("actions.turn", "servicedesk.bootstrap"):
        monkeypatch.setattr(f"{module}.current_services", lambda: built)
    return built


@asynccontextmanager
async def on_page(agent: Agent, services: Services, username: str, language: str) -> AsyncIterator[OnPage]:
    runtime = _runtime(services)
    runtime.start(dialogue_of(agent))
    yield OnPage(Talk(runtime, services, username, "web", language), username)
    await runtime.stop()


@asynccontextmanager
async def over_rest(
    agent: Agent, services: Services, username: str, language: str
) -> AsyncIterator[OverRest]:
    # The name makes a tracker of its own: the trained bot keeps them for the whole session.
    name = f"portal{next(_numbers)}"
    entry = {"name": name, "sha256": hashlib.sha256(PORTAL.encode()).hexdigest(), "trusted": True}
    (services.settings.state_dir / FILE_NAME).write_text(yaml.safe_dump([entry]))
    async with _served(agent, RestInput(_runtime(services))) as (http, address):
        yield OverRest(services, username, language, http, address)


@asynccontextmanager
async def in_slack(
    agent: Agent, services: Services, username: str, language: str, workspace: Workspace
) -> AsyncIterator[InSlack]:
    account = services.directory.find_by_username(username)
    assert account
    user = re.sub(r"[^A-Z0-9]", "", f"U{account.id.upper()[:8]}{next(_numbers):04}")
    workspace.add_user(user, locale=LOCALES[language], profile={"email": account.email})
    async with _served(agent, SlackInput(_runtime(services))) as (http, address):
        person = Person(workspace, Sender(http, address, services.clock), user)
        yield InSlack(services, username, language, workspace, person)


@asynccontextmanager
async def in_teams(
    agent: Agent, services: Services, username: str, language: str, microsoft: Microsoft
) -> AsyncIterator[InTeams]:
    account = services.directory.find_by_username(username)
    assert account
    number = next(_numbers)
    person = TeamsPerson(f"{number:08}-{language}", f"29:{number}", account.email, locale=LOCALES[language])
    microsoft.members[person.object_id] = person
    runtime = _runtime(services)
    async with _served(agent, TeamsInput(runtime)) as (http, address):
        client = TeamsClient(address, http, microsoft, runtime, person)
        client.patience = PATIENCE
        await client.meet()
        yield InTeams(services, username, language, client)


@asynccontextmanager
async def a_workspace() -> AsyncIterator[Workspace]:
    made = Workspace()
    await made.start()
    yield made
    await made.stop()


@asynccontextmanager
async def a_tenant(folder: Path) -> AsyncIterator[tuple[Microsoft, TeamsSettings]]:
    microsoft = Microsoft()
    runner = await start_teams(microsoft)
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "teams.secret"
    secret.write_text(SECRET)
    yield (
        microsoft,
        TeamsSettings(
            app_id=APP_ID,
            tenant=TENANT,
            secret_file=secret,
            openid_url=microsoft.openid_url,
            token_url=microsoft.token_url,
            service_hosts=("127.0.0.1",),
        ),
    )
    await runner.cleanup()


_numbers = iter(range(1, 10_000))


def _runtime(services: Services) -> Runtime:
    front = build_front(services.settings, services.clock)
    return Runtime(front, actions=ActionsClientInProcess(services))


@asynccontextmanager
async def _served(agent: Agent, channel: InputChannel) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    app = Sanic(f"journey_{next(_numbers)}", configure_logging=False)
    app.ctx.agent = agent
    app.config.RESPONSE_TIMEOUT = PATIENCE
    register([channel], app, route="/webhooks/")
    server, address = await serve(app)
    async with aiohttp.ClientSession() as http:
        yield http, address
        await stop(server)


def _is_open(services: Services) -> bool:
    working = select(inbound.c.id).where(inbound.c.done_at.is_(None))
    sending = select(sendings.c.message).where(sendings.c.state.in_(("queued", "edit")))
    with services.store.reading() as connection:
        return any(connection.execute(query.limit(1)).first() for query in (working, sending))
