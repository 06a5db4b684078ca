"""F16: Teams is busy, broken or gone. In order, none lost, none doubled; one conversation never holds up another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connectors.identity import Identities
from servicedesk.store.tables import sendings
from tests.connectors.support import until
from tests.connectors.teams.client import TeamsClient
from tests.connectors.teams.conftest import Desk
from tests.connectors.teams.microsoft import ERIK

THREE = [{"text": "en"}, {"text": "to"}, {"text": "tre"}]


def states(desk: Desk) -> list[str]:
    with desk.front.store.transaction() as connection:
        return list(connection.execute(select(sendings.c.state).order_by(sendings.c.message)).scalars())


async def later(kari: TeamsClient, desk: Desk, step: timedelta) -> None:
    desk.front.clock.advance(step)
    desk.runtime.sender.tell(kari.conversation())
    await kari.settled()


@pytest.mark.parametrize("status", [429, 412, 500, 503, 401])
async def test_busy_waits_and_keeps_the_order(kari: TeamsClient, desk: Desk, status: int) -> None:
    desk.dialogue.answers["liste"] = THREE
    await kari.say("hei")
    erik = desk.client(ERIK)
    await erik.meet()
    desk.microsoft.answers = [(status, {"Retry-After": "20"}, {})] * (2 if status == 401 else 1)
    assert await kari.say("liste") == []
    assert [s.text for s in await erik.say("hej")] == ["re: hej"], "another conversation goes on"
    await later(kari, desk, timedelta(seconds=22))
    assert [s.text for s in desk.microsoft.said if s.conversation == "a:29:kari"] == [
        "re: hei",
        "en",
        "to",
        "tre",
    ]


async def test_retry_after_is_kept_to(kari: TeamsClient, desk: Desk) -> None:
    await kari.say("hei")
    desk.microsoft.answers = [(429, {"Retry-After": "20"}, {})]
    await kari.say("to")
    calls = len(desk.microsoft.calls)
    await later(kari, desk, timedelta(seconds=19))
    assert len(desk.microsoft.calls) == calls, "not one call before its time"
    await later(kari, desk, timedelta(seconds=3))
    assert desk.microsoft.said[-1].text == "re: to"


@pytest.mark.parametrize("status", [502, 504, 0])
async def test_what_may_have_arrived_is_not_said_twice(kari: TeamsClient, desk: Desk, status: int) -> None:
    await kari.say("hei")
    desk.microsoft.answers, desk.microsoft.deliver_anyway = [(status, {}, {})], True
    await kari.say("to")
    desk.microsoft.deliver_anyway = False
    await kari.say("tre")
    assert [s.text for s in desk.microsoft.said] == ["re: hei", "re: to", "re: tre"]


@pytest.mark.parametrize("status", [502, 504, 429])
async def test_an_update_is_repeated(kari: TeamsClient, desk: Desk, status: int) -> None:
    desk.dialogue.answers["spør"] = [{"text": "?", "buttons": [{"title": "Ja", "payload": "/affirm"}]}]
    (asked,) = await kari.say("spør")
    original = desk.microsoft.find(asked.id)
    assert original is not None
    desk.microsoft.put_answers = [(status, {}, {})]
    await kari.click(asked, "Ja")
    await kari.settled()
    await later(kari, desk, timedelta(minutes=1))
    assert original.versions == 2
    assert [s.text for s in desk.microsoft.said[1:]] == ["re: /affirm"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "ConversationBlockedByUser"), (403, "BotNotInConversationRoster"), (404, "ConversationNotFound")],
)
async def test_a_person_who_removed_the_bot_is_left_alone(
    kari: TeamsClient, desk: Desk, status: int, code: str
) -> None:
    await kari.say("hei")
    desk.microsoft.answers = [(status, {}, {"error": {"code": code}})]
    await kari.say("to")
    assert states(desk) == ["sent", "sent", "dead"]
    assert [s.text for s in await kari.say("tre")] == ["re: tre"], "and is answered again when they come back"


async def test_a_service_that_is_down_for_an_hour_loses_nothing(kari: TeamsClient, desk: Desk) -> None:
    await kari.say("hei")
    desk.microsoft.answers = [(503, {}, {})] * 40
    desk.dialogue.answers["liste"] = THREE
    await kari.say("liste")
    for _ in range(60):
        await later(kari, desk, timedelta(minutes=6))
    assert [s.text for s in desk.microsoft.said] == ["re: hei", "en", "to", "tre"]


async def test_a_wrong_secret_holds_back_what_a_right_one_sends(kari: TeamsClient, desk: Desk) -> None:
    desk.microsoft.secret = "rotated"
    await kari.post(kari.payload("message_personal", text="hei"))
    assert desk.front.settings.teams is not None
    desk.front.settings.teams.secret_file.write_text("rotated")
    await until(lambda: not desk.runtime.inbox.has_work(kari.conversation()), 30)
    await later(kari, desk, timedelta(minutes=6))
    assert len(desk.microsoft.said) == 1


class TestWhoItIs:
    @pytest.fixture
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One look-up instead of eight seconds of them."""
        monkeypatch.setattr(Identities._look_up.retry, "stop", lambda state: True)  # type: ignore[attr-defined]

    async def test_a_failed_look_up_means_no(self, kari: TeamsClient, desk: Desk, quick: None) -> None:
        """S1: neither as the employee's nor as a stranger's; the person is told."""
        desk.microsoft.members_down = True
        (said,) = await kari.say("password glemt")
        assert said.text.startswith("utter_try_again")
        assert desk.dialogue.texts == []

    async def test_the_actions_process_is_down(self, kari: TeamsClient, desk: Desk, quick: None) -> None:
        desk.actions.down = True
        (said,) = await kari.say("password glemt")
        assert said.text.startswith("utter_try_again")
        assert desk.dialogue.texts == []

    @pytest.mark.parametrize(
        "change",
        [
            {"role": "guest"},
            {"tenant": "00000000-aaaa-bbbb-cccc-222222222222"},
            {"role": "anonymous"},
            {"object_id": "x"},
            {"upn": "kari_x.example#EXT#@nordlys.onmicrosoft.com"},
        ],
        ids=str,
    )
    async def test_guests_and_strangers_get_one_sentence(
        self, kari: TeamsClient, desk: Desk, change: dict[str, Any]
    ) -> None:
        desk.microsoft.members = {kari.person.object_id: replace(kari.person, **change)}
        (said,) = await kari.say("password glemt")
        assert said.text == "utter_not_served (nb)"
        assert desk.dialogue.texts == []

    async def test_one_who_is_not_in_the_conversation(self, kari: TeamsClient, desk: Desk) -> None:
        desk.microsoft.members = {}
        (said,) = await kari.say("password glemt")
        assert said.text == "utter_not_served (nb)"

    async def test_a_bot_gets_no_word(self, kari: TeamsClient, desk: Desk) -> None:
        sender = {"id": "28:another-bot", "name": "Bot", "aadObjectId": kari.person.object_id}
        assert await kari.post(kari.payload("message_personal", **{"from": sender})) == (200, None)
        await kari.settled()
        assert desk.microsoft.said == []

    @pytest.mark.parametrize("left_out", ["aadObjectId", "id"])
    async def test_nobody_is_refused(self, kari: TeamsClient, desk: Desk, left_out: str) -> None:
        for sample in ("message_personal", "card_action", "task_submit"):
            data = kari.payload(sample)
            del data["from"][left_out]
            assert (await kari.post(data))[0] == 403
        assert desk.dialogue.texts == []

    async def test_an_employee_without_an_account_is_served_but_not_proven(
        self, kari: TeamsClient, desk: Desk
    ) -> None:
        desk.actions.accounts.clear()
        await kari.say("hei")
        stored = desk.front.conversations.get(kari.conversation())
        assert stored is not None
        assert not stored.proven
