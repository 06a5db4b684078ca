"""S10, U9, S9: what is not from the Bot Connector, or not for us, is refused before it is read. Never a 5xx."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from servicedesk.store import StoreUnavailable
from tests.connectors.hostile import HOSTILE_BODIES, HOSTILE_TEXTS
from tests.connectors.teams.client import PAYLOADS, TeamsClient
from tests.connectors.teams.conftest import Desk
from tests.connectors.teams.microsoft import OTHER_TENANT, Signer

SAMPLES = sorted(path.stem for path in PAYLOADS.glob("*.json"))


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Basic x"},
    ],
    ids=str,
)
async def test_without_a_token_nothing_happens(
    kari: TeamsClient, desk: Desk, sample: str, headers: dict[str, str]
) -> None:
    status, _ = await kari.post(kari.payload(sample), headers=headers)
    assert status == 401
    assert nothing_stored(desk)


async def test_the_body_of_an_unproven_request_is_not_parsed(
    kari: TeamsClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parsed(*_: Any) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("connectors.teams.channel.json_object", parsed)
    monkeypatch.setattr("connectors.teams.channel.read", parsed)
    for body in (b'{"type": "message"}', b"{", b"[" * 60_000):
        assert (await kari.post(None, headers={"Authorization": "Bearer a.b.c"}, raw=body))[0] == 401


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize(
    "change",
    [
        {"serviceUrl": "https://smba.trafficmanager.net/emea/"},
        {"serviceUrl": None},
        {"channelId": "webchat"},
        {"channelId": "directline"},
        {"channelId": None},
        {"channelData": {"tenant": {"id": OTHER_TENANT}}},
    ],
    ids=str,
)
async def test_a_genuine_token_for_another_body_is_refused(
    kari: TeamsClient, desk: Desk, sample: str, change: dict[str, Any]
) -> None:
    status, _ = await kari.post(kari.payload(sample, **change))
    assert status == 403
    assert nothing_stored(desk)


async def test_a_forged_token_is_refused(kari: TeamsClient, desk: Desk) -> None:
    headers = desk.microsoft.authorization(Signer("key-1"))
    assert (await kari.post(kari.payload("message_personal"), headers=headers))[0] == 401
    assert nothing_stored(desk)


async def test_a_captured_request_does_nothing_twice_and_nothing_later(kari: TeamsClient, desk: Desk) -> None:
    """U9: the same request again is known; with an old token it is refused; with another text it cannot be made."""
    headers = desk.microsoft.authorization()
    data = kari.payload("message_personal", text="hei")
    for _ in range(3):
        assert (await kari.post(data, headers=headers))[0] == 200
    await kari.settled()
    assert desk.dialogue.texts == ["hei"]
    now = desk.microsoft.claims()["nbf"]
    old = desk.microsoft.authorization(nbf=now - 7_200, exp=now - 3_600)
    assert (await kari.post(kari.payload("message_personal"), headers=old))[0] == 401


@pytest.mark.parametrize("body", HOSTILE_BODIES, ids=range(len(HOSTILE_BODIES)))
async def test_a_hostile_body_with_a_genuine_token_is_refused(
    kari: TeamsClient, desk: Desk, body: bytes
) -> None:
    status, answer = await kari.post(None, raw=body)
    assert status in (400, 403, 413)
    assert answer["error"]
    assert nothing_stored(desk)


async def test_every_field_with_every_type_is_no_error(kari: TeamsClient, desk: Desk) -> None:
    """Whatever stands in a field, the answer is no 5xx, and nothing but words reaches the dialogue."""
    values = [
        None,
        True,
        7,
        -1.5e300,
        "",
        "x" * 70,
        "\ud800",
        "a\0b",
        [],
        [[]],
        [7],
        {},
        {"id": 7},
        {"id": []},
    ]
    chance = random.Random(11)
    tried = [(sample, path) for sample in SAMPLES for path in paths(kari.payload(sample))]
    seen = set()
    for sample, path in chance.sample(tried, 120):
        value = chance.choice(values)
        data = kari.payload(sample)
        place(data, path, value)
        raw = json.dumps(data).encode("utf-8", "surrogatepass")
        status, _ = await kari.post(None, raw=raw)
        seen.add(status)
        assert status in (200, 400, 403), (sample, path, value)
    assert seen == {200, 403}
    assert all(isinstance(text, str) for text in desk.dialogue.texts)


async def test_hostile_texts_are_answered(kari: TeamsClient, desk: Desk) -> None:
    """U4: never an order to Rasa."""
    for number, text in enumerate(HOSTILE_TEXTS[:40]):
        data = kari.payload("message_personal", text=text, id=f"h{number}")
        status, _ = await kari.post(None, raw=json.dumps(data).encode("utf-8", "surrogatepass"))
        assert status == 200, text
    await kari.settled(60)
    for message in desk.dialogue.heard:
        assert not (message.text or "").startswith("/")
    assert len(desk.microsoft.said) >= 40


async def test_a_message_that_was_not_saved_is_asked_for_again(
    kari: TeamsClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F8: the Bot Connector repeats what got a 5xx; so nothing is lost, and nothing was done."""

    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("locked")

    data = kari.payload("message_personal", text="hei")
    with monkeypatch.context() as broken:
        broken.setattr(desk.front.conversations, "open", gone)
        assert (await kari.post(data))[0] == 503
    assert (await kari.post(data))[0] == 200
    await kari.settled()
    assert desk.dialogue.texts == ["hei"]


async def test_other_methods_and_paths_are_not_there(kari: TeamsClient, desk: Desk) -> None:
    for method in ("GET", "PUT", "DELETE"):
        async with desk.http.request(method, desk.address + "/webhooks/teams/webhook") as response:
            assert response.status == 405
    async with desk.http.get(desk.address + "/webhooks/teams/") as response:
        assert response.status == 404


async def test_what_is_logged_holds_no_words_and_no_token(
    kari: TeamsClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """D1"""
    caplog.set_level("DEBUG")
    headers = desk.microsoft.authorization(Signer("key-1"))
    await kari.post(kari.payload("message_personal", text="kanarifugl"), headers=headers)
    await kari.say("kanarifugl")
    desk.microsoft.answers = [(400, {}, {"error": {"code": "Bad", "message": "kanarifugl"}})]
    await kari.say("kanarifugl igjen")
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("connectors", "servicedesk"))
    ]
    assert ours
    assert all("kanarifugl" not in line and "Bearer" not in line and "eyJ" not in line for line in ours)


def nothing_stored(desk: Desk) -> bool:
    """But that the app came to Kari, and her welcome."""
    with desk.front.store.transaction() as connection:
        counted = [
            connection.exec_driver_sql(f"select count(*) from {table}").scalar_one()
            for table in ("conversations", "inbound", "messages")
        ]
    return counted == [1, 1, 1] and not desk.dialogue.heard


def paths(data: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found = [(*before, name) for name, _ in inside]
    for name, value in list(inside):
        found += paths(value, (*before, name))
    return found


def place(data: Any, path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        data = data[name]
    data[path[-1]] = value
