"""One to one: from the first message to the answer, and everything that can be pressed."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from connectors.codes import code_in
from tests.connectors.support import FakeDialogue, until
from tests.connectors.teams.client import TeamsClient
from tests.connectors.teams.conftest import Desk
from tests.connectors.teams.microsoft import EMILY, ERIK, KARI, LENA, Person, Said

ASK = {
    "text": "Låse opp?",
    "buttons": [{"title": "Ja", "payload": "/affirm"}, {"title": "Nei", "payload": "/deny"}],
}
CODE = {"text": "Skriv koden.", "custom": {"type": "code_field", "digits": 6, "factor": "sms"}}
ARTICLE = {
    "text": "**Koble til VPN**\n\n1. Åpne *Cisco*\n2. Skriv [adressen](https://vpn.example/a)",
    "custom": {
        "type": "article",
        "title": "Koble til VPN",
        "url": "https://it.example/articles/nb/vpn-connect",
        "owner": "Nett",
        "reviewed": "2026-10-15",
    },
    "buttons": [
        {"title": "solved (nb)", "payload": "/kb_solved"},
        {"title": "not_solved (nb)", "payload": "/no"},
    ],
}


async def test_a_message_is_answered(kari: TeamsClient, desk: Desk) -> None:
    (answer,) = await kari.say("vpn virker ikke")
    assert answer.text == "re: vpn virker ikke"
    assert answer.conversation == "a:29:kari"
    assert desk.dialogue.texts == ["vpn virker ikke"]
    stored = desk.front.conversations.get(kari.conversation())
    assert stored is not None
    assert (stored.account, stored.proven, stored.language) == ("a-kari", True, "nb")


async def test_it_is_acknowledged_before_the_work(kari: TeamsClient, desk: Desk) -> None:
    """S10: stored, then acknowledged, then worked on - even when the dialogue takes long and Teams is slow to say who."""
    free = asyncio.Event()

    async def wait(_: Any) -> None:
        await free.wait()

    desk.dialogue.before = wait
    desk.microsoft.members_down = True
    started = time.monotonic()
    status, body = await kari.post(kari.payload("message_personal", text="hei"))
    assert (status, body) == (200, None)
    assert time.monotonic() - started < 1
    assert desk.runtime.inbox.has_work(kari.conversation())
    desk.microsoft.members_down = False
    free.set()
    await kari.settled()
    assert [said.text for said in desk.microsoft.said] == ["re: hei"]


class TestRepeats:
    """F11"""

    async def test_each_delivery_four_times_late_and_out_of_order(
        self, kari: TeamsClient, desk: Desk
    ) -> None:
        first, second = (
            kari.payload("message_personal", text="en"),
            kari.payload("message_personal", text="to"),
        )
        for data in (first, second, first, second):
            assert (await kari.post(data))[0] == 200
        await kari.settled()
        desk.front.clock.advance(timedelta(days=6))
        for data in (second, first, second, first):
            assert (await kari.post(data))[0] == 200
        await kari.settled()
        assert desk.dialogue.texts == ["en", "to"]
        assert [said.text for said in desk.microsoft.said] == ["re: en", "re: to"]

    async def test_four_at_once_are_one(self, kari: TeamsClient, desk: Desk) -> None:
        data = kari.payload("message_personal", text="hei")
        assert {status for status, _ in await asyncio.gather(*(kari.post(data) for _ in range(4)))} == {200}
        await kari.settled()
        assert len(desk.microsoft.said) == 1

    async def test_a_click_that_comes_again_under_new_ids_is_one(self, kari: TeamsClient, desk: Desk) -> None:
        """Teams repeats what was answered late with another `id` and `timestamp`."""
        desk.dialogue.answers["låst"] = [ASK]
        (said,) = await kari.say("låst")
        once = said.buttons["Ja"]
        for number in range(4):
            data = kari.payload("card_action", id=f"f:{number}", replyToId=said.id)
            data["value"]["action"]["data"] = once["data"]
            status, body = await kari.post(data)
            assert (status, body["type"]) == (200, "application/vnd.microsoft.card.adaptive")
        await kari.settled()
        assert desk.dialogue.texts == ["låst", "/affirm"]
        assert [s.text for s in desk.microsoft.said[1:]] == ["re: /affirm"]

    async def test_a_code_that_comes_again_under_new_ids_costs_one_try(
        self, kari: TeamsClient, desk: Desk
    ) -> None:
        desk.dialogue.answers["glemt"] = [CODE]
        (said,) = await kari.say("glemt")
        desk.actions.codes[kari.conversation()] = "739205"
        dialog = await kari.open_dialog(said, "Skriv inn koden")
        for _ in range(4):
            assert (await kari.submit(dialog, "739206"))["type"] == "message"
        await kari.settled()
        assert desk.actions.tried == ["739206"]

    async def test_the_same_id_of_another_person_is_another_message(
        self, kari: TeamsClient, desk: Desk
    ) -> None:
        await kari.say("hei", id="17")
        erik = desk.client(ERIK)
        await erik.meet()
        await erik.say("hej", id="17")
        assert desk.dialogue.texts == ["hei", "hej"]


class TestButtons:
    @pytest.fixture
    async def asked(self, kari: TeamsClient, desk: Desk) -> Said:
        desk.dialogue.answers["låst"] = [ASK]
        (said,) = await kari.say("låst")
        return said

    async def test_a_button_carries_a_token_and_nothing_else(self, asked: Said) -> None:
        """S9"""
        for action in asked.buttons.values():
            assert action["type"] == "Action.Execute"
            assert set(action["data"]) == {"button"}
            assert action["fallback"]["data"] == action["data"]
            assert "affirm" not in str(action)
            assert "deny" not in str(action)

    async def test_the_outcome_replaces_the_buttons_at_once_and_for_good(
        self, asked: Said, kari: TeamsClient, desk: Desk
    ) -> None:
        body = await kari.click(asked, "Ja")
        assert not asked.buttons
        assert asked.text == "Låse opp?\n\nDu valgte: Ja"
        await kari.settled()
        stored = desk.microsoft.find(asked.id)
        assert stored is not None
        assert (stored.versions, stored.card) == (2, body["value"]), "also for whoever opens Teams later"
        assert desk.dialogue.texts == ["låst", "/affirm"]

    async def test_typing_in_place_of_clicking_takes_the_buttons_off(
        self, asked: Said, kari: TeamsClient, desk: Desk
    ) -> None:
        await kari.say("hva da?")
        assert (asked.text, asked.buttons, asked.versions) == ("Låse opp?", {}, 2)
        assert asked.card, "still the card that it was"
        await kari.say("ja vel")
        assert asked.versions == 2, "not again with each message"

    async def test_the_greeting_is_behind_who_begins_by_typing(self, kari: TeamsClient, desk: Desk) -> None:
        greeting = desk.microsoft.greetings[0]
        assert len(greeting.buttons) == 4
        words = greeting.text
        await kari.say("hei")
        assert (greeting.text, greeting.buttons) == (words, {})

    @pytest.mark.parametrize("status", [429, 502, 404])
    async def test_buttons_that_cannot_be_taken_off_delay_no_answer(
        self, asked: Said, kari: TeamsClient, desk: Desk, status: int
    ) -> None:
        desk.microsoft.put_answers = [(status, {"Retry-After": "20"}, {})]
        (answer,) = await kari.say("hva da?")
        assert answer.text == "re: hva da?"
        assert asked.buttons
        desk.front.clock.advance(timedelta(seconds=22))
        await kari.settled()
        assert bool(asked.buttons) is (status == 404), "an activity that is gone is left alone"
        assert not desk.microsoft.put_answers

    async def test_the_other_button_afterwards_is_told_so(
        self, asked: Said, kari: TeamsClient, desk: Desk
    ) -> None:
        data = kari.payload("card_action", replyToId=asked.id)
        data["value"]["action"]["data"] = asked.buttons["Nei"]["data"]
        await kari.choose(asked, "Ja")
        assert (await kari.post(data))[0] == 200
        await kari.settled()
        assert desk.microsoft.said[-1].text == "utter_button_done (nb)"
        assert "/deny" not in desk.dialogue.texts

    async def test_a_card_that_is_too_old(self, asked: Said, kari: TeamsClient, desk: Desk) -> None:
        desk.front.clock.advance(timedelta(minutes=61))
        (said,) = await kari.choose(asked, "Ja")
        assert said.text == "utter_button_expired (nb)"
        assert not asked.buttons
        assert desk.dialogue.texts == ["låst"]

    async def test_a_client_without_execute_submits(self, asked: Said, kari: TeamsClient, desk: Desk) -> None:
        data = kari.payload("card_submit", replyToId=asked.id, value=asked.buttons["Ja"]["fallback"]["data"])
        assert await kari.post(data) == (200, None)
        await kari.settled()
        assert desk.dialogue.texts == ["låst", "/affirm"]

    @pytest.mark.parametrize(
        "data", [None, 7, [], {}, {"button": 7}, {"button": ""}, {"button": ["x"]}], ids=str
    )
    async def test_a_click_without_a_token(
        self, asked: Said, kari: TeamsClient, desk: Desk, data: Any
    ) -> None:
        sent = kari.payload("card_action", replyToId=asked.id)
        sent["value"]["action"]["data"] = data
        status, body = await kari.post(sent)
        assert (status, body["statusCode"]) == (200, 200)
        await kari.settled()
        assert desk.dialogue.texts == ["låst"]

    async def test_another_persons_button_does_nothing(
        self, asked: Said, kari: TeamsClient, desk: Desk
    ) -> None:
        """U12"""
        erik = desk.client(ERIK)
        sent = erik.payload("card_action", replyToId=asked.id)
        sent["value"]["action"]["data"] = asked.buttons["Ja"]["data"]
        assert (await erik.post(sent))[0] == 200
        await erik.settled()
        assert desk.dialogue.texts == ["låst"]
        assert await kari.choose(asked, "Ja")

    async def test_a_forged_one_does_nothing(self, asked: Said, kari: TeamsClient, desk: Desk) -> None:
        token = asked.buttons["Ja"]["data"]["button"]
        sent = kari.payload("card_action", replyToId=asked.id)
        sent["value"]["action"]["data"] = {"button": token[:-1] + ("0" if token[-1] != "0" else "1")}
        assert (await kari.post(sent))[0] == 200
        await kari.settled()
        assert desk.dialogue.texts == ["låst"]


class TestCodes:
    """S3, D3: a code is typed into the dialog, and goes straight to the check."""

    @pytest.fixture
    async def asked(self, kari: TeamsClient, desk: Desk) -> Said:
        desk.dialogue.answers["glemt"] = [CODE]
        (said,) = await kari.say("glemt")
        desk.actions.codes[kari.conversation()] = "739205"
        return said

    async def test_the_dialog(self, asked: Said, kari: TeamsClient, desk: Desk) -> None:
        dialog = await kari.open_dialog(asked, "Skriv inn koden")
        assert dialog["type"] == "continue"
        card = dialog["value"]["card"]["content"]
        (field,) = [element for element in card["body"] if element["type"] == "Input.Text"]
        assert field["style"] == "Password"
        assert field["label"] == "Kode fra SMS-en"
        assert [action["type"] for action in card["actions"]] == ["Action.Submit"], "dialogs know no other"
        assert await kari.submit(dialog, " 739 205 ") == {"type": "message", "value": "Kode skrevet inn"}
        await kari.settled()
        assert desk.actions.tried == ["739205"]
        assert desk.dialogue.texts == ["glemt", "/code_entered"]
        shown = desk.microsoft.find(asked.id)
        assert shown is not None
        assert not shown.buttons, "a field that was answered asks no more"

    async def test_once_one_was_accepted_no_card_offers_another_way(
        self, kari: TeamsClient, desk: Desk
    ) -> None:
        another = {"title": "Send den på e-post", "payload": "/use_factor"}
        desk.dialogue.answers["glemt"] = [{**CODE, "buttons": [another]}]
        desk.dialogue.answers["/code_entered"] = [{**CODE, "text": "Feil kode", "buttons": [another]}]
        (first,) = await kari.say("glemt")
        token = first.buttons[another["title"]]["data"]["button"]
        desk.actions.codes[kari.conversation()] = "739205"
        await kari.submit(await kari.open_dialog(first, "Skriv inn koden"), "111111")
        await kari.settled()
        assert set(first.buttons) == {another["title"]}, "the field is used up, another way is not"
        second = desk.microsoft.said[-1]
        desk.dialogue.answers["/code_entered"] = [{"text": "ok"}]
        await kari.submit(await kari.open_dialog(second, "Skriv inn koden"), "739205")
        await kari.settled()
        for card in (first, second):
            assert not card.buttons
            assert "✓ Kode skrevet inn" in card.text
        late = kari.payload("card_action", replyToId=first.id)
        late["value"]["action"] |= {"data": {"button": token}}
        await kari.post(late)
        await kari.settled()
        assert desk.microsoft.said[-1].text == "utter_button_done (nb)"
        assert "/use_factor" not in desk.dialogue.texts

    async def test_what_is_no_code_is_asked_for_again(
        self, asked: Said, kari: TeamsClient, desk: Desk
    ) -> None:
        dialog = await kari.open_dialog(asked, "Skriv inn koden")
        for typed in ("", "12345", "kodeord", "1" * 60, "x" * 5_000):
            again = await kari.submit(dialog, typed)
            assert again["type"] == "continue"
            assert "Koden har 6 til 8 sifre." in str(again)
            assert typed not in str(again) or not typed
        assert (await kari.submit(again, "739205"))["type"] == "message"
        await kari.settled()
        assert desk.actions.tried == ["739205"]

    async def test_it_is_nowhere_to_be_read(self, asked: Said, kari: TeamsClient, desk: Desk) -> None:
        await kari.submit(await kari.open_dialog(asked, "Skriv inn koden"), "739205")
        await kari.settled()
        written = b"".join(path.read_bytes() for path in desk.front.settings.state_dir.glob("tier0.db*"))
        assert b"739205" not in written
        assert all("739205" not in str(message.as_dict() if hasattr(message, "as_dict") else message.text)
                   for message in desk.dialogue.heard)  # fmt: skip
        assert "739205" not in str([said.body for said in desk.microsoft.said])

    async def test_one_that_is_typed_into_the_chat_is_taken_out(
        self, asked: Said, kari: TeamsClient, desk: Desk
    ) -> None:
        assert code_in("koden er 739205")
        await kari.say("koden er 739205")
        assert desk.dialogue.texts == ["glemt", "/code_entered"]

    @pytest.mark.parametrize("data", [None, {}, {"dialog": "other"}, {"dialog": ["code"]}, []], ids=str)
    async def test_an_unknown_dialog_is_an_empty_answer(
        self, kari: TeamsClient, desk: Desk, data: Any
    ) -> None:
        for sample in ("task_fetch", "task_submit"):
            sent = kari.payload(sample)
            sent["value"]["data"] = data
            assert await kari.post(sent) == (200, None)
        assert desk.actions.tried == []

    @pytest.mark.parametrize("nonce", ["", "x", 7, None, "../../", "0" * 33], ids=str)
    async def test_a_nonce_of_the_clients_own_is_refused(
        self, kari: TeamsClient, desk: Desk, nonce: Any
    ) -> None:
        sent = kari.payload("task_submit")
        sent["value"]["data"]["nonce"] = nonce
        status, body = await kari.post(sent)
        assert (status, body["task"]["type"]) == (200, "continue")
        assert desk.actions.tried == []


class TestArticles:
    @pytest.fixture
    async def shown(self, kari: TeamsClient, desk: Desk) -> Said:
        desk.dialogue.answers["vpn"] = [ARTICLE]
        (said,) = await kari.say("vpn")
        return said

    async def test_it_is_a_card_with_its_steps(self, shown: Said) -> None:
        assert shown.text == (
            "Koble til VPN\n\n1. Åpne \\*Cisco\\*\n2. Skriv [adressen](https://vpn.example/a)\n\n"
            "Gjennomgått 15. okt. 2026 · Ansvarlig: Nett"
        )
        assert shown.buttons["Hele artikkelen"]["url"] == "https://it.example/articles/nb/vpn-connect"
        assert shown.body["summary"].startswith("Koble til VPN")
        assert shown.body["channelData"] == {"feedbackLoop": {"type": "default"}}

    @pytest.mark.parametrize(("reaction", "payload"), [("like", "/kb_solved"), ("dislike", "/no")])
    async def test_a_thumb_counts_as_its_button(
        self, shown: Said, kari: TeamsClient, desk: Desk, reaction: str, payload: str
    ) -> None:
        for _ in range(4):
            sent = kari.payload("feedback", replyToId=shown.id)
            sent["value"]["actionValue"] = {
                "reaction": reaction,
                "feedback": '{"feedbackText": "hemmelig 4711"}',
            }
            assert await kari.post(sent) == (200, None), "any body would be shown as an error"
        await kari.settled()
        assert desk.dialogue.texts == ["vpn", payload]

    @pytest.mark.parametrize(
        "value", [None, {}, {"actionValue": 7}, {"actionValue": {"reaction": []}}], ids=str
    )
    async def test_a_thumb_that_cannot_be_read(
        self, shown: Said, kari: TeamsClient, desk: Desk, value: Any
    ) -> None:
        assert await kari.post(kari.payload("feedback", replyToId=shown.id, value=value)) == (200, None)
        await kari.settled()
        assert desk.dialogue.texts == ["vpn"]


class TestWelcome:
    @pytest.mark.parametrize(
        ("person", "language"), [(KARI, "nb"), (ERIK, "sv"), (LENA, "de"), (EMILY, "en")]
    )
    async def test_once_and_in_the_persons_own_language(
        self, desk: Desk, person: Person, language: str
    ) -> None:
        client = desk.client(person)
        for sample in ("installation_add", "conversation_update", "installation_add"):
            assert await client.post(client.payload(sample)) == (200, None)
        await client.settled()
        (said,) = desk.microsoft.said
        assert said.text == f"utter_intro ({language})"
        assert next(iter(said.buttons)) == f"reset_password ({language})"
        await client.choose(said, f"person ({language})")
        assert desk.dialogue.texts == ["/talk_to_human"]

    async def test_whoever_writes_first_is_told_once_too(self, desk: Desk) -> None:
        """D5: the first reply says what it is; the app's installation a second later says no more."""
        client = desk.client(KARI)
        assert [said.text for said in await client.say("hei")] == ["utter_intro (nb)", "re: hei"]
        await client.post(client.payload("installation_add"))
        await client.settled()
        assert len(desk.microsoft.said) == 2

    async def test_installing_and_removing_the_app_stands_in_the_audit_trail(self, desk: Desk) -> None:
        """D2: once each, though Teams repeats itself; the person under a pseudonym."""
        kari = desk.client(KARI)
        added = kari.payload("installation_add")
        removed = kari.payload("installation_add", action="remove")
        for activity in (added, added, removed, removed):
            assert await kari.post(activity) == (200, None)
        await kari.settled()
        audit = desk.runtime.audit
        rows = list(audit.export())
        assert [(row["event"], row["outcome"]) for row in rows] == [
            *(("teams.installed", "done"), ("teams.removed", "done"))
        ]
        assert KARI.object_id not in str(rows)
        assert rows[0]["actor"] == rows[1]["actor"]
        assert rows[0]["details"]["kind"] == "personal"
        assert audit.verify() == []
        assert len(desk.microsoft.said) == 1, "the welcome; there is nothing to say to who removes it"

    async def test_not_in_teams_with_many_people(self, kari: TeamsClient, desk: Desk) -> None:
        assert await kari.post(kari.payload("team_update")) == (200, None)
        await kari.settled()
        assert desk.microsoft.said == []


async def test_typing_is_shown_while_it_takes_long(kari: TeamsClient, desk: Desk) -> None:
    free = asyncio.Event()

    async def wait(_: Any) -> None:
        await free.wait()

    desk.dialogue.before = wait
    await kari.post(kari.payload("message_personal", text="hei"))
    await until(lambda: bool(desk.microsoft.typing))
    free.set()
    await kari.settled()
    shown = len(desk.microsoft.typing)
    assert desk.microsoft.typing[0] == "a:29:kari"
    await asyncio.sleep(0.6)
    assert len(desk.microsoft.typing) == shown, "and no longer"


async def test_what_a_person_of_l1_writes_is_told_apart(kari: TeamsClient, desk: Desk) -> None:
    """S12, and proactive: nobody has written just now, the stored address serves."""
    await kari.say("hei")
    desk.front.conversations.say(
        conversation=kari.conversation(),
        key="a1",
        author="agent",
        author_name="Berit",
        text="Prøv *nå*.\nHilsen B",
    )
    desk.runtime.sender.tell(kari.conversation())
    await kari.settled()
    assert desk.microsoft.said[-1].text == ("**Berit, IT (person)**\n\nPrøv \\*nå\\*.\n\nHilsen B")


async def test_what_is_no_speech_is_not_answered(kari: TeamsClient, desk: Desk) -> None:
    for type_ in (
        "typing",
        "messageReaction",
        "messageUpdate",
        "messageDelete",
        "endOfConversation",
        "",
        "unknown",
    ):
        assert await kari.post(kari.payload("message_personal", type=type_)) == (200, None)
    assert await kari.post(kari.payload("task_fetch", name="composeExtension/query")) == (200, None)
    await kari.settled()
    assert desk.dialogue.texts == []


async def test_a_picture_without_words_gets_an_answer(kari: TeamsClient, desk: Desk) -> None:
    """S9: no attachment is fetched."""
    picture = {"contentType": "image/png", "contentUrl": "https://evil.example/x.png"}
    (said,) = await kari.say("", attachments=[picture])
    assert said.text == "utter_empty (nb)"


# --- the preview of a ticket ---


async def test_the_lines_of_a_preview_are_corrected_in_a_dialog_and_sent_once(
    kari: TeamsClient, dialogue: FakeDialogue
):
    lines = [
        {"at": "problem", "name": "Problem", "value": "Sage *freezes*"},
        {"at": "told:since", "name": "Since when", "value": "since Monday"},
        {"at": "told:device", "name": "Device", "value": "the PC in London"},
    ]
    buttons = [{"title": "Send it", "payload": "/just_send"}, {"title": "Cancel", "payload": "/cancel"}]
    dialogue.answers["a person"] = [
        {"text": "About to be sent", "buttons": buttons, "custom": {"type": "preview", "lines": lines}}
    ]
    said = (await kari.say("a person"))[-1]
    edit = next(title for title in said.buttons if title not in ("Send it", "Cancel"))
    dialog = await kari.open_dialog(said, edit)
    fields = [e for e in dialog["value"]["card"]["content"]["body"] if e["type"] == "Input.Text"]
    assert [(f["label"], f["value"]) for f in fields] == [(line["name"], line["value"]) for line in lines]
    typed = {"Since when": "since Tuesday", "Device": "", "Problem": "mitt passord er Sommer2026!x"}
    for _ in range(2):
        assert (await kari.fill_in(dialog, typed))["type"] == "message"
    await kari.settled()
    heard = dialogue.heard[-1]
    assert dialogue.texts == ["a person", "/just_send"]
    edits = {each["at"]: each["now"] for each in (heard.metadata or {})["edits"]}
    assert edits["told:since"] == "since Tuesday"
    assert edits["told:device"] == ""
    assert "Sommer2026" not in edits["problem"]
    assert (await kari.fill_in(dialog, typed))["type"] == "message"
    assert dialogue.texts == ["a person", "/just_send"]
