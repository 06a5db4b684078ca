"""Whoever is not Slack is refused before anything is read (U9, S10), and nothing that Slack could send is a 5xx."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.slack.blocks import blocks_of, notification, words
from connectors.slack.events import message_in
from connectors.slack.interactivity import code_in, command_in, press_in, preview_in
from connectors.slack.origin import Origin, of_command, of_event, of_payload
from connectors.slack.profile import profile_of
from connectors.slack.text import typed
from connectors.slack.verify import is_from_slack, signature_of
from servicedesk.clock import ManualClock
from tests.connectors.slack_api import SECRET, TEAM, WEBHOOK, _message_error, payload
from tests.connectors.test_slack import Slack, front, slack, workspace

__all__ = ["front", "slack", "workspace"]  # fixtures

JSON = "application/json"
# https://docs.slack.dev/authentication/verifying-requests-from-slack: the example of the documentation
VECTOR_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
VECTOR = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_the_documentations_own_signature():
    assert (
        signature_of(VECTOR_BODY, timestamp="1531420618", secret="8f742231b10e8888abcd99yyyzzz85a5") == VECTOR
    )


def signed(body: bytes, clock: ManualClock, offset: int = 0) -> dict[str, str]:
    timestamp = str(int(clock.now().timestamp()) + offset)
    return {
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature_of(body, timestamp=timestamp, secret=SECRET),
    }


@pytest.mark.parametrize(
    ("offset", "accepted"), [(0, True), (-300, True), (300, True), (-301, False), (301, False)]
)
def test_a_signature_is_good_for_five_minutes(offset: int, accepted: bool):
    clock = ManualClock()
    assert is_from_slack(signed(b"x", clock, offset), b"x", secret=SECRET, clock=clock) is accepted


@given(
    st.dictionaries(st.sampled_from(["x-slack-request-timestamp", "x-slack-signature"]), st.text()),
    st.binary(),
)
@settings(max_examples=300, deadline=None)
def test_no_header_and_no_body_make_it_raise(headers: dict[str, str], body: bytes):
    assert not is_from_slack(headers, body, secret=SECRET, clock=ManualClock())


@given(st.binary(min_size=1), st.integers(min_value=0))
@settings(max_examples=200, deadline=None)
def test_a_changed_body_is_refused(body: bytes, place: int):
    clock = ManualClock()
    headers = signed(body, clock)
    spot = place % len(body)
    changed = body[:spot] + bytes([body[spot] ^ 1]) + body[spot + 1 :]
    assert not is_from_slack(headers, changed, secret=SECRET, clock=clock)


async def raw(slack: Slack, body: bytes, headers: dict[str, str], method: str = "POST") -> int:
    async with slack.sender.http.request(
        method, slack.sender.address + WEBHOOK, data=body, headers=headers
    ) as response:
        await response.read()
        return response.status


async def test_unsigned_forged_and_replayed_requests_are_refused_and_not_read(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is parsed: a parser that would say so is never reached."""

    def read(*_: Any) -> None:
        raise AssertionError("an unverified body was parsed")

    monkeypatch.setattr("connectors.slack.channel.object_in", read)
    monkeypatch.setattr("connectors.slack.channel._form", read)
    body = json.dumps(slack.kari.message("vpn")).encode()
    good = signed(body, slack.front.clock)
    base = {"Content-Type": JSON}
    old = signed(body, slack.front.clock, -3_600)
    forged = [
        {},
        {"x-slack-signature": good["x-slack-signature"]},
        {"x-slack-request-timestamp": good["x-slack-request-timestamp"]},
        {**good, "x-slack-signature": "v0=" + "0" * 64},
        {**good, "x-slack-signature": good["x-slack-signature"].upper()},
        {**good, "x-slack-signature": good["x-slack-signature"].removeprefix("v0=")},
        {**good, "x-slack-request-timestamp": str(int(good["x-slack-request-timestamp"]) + 1)},
        {**good, "x-slack-request-timestamp": "now"},
        {**good, "x-slack-request-timestamp": "-1"},
        {**good, "x-slack-request-timestamp": "1" * 400},
        old,
    ]
    for headers in forged:
        assert await raw(slack, body, {**base, **headers}) == 401, headers
    assert await raw(slack, body + b" ", {**base, **good}) == 401
    slack.front.clock.advance(timedelta(minutes=6))
    assert await raw(slack, body, {**base, **good}) == 401
    assert slack.dialogue.heard == []


async def test_a_verified_request_of_any_shape_is_no_5xx(slack: Slack):
    """Types swapped, parts missing, depth, size, other methods, other content types."""
    dice = random.Random(7)
    shapes: list[Any] = [None, 0, -1, True, "", "x", "\0\ud800", [], {}, [[]], {"a": None}, "A" * 5_000]
    names = ("message_im", "app_mention", "block_actions", "view_submission", "app_home_opened")
    statuses = set()
    for _ in range(250):
        name = dice.choice(names)
        body = mutated(payload(name), dice, shapes)
        if name in ("block_actions", "view_submission"):
            status, _text = await slack.sender.form({"payload": json.dumps(body)})
        else:
            status, _text = await slack.sender.event(body)
        statuses.add(status)
    assert statuses <= {200, 400, 403}
    deep = b'{"type":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    bodies = [b"", b"null", b"[]", b"{", b"\xff\xfe", deep, b'{"type": "event_callback"', b"A" * 300_000]
    for content in bodies:
        for content_type in (JSON, "application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
            status, _text, headers = await slack.sender.post(content, content_type)
            assert status in (400, 403, 413), (content[:20], content_type, status)
            assert headers["X-Slack-No-Retry"] == "1"
    many = urlencode([(f"f{number}", "x") for number in range(1_000)]).encode()
    assert (await slack.sender.post(many, "application/x-www-form-urlencoded"))[0] == 400
    assert await raw(slack, b"", {}, "GET") == 405


@pytest.mark.parametrize("home", ["\ud800", "\0", "t0nordlys", "T0" * 40, "T0 OTHER"])
async def test_a_workspace_that_is_none_is_nobodys(slack: Slack, home: str):
    """It would be stored with the conversation, and no database takes half a surrogate pair."""
    message, press, code = (payload(name) for name in ("message_im", "block_actions", "view_submission"))
    message["event"]["user_team"] = home
    press["user"]["team_id"] = code["user"]["team_id"] = home
    assert (await slack.sender.event(message))[0] == 200
    for body in (press, code):
        assert (await slack.sender.interact(body))[0] == 200
    await slack.quiet()
    assert slack.dialogue.heard == slack.workspace.posted == []


def mutated(value: Any, dice: random.Random, shapes: list[Any]) -> Any:
    """The payload with one or two places replaced or taken out."""
    for _ in range(dice.choice((1, 1, 2))):
        path = dice.choice(list(paths(value)))
        spot = value
        for step in path[:-1]:
            spot = spot[step]
        if dice.random() < 0.3 and isinstance(spot, dict):
            spot.pop(path[-1], None)
        else:
            spot[path[-1]] = dice.choice(shapes)
    return value


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = []
    for key, inside in items:
        found += [(*before, key), *paths(inside, (*before, key))]
    return found


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=10), inside, max_size=3),
    max_leaves=10,
)


@given(JSONS, JSONS, JSONS)
@settings(max_examples=200, deadline=None)
def test_no_shape_is_taken_for_a_message(event: Any, user: Any, more: Any):
    ours = Origin(installation=TEAM, team=TEAM)
    assert message_in({"event": event, "authorizations": more}, origin=ours) is None
    assert press_in({"user": user, "actions": more, "container": event}, origin=ours) is None
    assert code_in({"user": user, "view": event}, origin=ours) is None
    sent = preview_in({"user": user, "view": event if isinstance(event, dict) else {}}, origin=ours)
    assert sent is None or not sent.typed
    assert command_in({"user_id": str(user)}, origin=ours) is None
    assert profile_of(user, TEAM, ("nordlys.example",)).evidence is None
    served = {TEAM: ()}
    for found in (
        of_event({"authorizations": more, "enterprise_id": user, "is_enterprise_install": True}, served),
        of_payload({"team": more, "enterprise": event, "user": user}, served),
        of_command({"team_id": str(more)}, served),
    ):
        assert found.installation == ""


@pytest.mark.parametrize(
    ("raw_text", "expected"),
    [
        ("a &amp;&lt;b&gt; &amp;lt;", "a &<b> &lt;"),
        ("<https://x.example/a?b=1&amp;c=2|x.example/a>", "x.example/a https://x.example/a?b=1&c=2"),
        ("<https://x.example>", "https://x.example"),
        ("<http://nordlys.example|nordlys.example>", "nordlys.example"),
        ("<mailto:kari@nordlys.example|kari@nordlys.example>", "kari@nordlys.example"),
        ("<@U0TIER0> hei <@U0OLA> og <@U0PER|per>", "hei @U0OLA og @per"),
        ("<#C1|general> <!here> <!subteam^S1|@it> <!date^1^{date}|i dag>", "#general @here @it @i dag"),
        ("<tel:+4712345678|12345678>", "12345678"),
        ("2 < 3 <ikke lukket", "2 < 3 <ikke lukket"),
        ("<>", "<>"),
    ],
)
def test_slacks_markup_is_read_as_it_was_typed(raw_text: str, expected: str):
    assert typed(raw_text, bot_user="U0TIER0") == expected


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_and_written_without_a_fault(text: str):
    """U10: and what is written holds no mention, link or broadcast."""
    typed(text, bot_user="U0TIER0")
    for block in words(text):
        for element in walk(block):
            assert element.get("type") not in ("user", "usergroup", "channel", "broadcast", "date")


def walk(block: Any) -> list[dict[str, Any]]:
    inside = block.get("elements", [])
    return [block, *(found for element in inside for found in walk(element))]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 50_000,
        "\n\n".join(f"{number}. step" for number in range(2_000)),
        "**" * 3_000,
        "[a](https://x.example/" + "b" * 4_000 + ")",
        "<!channel> <@U1> &&&" * 1_000,
    ],
    ids=["long", "steps", "stars", "link", "escapes"],
)
def test_limits_of_block_kit_are_kept_whatever_is_said(text: str):
    from connectors.outgoing import OfferedChoice, Outgoing
    from servicedesk.conversations import Conversation

    conversation = Conversation(
        id="c",
        channel="slack",
        tenant=TEAM,
        channel_user="U1",
        account=None,
        private=True,
        language="nb",
        language_chosen=False,
    )
    choices = tuple(OfferedChoice(title="t" * 160, token=f"btn.{n}", state="live") for n in range(60))
    message = Outgoing(
        id=1,
        conversation=conversation,
        author="agent",
        author_name="n" * 120,
        text=text,
        choices=choices,
        custom={
            "type": "article",
            "url": "https://x.example",
            "owner": "o" * 3_000,
            "reviewed": "2026-01-01",
        },
        closed=False,
        platform_id="",
    )
    names = ("from_agent", "whole_article", "article_owner", "article_reviewed", "code_enter")
    labels = {name: name for name in names} | {"article_owner": "{owner}", "from_agent": "{name}"}
    arguments = {
        "channel": "D1",
        "text": notification(message),
        "blocks": blocks_of(message, labels),
    }
    assert _message_error(arguments) == ""
    assert 0 < len(arguments["text"]) < 4_000
