"""The Home tab in Slack, and the line that says that an answer is being worked on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.responses import label as real_label
from bot.responses import say as real_say
from connectors.actions_client import Overview, TicketLine
from connectors.runtime import Runtime
from connectors.slack import home, status
from connectors.slack.blocks import Block
from connectors.slack.home_view import TicketButtons, home_view
from connectors.slack.status import Status
from servicedesk.conversations import LANGUAGES
from servicedesk.store import StoreUnavailable
from servicedesk.ticket_buttons import TicketAnswer, answer
from tests.connectors.slack_api import Fault, Posted, _texts, _view_error, payload
from tests.connectors.support import until
from tests.connectors.test_slack import Slack, front, slack, workspace

__all__ = ["front", "slack", "workspace"]  # fixtures

VPN = TicketLine(reference="T0-7KQ2M", text="- **T0-7KQ2M**: vpn, being worked on")
MAIL = TicketLine(reference="T0-9ABCD", text="- **T0-9ABCD**: mail, received")


def shown(slack: Slack) -> list[Block]:
    return list(slack.workspace.homes["U0KARI"]["blocks"])


def words(slack: Slack) -> str:
    return "".join(_texts(shown(slack)))


def elements(slack: Slack, kind: str = "button") -> list[dict[str, Any]]:
    return [e for block in shown(slack) for e in block.get("elements", ()) if e["type"] == kind]


def titled(slack: Slack, title: str, number: int = 0) -> dict[str, Any]:
    return [e for e in elements(slack) if e["text"]["text"] == title][number]


async def open_home(slack: Slack) -> None:
    count = slack.workspace.calls.count("views.publish")
    assert await slack.sender.event(payload("app_home_opened")) == (200, "")
    await until(lambda: slack.workspace.calls.count("views.publish") > count)


async def press(slack: Slack, element: dict[str, Any]) -> None:
    body = slack.kari.pressing(Posted("", "", "", "", []), {"text": {"text": "x"}, **element})
    body["container"] = {"type": "view", "view_id": "V1"}
    if element["type"] == "static_select":
        body["actions"][0] |= {"type": "static_select", "selected_option": element["selected_option"]}
    assert (await slack.sender.interact(body))[0] == 200


async def test_it_shows_tickets_outages_help_and_languages_in_the_persons_language(slack: Slack):
    outage = "- **Teams**: recordings are late"
    slack.actions.overviews[slack.conversation] = Overview(
        tickets=(VPN, MAIL), more_tickets=3, outages=(outage,)
    )
    await open_home(slack)
    said = words(slack)
    for expected in (
        *("utter_intro (nb)", "home_tickets (nb)", "T0-7KQ2M: vpn, being worked on", "home_more (nb)"),
        *("home_outages (nb)", "Teams: recordings are late", "utter_help (nb)"),
    ):
        assert expected in said
    choice = elements(slack, "static_select")[0]
    assert choice["initial_option"]["value"] == "nb"
    assert [option["value"] for option in choice["options"]] == list(LANGUAGES)


async def test_what_one_can_begin_with_goes_to_the_private_chat(slack: Slack):
    await open_home(slack)
    await press(slack, titled(slack, "reset_password (nb)"))
    assert [m.text for m in await slack.kari.read(1)] == ["re: /password_reset"]


async def test_each_ticket_can_be_added_to_and_withdrawn(slack: Slack):
    slack.actions.overviews[slack.conversation] = Overview(tickets=(VPN, MAIL))
    await open_home(slack)
    await press(slack, titled(slack, "ticket_add (nb)"))
    withdraw = titled(slack, "ticket_withdraw (nb)", 1)
    assert withdraw["style"] == "danger"
    assert withdraw["confirm"]["text"]["text"] == "withdraw_sure (nb)"
    await press(slack, withdraw)
    said = [m.text for m in await slack.kari.read(2)]
    assert said == [
        f"re: {answer('T0-7KQ2M', TicketAnswer.ADD)}",
        f"re: {answer('T0-9ABCD', TicketAnswer.WITHDRAW)}",
    ]


async def test_it_is_brought_up_to_date_after_what_was_done_there(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(home, "SETTLED_SECONDS", 0.05)
    slack.actions.overviews[slack.conversation] = Overview(tickets=(VPN,))
    await open_home(slack)
    before = titled(slack, "ticket_withdraw (nb)")
    slack.actions.overviews[slack.conversation] = Overview()
    await press(slack, before)
    await until(lambda: "T0-7KQ2M" not in words(slack))
    assert "utter_tickets_none (nb)" in words(slack)
    count = slack.workspace.calls.count("views.publish")
    await slack.kari.say("thanks")  # nothing has changed
    await slack.kari.read(2)
    await asyncio.sleep(0.4)
    assert slack.workspace.calls.count("views.publish") == count
    slack.actions.overviews[slack.conversation] = Overview(tickets=(MAIL,))
    await slack.kari.say("new one")
    await until(lambda: "T0-9ABCD" in words(slack))


async def test_a_used_button_is_replaced_even_where_nothing_else_has_changed(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(home, "SETTLED_SECONDS", 0.05)
    slack.actions.overviews[slack.conversation] = Overview(tickets=(VPN,))
    await open_home(slack)
    used = titled(slack, "ticket_add (nb)")["value"]
    await press(slack, titled(slack, "ticket_add (nb)"))
    await until(lambda: titled(slack, "ticket_add (nb)")["value"] != used)


async def test_whoever_looks_at_it_leaves_what_was_asked_in_the_chat_as_it_is(slack: Slack):
    """Its buttons stand beside the conversation: a yes or no there stays open."""
    yes = {"title": "Yes", "payload": "/affirm"}
    slack.dialogue.answers["vpn"] = [{"text": "Really?", "buttons": [yes]}]
    slack.actions.overviews[slack.conversation] = Overview(tickets=(VPN,))
    await slack.kari.say("vpn")
    await slack.kari.read(1)
    await open_home(slack)
    await slack.kari.press("Yes")
    assert [m.text for m in await slack.kari.read(2)][1] == "re: /affirm"


async def test_the_language_is_chosen_there_and_spoken_from_then_on(slack: Slack):
    await open_home(slack)
    select = elements(slack, "static_select")[0]
    german = next(option for option in select["options"] if option["value"] == "de")
    await press(slack, {**select, "selected_option": german})
    await until(lambda: "utter_intro (de)" in words(slack))
    found = slack.front.conversations.get(slack.conversation)
    assert found
    assert (found.language, found.language_chosen) == ("de", True)
    await press(slack, {**select, "selected_option": {**german, "value": "fr"}})
    await slack.kari.say("jeg ikke på")  # as the identifier sees it, Norwegian
    await slack.kari.read(1)
    assert slack.dialogue.heard[-1].metadata["language"] == "de"


async def test_it_is_there_without_tickets_where_the_actions_process_does_not_answer(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
):
    await slack.kari.say("vpn")  # who it is is known by now
    await slack.kari.read(1)
    slack.actions.down = True
    await open_home(slack)
    assert "home_unavailable (nb)" in words(slack)
    assert titled(slack, "person (nb)")


async def test_a_guest_gets_no_home_tab(slack: Slack):
    slack.workspace.add_user("U0KARI", is_restricted=True)
    await slack.sender.event(payload("app_home_opened"))
    await asyncio.sleep(0.3)
    assert slack.workspace.homes == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_tab_stays_within_block_kit(language: str):
    tickets = tuple(
        TicketLine(reference=f"T0-{n:05}", text=f"- **T0-{n:05}** <!here> " + "ä" * 3_000) for n in range(30)
    )
    overview = Overview(
        tickets=tickets, more_tickets=900, last_known=True, outages=("- **x** " + "y" * 900,) * 30
    )
    view = home_view(
        overview,
        {t.reference: TicketButtons(add="a" * 120, withdraw="b" * 120) for t in tickets},
        language=language,
        label=lambda name: real_label(name, language),
        text=lambda name: str(real_say(name, language)["text"]),
    )
    assert _view_error(view, "home") == ""
    assert len(view["blocks"]) <= 100
    assert "920" in "".join(_texts(view["blocks"]))
    sections = [e for block in view["blocks"] if block["type"] == "rich_text" for e in block["elements"]]
    assert all(len("".join(_texts(section))) <= 3_000 for section in sections)


# --- being worked on ---


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(status, "LOOK_SECONDS", 0.05)


def hold(slack: Slack) -> asyncio.Event:
    gate = asyncio.Event()

    async def wait(_: Any) -> None:
        await gate.wait()

    slack.dialogue.before = wait
    return gate


async def test_a_slow_answer_is_announced_and_the_announcement_goes(slack: Slack, quick: None):
    gate = hold(slack)
    body = slack.kari.message("vpn")
    where = (slack.kari.direct, body["event"]["ts"])
    await slack.sender.event(body)
    await until(lambda: slack.workspace.statuses == {where: "status_working (nb)"})
    gate.set()
    await slack.kari.read(1)
    await until(lambda: slack.workspace.statuses == {})
    assert slack.workspace.status_seen[-1] == (*where, "")


async def test_where_many_wait_slacks_calls_are_left_to_the_answers(
    slack: Slack, quick: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(status, "MOST", 0)
    gate = hold(slack)
    await slack.kari.say("vpn")
    await asyncio.sleep(0.5)
    gate.set()
    await slack.kari.read(1)
    assert slack.workspace.status_seen == []


async def test_a_quick_answer_is_not(slack: Slack):
    await slack.kari.say("vpn")
    await slack.kari.read(1)
    await asyncio.sleep(1.0)
    assert slack.workspace.status_seen == []


async def test_it_does_not_outlive_a_turn_that_failed(slack: Slack, quick: None):
    gate = hold(slack)

    async def fail(_: Any) -> None:
        await gate.wait()
        raise RuntimeError("the model is gone")

    slack.dialogue.before = fail
    await slack.kari.say("vpn")
    await until(lambda: len(slack.workspace.statuses) == 1)
    gate.set()
    assert [m.text for m in await slack.kari.read(1)] == ["utter_try_again (nb)"]
    await until(lambda: slack.workspace.statuses == {})


async def test_in_a_channel_it_stands_in_the_thread(slack: Slack, quick: None):
    gate = hold(slack)
    body = slack.kari.mention("<@U0TIER0> vpn")
    await slack.sender.event(body)
    await until(lambda: ("C0GENERAL", body["event"]["ts"]) in slack.workspace.statuses)
    gate.set()
    await until(lambda: slack.workspace.statuses == {})


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status.METHOD, status=502, taken=True),
        Fault(status.METHOD, error="ratelimited", taken=True),
        Fault(status.METHOD, error="invalid_thread_ts"),
        Fault(status.METHOD, status=429, retry_after=1),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
async def test_a_fault_of_slack_leaves_no_status_and_changes_no_answer(
    slack: Slack, quick: None, fault: Fault, which: int
):
    """The first call sets it, the second takes it away; either may fail, or be carried out without our knowing."""
    gate = hold(slack)
    if which == 0:
        slack.workspace.faults.append(replace(fault))
    await slack.kari.say("vpn")
    await until(lambda: status.METHOD in slack.workspace.calls)
    if which == 1:
        await until(lambda: len(slack.workspace.statuses) == 1)
        slack.workspace.faults.append(replace(fault))
    gate.set()
    assert [m.text for m in await slack.kari.read(1)] == ["re: vpn"]
    if fault.error == "invalid_thread_ts" and which == 1:
        return  # there is no such thread any more, and nothing to take away
    await until(lambda: slack.workspace.statuses == {} and not slack.workspace.faults)


async def test_a_process_that_stops_takes_it_away(slack: Slack, quick: None, runtime: Runtime):
    works: Callable[[str], bool] = lambda _: True  # noqa: E731
    own = Status(slack_api(slack), slack.front.conversations, works, runtime.label)
    from connectors.slack.events import Place

    place = Place(home="T0NORDLYS", user="U0KARI", channel="D0KARI", installation="T0NORDLYS")
    own.show(slack.conversation, place, "1793610000.000001")
    await until(lambda: len(slack.workspace.statuses) == 1)
    await own.stop()
    assert slack.workspace.statuses == {}


async def test_a_store_that_is_gone_takes_it_away_too(slack: Slack, quick: None, runtime: Runtime):
    from connectors.slack.events import Place

    count = 0

    def works(_: str) -> bool:
        nonlocal count
        count += 1
        if count > 2:
            raise StoreUnavailable("gone")
        return True

    own = Status(slack_api(slack), slack.front.conversations, works, runtime.label)
    place = Place(home="T0NORDLYS", user="U0KARI", channel="D0KARI", installation="T0NORDLYS")
    own.show(slack.conversation, place, "1793610000.000001")
    await until(lambda: len(slack.workspace.statuses) == 1)
    await until(lambda: slack.workspace.statuses == {})


def slack_api(slack: Slack) -> Any:
    return slack.runtime.sender.platforms["slack"]._api  # type: ignore[attr-defined]
