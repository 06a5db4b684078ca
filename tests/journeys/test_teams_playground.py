"""A whole reset and a handover in Microsoft's own client, by hand as it were: typed, pressed, read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page
from rasa.core.agent import Agent
from rasa.core.channels.channel import register
from sanic import Sanic
from sqlalchemy import select

from bot.responses import label, say
from connectors.richtext import plain
from connectors.runtime import Runtime
from connectors.teams.channel import TeamsInput
from servicedesk.bootstrap import Services, build_front
from servicedesk.directory.embedded import SignIn
from servicedesk.store.tables import inbound, sendings
from servicedesk.teams_settings import TeamsSettings
from tests.connectors.server import serve, stop
from tests.connectors.support import until
from tests.connectors.teams import playground
from tests.connectors.teams.client import WEBHOOK
from tests.connectors.teams.microsoft import APP_ID, SECRET, TENANT, Microsoft, start
from tests.journeys.conftest import ActionsClientInProcess, ticket_of
from tests.journeys.test_password_reset import NEW, OLD
from tests.words import WORDS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
KARI = "kari.nordmann"


@pytest_asyncio.fixture
async def page(agent: Agent, services: Services, tmp_path: Path) -> AsyncIterator[Page]:
    microsoft = Microsoft()
    runner = await start(microsoft)
    secret = tmp_path / "teams.secret"
    secret.write_text(SECRET)
    teams = TeamsSettings(
        app_id=APP_ID,
        tenant=TENANT,
        secret_file=secret,
        openid_url=microsoft.openid_url,
        token_url=microsoft.token_url,
        service_hosts=("127.0.0.1", "localhost"),
    )
    front = build_front(replace(services.settings, teams=teams), services.clock)
    runtime = Runtime(front, actions=ActionsClientInProcess(services))
    app = Sanic("teams_playground", configure_logging=False)
    app.ctx.agent = agent
    register([TeamsInput(runtime)], app, route="/webhooks/")
    server, address = await serve(app)
    async with (
        aiohttp.ClientSession() as http,
        playground.opened(tmp_path, address + WEBHOOK, microsoft, http) as shown,
    ):
        yield shown
    await stop(server)
    await runner.cleanup()


async def test_a_reset_and_a_handover(page: Page, services: Services, work: Callable[[], None]) -> None:
    await page.get_by_text(plain(say("utter_intro", "en")["text"])[:40]).first.wait_for()
    await playground.look(page, "1-welcome")

    await playground.write(page, WORDS["en"].forgotten)
    await button(page, "by_sms").wait_for()
    assert await page.get_by_text(plain(say("utter_intro", "en")["text"])[-40:]).count() == 1, (
        "introduced once"
    )
    await button(page, "by_sms").click()
    await until(lambda: bool(services.delivery.sent_to(phone(services))), 90)
    await page.get_by_text(re.compile(r"ending in 01")).last.wait_for()
    await page.wait_for_timeout(1_000)  # until the pressed card has been redrawn
    await playground.look(page, "2-code-asked")
    assert await page.get_by_role("button", name=label("code_enter", "en")).count() == 1, (
        "one field to type into"
    )
    await playground.write(page, newest_code(services))  # the Playground opens no dialogs; Teams does
    await button(page, "choose_password").wait_for()
    await playground.look(page, "3-link")
    address = await page.locator('a[href*="/reset/"]').last.get_attribute("href")
    assert address
    token = address.rsplit("/", 1)[-1]
    assert services.accounts.change_password(token, NEW).result.value == "done"
    assert services.directory.sign_in(KARI, NEW) is SignIn.OK
    assert services.directory.sign_in(KARI, OLD) is SignIn.WRONG

    for said in (WORDS["en"].person, WORDS["en"].problem, WORDS["en"].details):
        await playground.write(page, said)
        await settled(services)
    await button(page, "urgency_2").click()
    await button(page, "send").click()
    reference = page.get_by_text(re.compile(r"T0-[0-9A-Z]{5}")).last
    await reference.wait_for()
    await page.wait_for_timeout(1_000)
    await playground.look(page, "4-handover")
    found = re.search(r"T0-[0-9A-Z]{5}", await reference.inner_text())
    assert found
    work()
    assert WORDS["en"].problem in ticket_of(services, found.group()).description
    services.cases.agent_reply(found.group(), "Berit", "Try **again** now.")
    work()
    await page.get_by_text(label("from_agent", "en").format(name="Berit")).last.wait_for()
    await playground.look(page, "5-agent")


def button(page: Page, name: str) -> Locator:
    """The newest one of this whole label ("Send it", not "Send it as it is"), whatever hint is filled in."""
    title = re.compile("^" + re.sub(r"\\\{\w+\\\}", ".*", re.escape(label(name, "en"))) + "$")
    return page.get_by_role("button", name=title).or_(page.get_by_role("link", name=title)).last


async def settled(services: Services) -> None:
    """What was typed has been answered, and the answer sent."""

    def quiet() -> bool:
        working = select(inbound.c.id).where(inbound.c.done_at.is_(None))
        sending = select(sendings.c.message).where(sendings.c.state.in_(("queued", "edit")))
        with services.store.reading() as connection:
            return not any(connection.execute(query.limit(1)).first() for query in (working, sending))

    await asyncio.sleep(1)
    await until(quiet, 90)


def phone(services: Services) -> str:
    account = services.directory.find_by_username(KARI)
    assert account
    assert account.phone
    return account.phone.number


def newest_code(services: Services) -> str:
    found = re.search(r"\b\d{6,8}\b", services.delivery.sent_to(phone(services))[0].text)
    assert found
    return found.group()
