"""Group chats and channels: knowledge for all, accounts never (S1); who clicks may not be who was asked (U12)."""

from __future__ import annotations

import pytest

from tests.connectors.teams.client import TeamsClient
from tests.connectors.teams.conftest import Desk
from tests.connectors.teams.microsoft import APP_ID, ERIK, KARI

CHANNEL = "19:2channel@thread.tacv2;messageid=1751356900000"
GROUP = "19:4group@thread.v2"
ASK = {"text": "Fant du det?", "buttons": [{"title": "Ja", "payload": "/affirm"}]}
ROOMS = [("message_channel", CHANNEL), ("message_group", GROUP)]


@pytest.mark.parametrize(("sample", "place"), ROOMS, ids=["channel", "group"])
async def test_a_question_is_answered_where_it_was_asked(
    kari: TeamsClient, desk: Desk, sample: str, place: str
) -> None:
    (answer,) = await kari.mention("hvordan kobler jeg til VPN?", sample=sample)
    assert (answer.conversation, answer.text) == (place, "re: hvordan kobler jeg til VPN?")
    stored = desk.front.conversations.get(kari.conversation(room=place))
    assert stored is not None
    assert not stored.proven
    assert stored.account is None


async def test_only_the_mention_of_the_bot_is_taken_out(kari: TeamsClient, desk: Desk) -> None:
    data = kari.payload(
        "message_channel", text="<at>Ola Hansen</at> sier at <at>Tier0</at> vet om Tier0 virker"
    )
    data["entities"].append(
        {
            "type": "mention",
            "text": "<at>Ola Hansen</at>",
            "mentioned": {"id": "29:ola", "name": "Ola Hansen"},
        }
    )
    await kari.post(data)
    await kari.settled()
    assert desk.dialogue.texts == ["Ola Hansen sier at   vet om Tier0 virker"]


async def test_what_is_not_said_to_the_bot_is_not_heard(kari: TeamsClient, desk: Desk) -> None:
    """Where an administrator lets the bot read all of a channel."""
    await kari.say("passordet mitt er hemmelig", sample="message_channel", entities=[])
    assert desk.dialogue.texts == []
    with desk.front.store.transaction() as connection:
        assert (
            connection.exec_driver_sql(
                "select count(*) from messages where text like '%hemmelig%'"
            ).scalar_one()
            == 0
        )


@pytest.mark.parametrize(("sample", "place"), ROOMS, ids=["channel", "group"])
async def test_account_matters_go_on_in_the_private_chat(desk: Desk, sample: str, place: str) -> None:
    kari = desk.client(KARI)
    said = await kari.mention("password glemt", sample=sample)
    told, *private = said if said[0].conversation == place else said[::-1]
    assert told.conversation == place
    assert told.text == "utter_go_private (nb)"
    (link,) = told.buttons.values()
    assert link["url"] == f"https://teams.microsoft.com/l/chat/0/0?users=28:{APP_ID}"
    assert {s.conversation for s in private} == {"a:29:kari"}, "opened for one who never wrote there"
    assert [s.text for s in sorted(private, key=lambda s: int(s.id[2:]))] == [
        *("utter_intro (nb)", "utter_from_room (nb)", "re: password glemt"),
    ], "D5: who was never met is first told who this is"
    assert [m.sender_id for m in desk.dialogue.heard] == [kari.conversation()]
    proven = desk.front.conversations.get(kari.conversation())
    assert proven is not None
    assert proven.account == "a-kari"


async def test_the_private_chat_that_is_there_is_used(kari: TeamsClient, desk: Desk) -> None:
    await kari.say("hei")
    said = await kari.mention("password glemt")
    assert {s.conversation for s in said} == {CHANNEL, "a:29:kari"}
    assert desk.microsoft.opened == {}


async def test_somebody_elses_click_is_told_to_them_alone(kari: TeamsClient, desk: Desk) -> None:
    """U12"""
    desk.dialogue.answers["vpn"] = [ASK]
    (said,) = await kari.mention("vpn")
    erik = desk.client(ERIK)
    before = len(desk.microsoft.said)
    sent = erik.payload("card_action", replyToId=said.id)
    sent["conversation"] = kari.payload("message_channel")["conversation"]
    sent["value"]["action"]["data"] = said.buttons["Ja"]["data"]
    status, body = await erik.post(sent)
    assert status == 200
    assert body["type"] == "application/vnd.microsoft.activity.message"
    assert body["value"] == "utter_not_your_button (sv)"
    await erik.settled()
    assert len(desk.microsoft.said) == before
    assert desk.dialogue.texts == ["vpn"]
    data = kari.payload("card_action", replyToId=said.id)
    data["conversation"] = sent["conversation"]
    data["value"]["action"]["data"] = sent["value"]["action"]["data"]
    status, body = await kari.post(data)
    assert body["type"] == "application/vnd.microsoft.card.adaptive"
    await kari.settled()
    assert desk.dialogue.texts == ["vpn", "/affirm"]


async def test_no_code_is_taken_in_a_room(kari: TeamsClient, desk: Desk) -> None:
    for sample in ("task_fetch", "task_submit"):
        sent = kari.payload(sample)
        sent["conversation"] = kari.payload("message_channel")["conversation"]
        status, body = await kari.post(sent)
        assert (status, body["task"]["type"]) == (200, "message")
    await kari.settled()
    assert desk.actions.tried == []


async def test_two_people_in_one_thread_are_two_conversations(kari: TeamsClient, desk: Desk) -> None:
    await kari.mention("hei")
    await desk.client(ERIK).mention("hej")
    assert len({m.sender_id for m in desk.dialogue.heard}) == 2
    assert {said.conversation for said in desk.microsoft.said} == {CHANNEL}


async def test_a_conversation_that_claims_to_be_personal_by_leaving_its_type_out(
    kari: TeamsClient, desk: Desk
) -> None:
    data = kari.payload("message_channel", text="<at>Tier0</at> password glemt")
    del data["conversation"]["conversationType"]
    await kari.post(data)
    await kari.settled()
    assert all(m.sender_id == kari.conversation() for m in desk.dialogue.heard)
