"""The preview of a ticket in a window of its own, in Slack: what is changed there is sent with it, once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.envelope import Item, ItemKind
from connectors.preview import MAX_LINES, edits_of, lines_of
from servicedesk.conversations import conversation_id
from tests.connectors.slack_api import Posted
from tests.connectors.support import until
from tests.connectors.test_slack import Slack, front, slack, workspace

__all__ = ["front", "slack", "workspace"]  # fixtures

LINES = [
    {"at": "problem", "name": "Problem", "value": "Sage freezes"},
    {"at": "told:since", "name": "Since when", "value": "since Monday"},
    {"at": "told:device", "name": "Device", "value": "the PC in London"},
]
PREVIEW = {
    "text": "This is what I am about to send.",
    "buttons": [{"title": "Send it", "payload": "/just_send"}, {"title": "Cancel", "payload": "/cancel"}],
    "custom": {"type": "preview", "lines": LINES},
}


async def preview(slack: Slack, reply: dict[str, Any] = PREVIEW) -> Posted:
    slack.dialogue.answers["a person"] = [reply]
    await slack.kari.say("a person")
    return (await slack.kari.read(1))[0]


async def window(slack: Slack) -> dict[str, Any]:
    count = len(slack.workspace.views)
    await slack.kari.press("preview_edit (nb)")
    await until(lambda: len(slack.workspace.views) > count)
    return slack.workspace.views[-1]


def edits(slack: Slack) -> Any:
    return (slack.dialogue.heard[-1].metadata or {}).get("edits")


async def test_each_line_is_a_field_and_what_was_changed_is_sent(slack: Slack):
    posted = await preview(slack)
    assert posted.titles == ["preview_edit (nb)", "Send it", "Cancel"]
    view = await window(slack)
    fields = [block for block in view["blocks"] if block["type"] == "input"]
    assert [(f["label"]["text"], f["element"]["initial_value"], f["optional"]) for f in fields] == [
        (line["name"], line["value"], True) for line in LINES
    ]
    typed = {"Since when": "since Tuesday", "Device": None}
    assert await slack.sender.interact(slack.kari.submission(view, typed)) == (200, "")
    await slack.kari.read(2)
    assert slack.dialogue.texts == ["a person", "/just_send"]
    assert edits(slack) == [
        {"at": "told:since", "was": "since Monday", "now": "since Tuesday"},
        {"at": "told:device", "was": "the PC in London", "now": ""},
    ]
    await until(lambda: posted.titles == [])
    assert "✓ Send it" in posted.words


async def test_the_cards_own_button_sends_it_as_it_is(slack: Slack):
    await preview(slack)
    await slack.kari.press("Send it")
    await slack.kari.read(2)
    assert (slack.dialogue.texts[-1], edits(slack)) == ("/just_send", None)


async def test_a_window_that_slack_sends_again_counts_once_and_so_does_a_second_one(slack: Slack):
    await preview(slack)
    first, second = await window(slack), await window(slack)
    body = slack.kari.submission(first, {"Since when": "today"})
    for _ in range(4):
        await slack.sender.interact(body)
    await slack.kari.read(2)
    await slack.sender.interact(slack.kari.submission(second, {"Since when": "yesterday"}))
    assert (await slack.kari.read(3))[2].text == "utter_button_done (nb)"
    assert slack.dialogue.texts == ["a person", "/just_send"]


async def test_nobody_sends_anothers_window(slack: Slack):
    """U12: whose it is is said by the envelope, and the button has to be theirs."""
    await preview(slack)
    view = await window(slack)
    body = slack.kari.submission(view, {"Since when": "never"})
    body["user"]["id"] = "U0OLA"
    forged = json.loads(json.dumps(slack.kari.submission(view, {})))
    forged["view"]["private_metadata"] = "btn." + "0" * 32 + ".1-" + "0" * 64
    for each in (body, forged):
        assert await slack.sender.interact(each) == (200, "")
    await slack.quiet()
    assert slack.dialogue.texts == ["a person"]
    assert slack.front.conversations.get(conversation_id("slack", "T0NORDLYS", "U0OLA")) is None


async def test_what_is_typed_there_is_redacted_like_any_words(slack: Slack):
    """D3: a password or a code that somebody puts into a field reaches neither the store nor the dialogue."""
    await preview(slack)
    view = await window(slack)
    typed = {"Problem": "mitt passord er Sommer2026!x", "Device": "koden er 481 516"}
    await slack.sender.interact(slack.kari.submission(view, typed))
    assert [m.text for m in await slack.kari.read(3)][2] == "utter_password_burnt (nb)"
    said = {edit["at"]: edit["now"] for edit in edits(slack)}
    assert "Sommer2026" not in said["problem"]
    assert said["told:device"] == "[code]"
    stored = b"".join(path.read_bytes() for path in slack.front.settings.state_dir.glob("tier0.db*"))
    for secret in (b"Sommer2026", b"481 516", b"481516"):
        assert secret not in stored


async def test_an_hour_later_it_is_too_late(slack: Slack):
    await preview(slack)
    view = await window(slack)
    slack.front.clock.advance(timedelta(hours=1))
    await slack.sender.interact(slack.kari.submission(view, {"Since when": "now"}))
    assert (await slack.kari.read(2))[1].text == "utter_button_expired (nb)"


async def test_in_a_room_there_is_no_window(slack: Slack):
    slack.dialogue.answers["vpn"] = [PREVIEW]
    mention = slack.kari.mention("<@U0TIER0> vpn")
    await slack.sender.event(mention)
    shown = (await slack.kari.read(1, channel="C0GENERAL"))[0]
    assert shown.titles == ["Send it", "Cancel"]


@pytest.mark.parametrize(
    "lines",
    [
        [{"at": "problem", "name": "Problem", "value": "x" * 3_001}],
        [{"at": f"told:{n}", "name": str(n), "value": "x"} for n in range(MAX_LINES + 1)],
        [],
    ],
)
async def test_what_no_window_can_hold_is_corrected_in_the_chat(slack: Slack, lines: list[dict[str, str]]):
    posted = await preview(slack, {**PREVIEW, "custom": {"type": "preview", "lines": lines}})
    assert posted.titles == ["Send it", "Cancel"]


async def test_the_longest_window_is_within_slacks_limits(slack: Slack):
    lines = [{"at": f"told:{n}", "name": "N" * 400, "value": "x\n" * 400} for n in range(MAX_LINES)]
    await preview(slack, {**PREVIEW, "custom": {"type": "preview", "lines": lines}})
    view = await window(slack)  # the stand-in refuses what Slack refuses
    assert len(view["blocks"]) == MAX_LINES + 1
    assert view["blocks"][1]["element"]["multiline"] is True


def test_only_what_was_changed_is_an_edit_and_only_of_lines_that_there_are():
    custom = PREVIEW["custom"]
    assert isinstance(custom, dict)
    assert edits_of(custom, {0: " Sage  freezes ", 7: "made up", 2: ""}) == (
        {"at": "told:device", "was": "the PC in London", "now": ""},
    )
    assert edits_of({"type": "article"}, {0: "x"}) == ()
    assert lines_of({}) == ()


def test_edits_survive_a_killed_process_and_rows_from_before_are_read():
    item = Item(kind=ItemKind.PAYLOAD, value="/just_send", edits=({"at": "a", "was": "b", "now": ""},))
    assert Item.load(item.dump()) == item
    assert Item.load('{"kind": "payload", "value": "/help", "burnt": false}').edits == ()
