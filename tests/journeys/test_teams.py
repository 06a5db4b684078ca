"""What Teams shows and what comes of it in the directory and the desk, in four languages. That it says what the other
channels say is in test_golden.py."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from rasa.core.channels.channel import register
from sanic import Sanic
from sqlalchemy import select

from bot.responses import label
from connectors.richtext import plain
from connectors.runtime import Runtime
from connectors.teams.channel import TeamsInput
from connectors.teams.package import COMMANDS
from connectors.teams.texts import text
from servicedesk.bootstrap import build_front
from servicedesk.directory.embedded import SignIn
from servicedesk.store.tables import messages
from servicedesk.teams_settings import TeamsSettings
from servicedesk.texts import load
from servicedesk.ticketing.port import Urgency
from tests.connectors.server import serve, stop
from tests.connectors.teams.client import TeamsClient
from tests.connectors.teams.microsoft import APP_ID, SECRET, TENANT, Microsoft, Person, Said, start
from tests.journeys.conftest import LANGUAGES, WELL, ActionsClientInProcess, ticket_of
from tests.journeys.test_back_to_the_requester import settle
from tests.journeys.test_handover import DETAILS, PERSON, PROBLEM
from tests.journeys.test_handover import SECRET as TYPED_PASSWORD
from tests.journeys.test_password_reset import FORGOTTEN, NEW, OLD
from tests.words import WORDS

LOCALES = {"nb": "nb-NO", "sv": "sv-SE", "de": "de-DE", "en": "en-GB"}


CORRECTED = {
    "nb": "SAP fryser når jeg lagrer en faktura",
    "sv": "SAP fryser när jag sparar en faktura",
    "de": "SAP friert ein, wenn ich eine Rechnung speichere",
    "en": "SAP freezes when I save an invoice",
}


class TeamsTalk:
    """One employee in the private chat."""

    def __init__(self, client: TeamsClient, services: Any, account: Any, language: str) -> None:
        self.client = client
        self.services = services
        self.account = account
        self.language = language
        self.heard: list[Said] = []

    async def say(self, text: str) -> str:
        self.heard = await self.client.say(text)
        return self.last

    async def choose(self, name: str) -> str:
        said, title = self._button(name)
        self.heard = await self.client.choose(said, title)
        return self.last

    async def enter(self, code: str) -> str:
        said, title = self._button("code_enter")
        dialog = await self.client.open_dialog(said, title)
        before = len(self.client.microsoft.said)
        assert (await self.client.submit(dialog, code))["type"] == "message"
        await self.client.settled()
        self.heard = self.client.microsoft.said[before:]
        return self.last

    async def prove(self) -> None:
        said, title = self._button("code_enter")
        if said.buttons[title]["data"]["factor"] != "sms":
            await self.choose("by_sms")
        account = self.services.directory.find(self.account)
        newest = self.services.delivery.sent_to(account.phone.number)[0]
        await self.enter(re.search(r"\b\d{6,8}\b", newest.text).group())

    @property
    def last(self) -> str:
        return "\n".join(said.text for said in self.heard)

    @property
    def titles(self) -> list[str]:
        return [title for said in self.heard for title in said.buttons]

    def link(self) -> str:
        title = label("choose_password", self.language)
        return next(str(said.buttons[title]["url"]) for said in self.heard if title in said.buttons)

    def reference(self) -> str:
        found = re.search(r"T0-[0-9A-Z]{5}", self.last)
        assert found, self.last
        return found.group()

    def _button(self, name: str) -> tuple[Said, str]:
        wanted = re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(label(name, self.language))))
        for said in reversed(self.client.microsoft.said):
            for title in said.buttons:
                if wanted.fullmatch(title):
                    return said, title
        raise AssertionError(f"no button {name} among {self.titles}")


@pytest_asyncio.fixture
async def teams_as(agent: Any, services: Any, tmp_path: Any) -> AsyncIterator[Callable[..., Any]]:
    microsoft = Microsoft()
    runner = await start(microsoft)
    secret = tmp_path / "teams.secret"
    secret.write_text(SECRET)
    settings = TeamsSettings(
        app_id=APP_ID,
        tenant=TENANT,
        secret_file=secret,
        openid_url=microsoft.openid_url,
        token_url=microsoft.token_url,
        service_hosts=("127.0.0.1",),
    )
    front = build_front(replace(services.settings, teams=settings), services.clock)
    runtime = Runtime(front, actions=ActionsClientInProcess(services))
    own = uuid.uuid4().hex  # pytest gives a folder's name again, and Sanic and Rasa keep what they once had
    app = Sanic(f"teams_{own}", configure_logging=False)
    app.ctx.agent = agent
    register([TeamsInput(runtime)], app, route="/webhooks/")
    server, address = await serve(app)
    people = 0
    async with aiohttp.ClientSession() as http:

        async def meet(language: str) -> TeamsTalk:
            nonlocal people
            people += 1
            account = services.directory.find_by_username(WELL[language])
            person = Person(f"{people:08d}-{own}", f"29:{people}{own}", account.email)
            person.locale = LOCALES[language]
            microsoft.members[person.object_id] = person
            client = TeamsClient(address, http, microsoft, runtime, person)
            client.patience = 60.0
            await client.meet()
            return TeamsTalk(client, services, account.id, language)

        yield meet
        _same_words_as_the_chat_page(runtime, microsoft)
    await stop(server)
    await runner.cleanup()


def _same_words_as_the_chat_page(runtime: Runtime, microsoft: Microsoft) -> None:
    """What the page would show is what is stored; every word of it stands in Teams, in the same order."""
    with runtime.front.store.transaction() as connection:
        rows = connection.execute(
            select(messages.c.text).where(messages.c.author == "bot").order_by(messages.c.id)
        ).scalars()
        stored = [_words(plain(re.sub(r"sealed\.\S+\)", "x)", text))) for text in rows]
    shown = [_words(re.sub(r"\]\([^)]*\)", "]", said.text)) for said in microsoft.said]
    missing = [words for words in stored[1:] if not any(_within(words, there) for there in shown)]
    assert not missing, (missing[0], shown)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _within(words: list[str], there: list[str]) -> bool:
    return any(there[i : i + len(words)] == words for i in range(len(there) - len(words) + 1))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_reset(teams_as, services, language):
    talk = await teams_as(language)
    await talk.say(FORGOTTEN[language])
    await talk.prove()
    token = talk.link().rsplit("/", 1)[-1]
    username = WELL[language]
    assert services.accounts.change_password(token, NEW).result.value == "done"
    assert services.directory.sign_in(username, NEW) is SignIn.OK
    assert services.directory.sign_in(username, OLD) is SignIn.WRONG


@pytest.mark.parametrize("language", LANGUAGES)
async def test_handover_and_l1s_answer(teams_as, services, work, language):
    talk = await teams_as(language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.say(DETAILS[language])
    await talk.choose("urgency_1")
    await talk.choose("send")
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    assert PROBLEM[language] in opened.description
    assert TYPED_PASSWORD[language] not in opened.description
    services.cases.agent_reply(given, "Berit", "Prøv nå.")
    work()
    await talk.client.settled()
    newest = talk.client.microsoft.said[-1]
    assert newest.text == f"**{label('from_agent', language).format(name='Berit')}**\n\nPrøv nå."


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_preview_is_corrected_in_a_dialog_and_sent_as_it_stands_there(
    teams_as, services, work, language
):
    talk = await teams_as(language)
    for words in (PERSON, PROBLEM, DETAILS):
        await talk.say(words[language])
    await talk.choose("urgency_2")
    card, edit = talk._button("preview_edit")
    dialog = await talk.client.open_dialog(card, edit)
    content = dialog["value"]["card"]["content"]
    problem, *told, urgency = [field for field in content["body"] if field["type"] == "Input.Text"]
    assert dialog["value"]["title"] == label("preview_title", language)
    assert problem["value"] == PROBLEM[language]
    struck, kept = told[0], told[1]
    typed = {
        problem["label"]: CORRECTED[language],
        urgency["label"]: label("urgency_1", language),
        struck["label"]: "",
    }
    before = len(talk.client.microsoft.said)
    closed = await talk.client.fill_in(dialog, typed)
    assert closed == {"type": "message", "value": text("received", language)}
    await talk.client.settled()
    talk.heard = talk.client.microsoft.said[before:]
    given = talk.reference()
    assert set(card.buttons) == set(), "the card asks no more: it says what became of it"
    assert card.versions > 1
    work()
    opened = ticket_of(services, given)
    assert CORRECTED[language] in opened.description
    assert PROBLEM[language] not in opened.description.split("\n\n")[0]
    assert struck["value"] not in opened.description
    assert kept["value"] in opened.description
    assert opened.urgency is Urgency.CANNOT_WORK
    again = await talk.client.fill_in(dialog, typed)
    assert again["type"] == "message"
    await talk.client.settled()
    account = services.directory.find(talk.account)
    assert len(services.cases.of_account(account.id)) == 1, "sent once"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_corrects_a_preview_in_the_chat_sends_the_newest(teams_as, services, work, language):
    """The one before shows its lines still, and offers to send them no more."""
    talk = await teams_as(language)
    for words in (PERSON, PROBLEM, DETAILS):
        await talk.say(words[language])
    await talk.choose("urgency_2")
    old, _ = talk._button("send")
    text = old.text
    await talk.say(f"1: {CORRECTED[language]}")
    assert (old.text, old.buttons, old.versions) == (text, {}, 2)
    newest, _ = talk._button("send")
    assert CORRECTED[language] in newest.text
    await talk.choose("send")
    given = talk.reference()
    work()
    assert CORRECTED[language] in ticket_of(services, given).description


async def test_an_answer_at_night_comes_in_the_morning_or_when_the_person_writes(
    teams_as, services, work, clock
):
    """A phone does not ring at 22 for what hinders only; and nobody who is awake has to wait for it."""
    talk = await teams_as("nb")
    for words in (PERSON["nb"], PROBLEM["nb"], DETAILS["nb"]):
        await talk.say(words)
    await talk.choose("urgency_2")
    await talk.choose("send")
    given = talk.reference()
    work()
    clock.advance(timedelta(hours=12))
    assert services.cases.agent_reply(given, "Berit", "Prøv nå.").held
    work()
    await talk.client.settled()
    assert not [said for said in talk.client.microsoft.said if "Prøv nå." in said.text]
    await talk.say("hei")
    work()
    await talk.client.settled()
    assert sum("Prøv nå." in said.text for said in talk.client.microsoft.said) == 1


async def test_whether_it_is_solved_is_asked_and_answered_with_cards(teams_as, services, work):
    talk = await teams_as("en")
    await talk.say(PERSON["en"])
    await talk.say(PROBLEM["en"])
    await talk.choose("just_send")
    given = talk.reference()
    work()
    settle(services, work, given)
    await talk.client.settled()
    asked = talk.client.microsoft.said[-1]
    await talk.say(WORDS["en"].outage)
    assert asked.versions == 1, "about the ticket, whatever is talked of meanwhile"
    await talk.client.choose(asked, load("en")["button_solved"])
    await talk.choose("stars_5")
    await talk.choose("skip")
    assert services.resolutions.of(given).stars == 5


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_command_of_the_app_is_understood(agent, language):
    """The title that Teams writes into the chat when a command is chosen (connectors/teams/package.py)."""
    wanted = ("password_reset", "account_unlock", "ticket_status", "talk_to_human", "help")
    for name, intent in zip(COMMANDS, wanted, strict=True):
        parsed = await agent.parse_message(label(name, language))
        assert parsed["intent"]["name"] == intent, label(name, language)
