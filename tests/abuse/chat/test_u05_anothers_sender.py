"""U5: use another's REST `sender`. Over HTTP, on the real channel, with the dialogue and the services behind it."""

from __future__ import annotations

import hashlib
import itertools
import re
from types import SimpleNamespace

import aiohttp
import pytest
import pytest_asyncio
import yaml
from rasa.core.channels.channel import register
from sanic import Sanic

from bot.responses import label
from connectors.rest import RestInput
from connectors.runtime import Runtime
from connectors.tokens import FILE_NAME
from servicedesk.bootstrap import build_front
from servicedesk.directory.demo import demo_id
from tests.connectors.server import REST, serve, stop
from tests.journeys.conftest import LANGUAGES, WELL, ActionsClientInProcess, ticket_of
from tests.words import WORDS

NUMBERS = itertools.count()  # Sanic keeps every app under its name
YES = {"nb": "ja", "sv": "ja", "de": "ja", "en": "yes"}
PORTAL, DASHBOARD = "token-of-the-portal-that-signs-people-in", "token-of-some-dashboard-or-other"


@pytest_asyncio.fixture
async def send(agent, services):
    """`send(sender, message, token)`: the list that REST answers."""
    listed = [
        {"name": name, "sha256": hashlib.sha256(token.encode()).hexdigest(), "trusted": trusted}
        for name, token, trusted in (("portal", PORTAL, True), ("dashboard", DASHBOARD, False))
    ]
    (services.settings.state_dir / FILE_NAME).write_text(yaml.safe_dump(listed))
    runtime = Runtime(
        build_front(services.settings, services.clock), actions=ActionsClientInProcess(services)
    )
    app = Sanic(f"rest_{next(NUMBERS)}", configure_logging=False)
    app.ctx.agent = agent
    register([RestInput(runtime)], app, route="/webhooks/")
    server, address = await serve(app)
    async with aiohttp.ClientSession() as http:

        async def send(sender, message, token="", **more):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            body = {"sender": sender, "message": message, **more}
            async with http.post(address + REST, json=body, headers=headers) as response:
                return await response.json() if response.status == 200 else response.status

        yield send
    await stop(server)


def read(replies) -> SimpleNamespace:
    return SimpleNamespace(
        text="\n".join(reply["text"] for reply in replies),
        buttons={b["title"]: b["payload"] for reply in replies for b in reply.get("buttons", ())},
        custom=[reply.get("custom", {}) for reply in replies],
    )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_name_of_another_opens_nothing_of_theirs(send, services, work, language):
    """Not their code, their tickets, their buttons, their conversation: with no token, and with one that proves nobody."""
    victim, words = WELL[language], WORDS[language]
    await send(victim, words.order, PORTAL)
    await send(victim, words.order_details, PORTAL)
    await send(victim, words.order_when, PORTAL)
    ordered = read(await send(victim, YES[language], PORTAL))
    reference = next(custom["reference"] for custom in ordered.custom if "reference" in custom)
    work()
    number = ticket_of(services, reference).ref.number
    asked = read(await send(victim, words.forgotten, PORTAL))
    assert asked.custom[-1]["type"] == "code_field"
    sms = re.sub(
        r"\{\w+\}", services.directory.find(demo_id(victim)).phone.number[-2:], label("by_sms", language)
    )
    button = asked.buttons.get(sms) or next(iter(asked.buttons.values()))
    sent = len(services.delivery.recent())
    for token in ("", DASHBOARD):
        for claim in (
            {},
            {"metadata": {"account": demo_id(victim), "verified": True}, "account": demo_id(victim)},
        ):
            told = read(await send(victim, words.status, token, **claim))
            assert reference not in told.text
            assert number not in told.text
            reset = read(await send(victim, words.forgotten, token, **claim))
            assert "/reset?lang=" in str(reset.custom), "led to the page where nobody is believed"
        pressed = read(await send(victim, button, token))
        assert "code_field" not in str(pressed.custom)
        for code in ("000000", "111111", "222222", "333333", "444444", "555555"):
            await send(victim, code, token)
    assert len(services.delivery.recent()) == sent, "no code was sent to anybody"
    own = services.conversations.latest_of(demo_id(victim))
    view = services.verification.state(own.id)
    assert (view.state, view.tries_left) == ("open", 5), "U14: nor was a try of theirs used up"


async def test_a_token_that_nobody_gave_out_gets_no_answer(send):
    for token in ("guessed", PORTAL[:-1], PORTAL + "x", PORTAL.upper()):
        assert await send("kari.nordmann", "hei", token) == 401
