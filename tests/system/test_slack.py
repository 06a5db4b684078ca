"""Slack with all four processes running: the start-up, the way between the processes, and a killed one (F7, F16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.responses import label, say
from connectors.richtext import plain
from servicedesk.clock import SystemClock
from servicedesk.conversations import conversation_id
from tests.connectors.slack_api import APP, SECRET, TEAM, TOKEN, Person, Sender, Workspace
from tests.house import House, open_house
from tests.words import WORDS

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]
SECONDS = 90.0


@pytest.fixture(autouse=True)
def _all_up() -> None:
    """This house is another one than the other tests'."""


@dataclass
class Slack:
    house: House
    workspace: Workspace
    kari: Person


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Slack]:
    workspace = Workspace()
    workspace.add_user("U0KARI")
    await workspace.start()
    for name, secret in (("secret", SECRET), ("token", TOKEN)):
        (tmp_path / name).write_text(secret, encoding="ascii")
    opened = open_house(
        tmp_path / "state",
        TIER0_SLACK_APP_ID=APP,
        TIER0_SLACK_TEAM_ID=TEAM,
        TIER0_SLACK_SIGNING_SECRET_FILE=str(tmp_path / "secret"),
        TIER0_SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"),
        TIER0_SLACK_API_URL=workspace.address,
        TIER0_SLACK_EMAIL_DOMAINS="nordlys.example",
    )
    (tmp_path / "state").mkdir()
    house = await asyncio.to_thread(opened.__enter__)
    account = house.services.directory.find_by_username("kari.nordmann")
    assert account
    assert account.email.endswith("@nordlys.example"), account.email
    workspace.add_user("U0KARI", profile={"email": account.email})
    async with aiohttp.ClientSession() as http:
        yield Slack(house, workspace, Person(workspace, Sender(http, house.settings.chat_url, SystemClock())))
    await asyncio.to_thread(opened.__exit__, None, None, None)
    await workspace.stop()


async def test_a_conversation_goes_on_whatever_is_killed(slack: Slack):
    """Known by the profile, answered, killed between acknowledgement and answer, answered all the same, once."""
    kari, words = slack.kari, WORDS["nb"]
    await kari.say(words.outage)
    first = await kari.read(2, seconds=SECONDS)
    assert first[0].text == plain(say("utter_intro", "nb")["text"])
    conversation = slack.house.services.conversations.get(conversation_id("slack", TEAM, "U0KARI"))
    assert conversation is not None
    assert conversation.proven

    await kari.say(words.forgotten)
    slack.house.kill("rasa")
    found = await kari.read(4, seconds=SECONDS)
    assert [m for m in found if label("code_enter", "nb") in m.titles], [m.text for m in found]

    await asyncio.to_thread(slack.house.wait_until_all_answer)
    await asyncio.sleep(3)  # what comes twice is there by now
    texts = [message.text for message in slack.workspace.in_channel(kari.direct)]
    # At least once: the one message that was on its way at the kill may stand there twice, no other.
    assert len(texts) - len(set(texts)) <= 1, texts
    assert len(slack.house.services.delivery.recent()) <= 1
