"""The one path of every message: store, answer, work, send."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from rasa.core.channels.channel import UserMessage
from sqlalchemy import update

from connectors.actions_client import KnownAccount
from connectors.core import Core
from connectors.envelope import Item, ItemKind
from connectors.inbox import LEASE
from connectors.runtime import Runtime
from servicedesk.directory.port import AccountId
from servicedesk.store.tables import inbound
from tests.connectors.support import Chat, FakeActions, Front, identify, label, say, until


async def test_a_message_is_answered_and_both_are_written_down(chat: Chat) -> None:
    assert await chat.texts("my vpn is down") == ["re: my vpn is down"]
    assert [(m.author, m.text) for m in chat.transcript()] == [
        ("employee", "my vpn is down"),
        ("bot", "re: my vpn is down"),
    ]


async def test_metadata_tells_language_and_key_and_nothing_about_the_person(chat: Chat) -> None:
    """S1, S9: identity is in the store, by the conversation's id."""
    await chat.send("jeg kommer ikke inn", account=AccountId("a-kari"))
    message = chat.dialogue.heard[0]
    assert set(message.metadata or {}) == {"channel", "language", "language_confidence", "key"}
    assert message.metadata["language"] == "nb"
    assert message.metadata["key"] == message.message_id
    assert message.input_channel == "web"
    assert "kari" not in json.dumps(message.metadata)
    assert message.sender_id == chat.conversation()
    stored = chat.front.conversations.get(message.sender_id)
    assert stored is not None
    assert stored.account == "a-kari"
    assert stored.proven


async def test_text_buttons_and_custom_stay_one_reply(chat: Chat) -> None:
    chat.dialogue.answers["vpn"] = [
        {
            "text": "Steps",
            "buttons": [{"title": "Solved", "payload": "/kb_solved"}],
            "custom": {"type": "article", "title": "VPN"},
        }
    ]
    replies = await chat.send("vpn")
    assert len(replies) == 1
    assert replies[0].text == "Steps"
    assert [title for title, _ in replies[0].choices] == ["Solved"]
    assert replies[0].custom == {"type": "article", "title": "VPN"}
    assert "/kb_solved" not in json.dumps([m.content for m in chat.transcript()])


class TestExactlyOnce:
    """F11: redelivered, two at once, in order."""

    async def test_four_deliveries_at_once_have_one_effect(self, chat: Chat) -> None:
        replies = await asyncio.gather(*(chat.texts("hello", key="same") for _ in range(4)))
        assert replies == [["re: hello"]] * 4
        assert chat.dialogue.texts == ["hello"]
        assert len(chat.transcript()) == 2

    async def test_a_late_redelivery_is_answered_as_the_first_was(self, chat: Chat) -> None:
        first = await chat.texts("hello", key="same")
        await chat.texts("something else")
        assert await chat.texts("hello", key="same") == first
        assert chat.dialogue.texts == ["hello", "something else"]

    async def test_one_clients_message_id_means_nothing_in_another_conversation(self, chat: Chat) -> None:
        await chat.send("hello", key="same", user="kari")
        await chat.send("hello", key="same", user="ola")
        assert len(chat.dialogue.heard) == 2

    async def test_messages_of_a_conversation_are_worked_on_one_at_a_time_in_order(self, chat: Chat) -> None:
        running: list[str] = []
        overlaps: list[str] = []

        async def slow(message: UserMessage) -> None:
            overlaps.extend(running)
            running.append(message.text or "")
            await asyncio.sleep(0.02)
            running.remove(message.text or "")

        chat.dialogue.before = slow
        for number in range(8):
            await chat.send(f"message {number}", wait=False)
        await until(lambda: len(chat.dialogue.tracker) == 8)
        assert overlaps == []
        assert chat.dialogue.texts == [f"message {number}" for number in range(8)]

    async def test_conversations_do_not_wait_for_each_other(self, chat: Chat) -> None:
        blocked = asyncio.Event()

        async def block_kari(message: UserMessage) -> None:
            if message.text == "slow":
                await blocked.wait()

        chat.dialogue.before = block_kari
        await chat.send("slow", user="kari", wait=False)
        assert await chat.texts("quick", user="ola") == ["re: quick"]
        blocked.set()

    async def test_two_processes_keep_the_order_of_one_conversation(
        self, chat: Chat, front: Front, actions: FakeActions
    ) -> None:
        other = Chat(
            Runtime(front, actions=actions, identify=identify, say=say, label=label),
            chat.dialogue,
            actions,
            front,
        )
        other.runtime.core.start(chat.dialogue.port)
        running = 0
        most = 0

        async def count(_: UserMessage) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1

        chat.dialogue.before = count
        for number in range(10):
            await (chat if number % 2 else other).send(f"m {number}", key=f"k{number}", wait=False)
        await until(lambda: len(chat.dialogue.tracker) == 10)
        await other.runtime.core.stop()
        assert most == 1
        assert chat.dialogue.texts == [f"m {number}" for number in range(10)]


class TestCrash:
    """F7: killed between any two steps; the next start takes up what is open."""

    @staticmethod
    def restarted(chat: Chat) -> Core:
        runtime = Runtime(chat.front, actions=chat.actions, identify=identify, say=say, label=label)
        runtime.core.start(chat.dialogue.port)
        return runtime.core

    async def test_killed_after_storing(self, chat: Chat) -> None:
        await chat.runtime.core.stop()  # stored, but nobody works
        await chat.send("hello", wait=False)
        assert chat.dialogue.heard == []
        core = self.restarted(chat)
        await until(lambda: [m.text for m in chat.transcript()] == ["hello", "re: hello"])
        await core.stop()

    async def test_killed_between_two_replies_repeats_none(self, chat: Chat) -> None:
        chat.dialogue.answers["vpn"] = [{"text": "one"}, {"text": "two"}, {"text": "three"}]
        await self.killed_at(chat, "vpn", replies=1)
        assert [m.text for m in chat.transcript()] == ["vpn", "one"]
        await self.recover(chat)
        assert [m.text for m in chat.transcript()] == ["vpn", "one", "two", "three"]

    async def test_killed_after_the_tracker_was_saved_does_not_run_the_turn_again(self, chat: Chat) -> None:
        await self.killed_at(chat, "vpn", replies=1, saved=True)
        await self.recover(chat)
        assert len(chat.dialogue.heard) == 0, "the second attempt asked the dialogue again"
        assert [m.text for m in chat.transcript()] == ["vpn", "re: vpn"]

    async def test_a_poison_message_is_parked_after_three_attempts_and_the_next_one_works(
        self, chat: Chat
    ) -> None:
        """F12"""
        await chat.runtime.core.stop()
        await chat.send("poison", wait=False)
        await chat.send("fine", wait=False)
        for _ in range(3):
            assert chat.runtime.inbox.claim(chat.conversation()) is not None  # ... and the process dies
            chat.front.clock.advance(LEASE)
        core = self.restarted(chat)
        await until(lambda: "re: fine" in [m.text for m in chat.transcript()])
        await core.stop()
        assert chat.dialogue.texts == ["fine"]
        parked = next(m.text for m in chat.transcript() if m.text.startswith("utter_error_reference"))
        assert len(parked.split()[-1]) == 8

    async def test_a_row_that_cannot_be_read_blocks_nothing(self, chat: Chat) -> None:
        """F12"""
        await chat.runtime.core.stop()
        await chat.send("first", wait=False)
        with chat.front.store.transaction() as connection:
            connection.execute(update(inbound).values(text="no json"))
        await chat.send("second", wait=False)
        core = self.restarted(chat)
        await until(lambda: "re: second" in [m.text for m in chat.transcript()])
        await core.stop()

    async def test_a_live_lease_is_respected_and_an_ended_one_is_not(self, chat: Chat) -> None:
        await chat.runtime.core.stop()
        await chat.send("hello", wait=False)
        held = chat.runtime.inbox.claim(chat.conversation())
        assert held is not None
        assert chat.runtime.inbox.claim(chat.conversation()) is None
        chat.front.clock.advance(LEASE - timedelta(seconds=1))
        assert chat.runtime.inbox.renew(held)
        chat.front.clock.advance(timedelta(seconds=5))
        assert chat.runtime.inbox.claim(chat.conversation()) is None
        chat.front.clock.advance(LEASE)
        second = chat.runtime.inbox.claim(chat.conversation())
        assert second is not None
        assert second.attempt == 2
        assert not chat.runtime.inbox.finish(held), "who slept past the lease must not finish"
        assert chat.runtime.inbox.finish(second)

    async def test_a_clock_set_back_does_not_hold_a_message_for_ever(self, chat: Chat) -> None:
        """F14"""
        await chat.runtime.core.stop()
        await chat.send("hello", wait=False)
        assert chat.runtime.inbox.claim(chat.conversation()) is not None
        chat.front.clock.advance(timedelta(days=-1))
        assert chat.runtime.inbox.claim(chat.conversation()) is not None

    async def test_a_message_that_a_process_with_a_clock_ahead_has_in_hand_is_held(self, chat: Chat) -> None:
        """F7, F11: its lease ends later than any of ours, and yet no clock was set back."""
        await chat.runtime.core.stop()
        await chat.send("hello", wait=False)
        assert chat.runtime.inbox.claim(chat.conversation()) is not None
        chat.front.clock.advance(timedelta(seconds=-1))
        assert chat.runtime.inbox.claim(chat.conversation()) is None

    async def test_stopping_finishes_what_runs(self, chat: Chat) -> None:
        """F17"""

        async def slow(_: UserMessage) -> None:
            await asyncio.sleep(0.1)

        chat.dialogue.before = slow
        await chat.send("hello", wait=False)
        await until(lambda: len(chat.dialogue.heard) == 1)
        await chat.runtime.core.stop()
        assert [m.text for m in chat.transcript()] == ["hello", "re: hello"]
        assert not chat.runtime.inbox.has_work(chat.conversation())

    async def killed_at(self, chat: Chat, text: str, *, replies: int, saved: bool = False) -> None:
        """What a killed process leaves: the row leased, some replies stored, the tracker saved or not."""
        await chat.runtime.core.stop()
        await chat.send(text, wait=False)
        job = chat.runtime.inbox.claim(chat.conversation())
        assert job is not None
        from connectors.reply import Reply

        for ordinal, answer in enumerate(
            chat.dialogue.answers.get(text, [{"text": f"re: {text}"}])[:replies]
        ):
            chat.runtime.transcript.said(
                key=job.key,
                name=f"r{ordinal:02d}",
                conversation=job.conversation,
                reply=Reply.from_rasa(answer),
            )
        if saved:
            chat.dialogue.tracker.append(job.key)
        chat.front.clock.advance(LEASE)

    async def recover(self, chat: Chat) -> None:
        core = self.restarted(chat)
        await until(lambda: not chat.runtime.inbox.has_work(chat.conversation()))
        await core.stop()


class TestWhenTheDialogueFails:
    """F18: polite words, never silence."""

    async def test_an_exception(self, chat: Chat) -> None:
        async def broken(_: UserMessage) -> None:
            raise RuntimeError("model")

        chat.dialogue.before = broken
        assert await chat.texts("hello") == ["utter_try_again (en)"]
        chat.dialogue.before = None
        assert await chat.texts("hello again") == ["re: hello again"]

    async def test_no_reply_at_all(self, chat: Chat) -> None:
        chat.dialogue.answers["hello"] = []
        assert await chat.texts("hello") == ["utter_try_again (en)"]

    async def test_a_reply_that_never_comes(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hang(_: UserMessage) -> None:
            await asyncio.sleep(60)

        monkeypatch.setattr("connectors.work.DIALOGUE_SECONDS", 0.05)
        chat.dialogue.before = hang
        assert await chat.texts("hello") == ["utter_try_again (en)"]


class TestLanguage:
    async def test_the_first_guess_is_the_profiles(self, chat: Chat) -> None:
        await chat.send("vpn", locale="sv")
        assert chat.dialogue.heard[0].metadata["language"] == "sv"

    async def test_a_language_is_remembered_for_the_next_short_message(self, chat: Chat) -> None:
        await chat.send("ich komme nicht hinein")
        await chat.send("vpn")
        assert [m.metadata["language"] for m in chat.dialogue.heard] == ["de", "de"]

    async def test_a_chosen_language_stays(self, chat: Chat) -> None:
        await chat.send("hello")
        chat.front.conversations.set_language(chat.conversation(), "sv", chosen=True)
        await chat.send("ich komme nicht hinein")
        assert chat.dialogue.heard[-1].metadata["language"] == "sv"
        stored = chat.front.conversations.get(chat.conversation())
        assert stored is not None
        assert stored.language == "sv"
        assert stored.language_chosen

    async def test_names_in_an_answer_change_no_language_and_whole_sentences_do(self, chat: Chat) -> None:
        await chat.send("I need a screen for the meeting room")
        chat.dialogue.open_question = True
        await chat.send("6: Visio, prosjektrommet på Nesodden")
        assert chat.dialogue.heard[-1].metadata["language"] == "en"
        await chat.send(
            "jeg vil heller skrive norsk, for det er det jeg kan best og det går mye fortere for meg"
        )
        assert chat.dialogue.heard[-1].metadata["language"] == "nb"
        chat.dialogue.open_question = False
        await chat.send("ich komme nicht hinein")
        assert chat.dialogue.heard[-1].metadata["language"] == "de", "with nothing asked, as ever"

    async def test_an_order_for_a_language_is_obeyed_and_is_no_part_of_the_answer(self, chat: Chat) -> None:
        await chat.send("jeg trenger en skjerm til møterommet")
        await chat.send("Please write English. It has to be ready on Friday")
        assert chat.dialogue.texts[-1] == "It has to be ready on Friday"
        assert chat.dialogue.heard[-1].metadata["language"] == "en"
        await chat.send("Kan du svara på svenska?")
        assert chat.dialogue.texts[-1] == '/change_language{"language_name": "sv"}'
        stored = chat.front.conversations.get(chat.conversation())
        assert stored is not None
        assert (stored.language, stored.language_chosen) == ("sv", True)

    async def test_another_language_gets_one_english_reply_and_goes_no_further(self, chat: Chat) -> None:
        assert await chat.texts("je suis perdu") == ["utter_other_language (en)"]
        assert chat.dialogue.heard == []

    async def test_one_foreign_word_is_no_other_language(self, chat: Chat) -> None:
        await chat.send("suis")
        assert chat.dialogue.texts == ["suis"]


class TestPasswordInTheChat:
    """D3: redacted before anything is stored, and the employee is told."""

    async def test_it_is_taken_out_everywhere(self, chat: Chat) -> None:
        texts = await chat.texts("my password is Sommer-2026! and it does not work")
        assert texts[-1] == "utter_password_burnt (en)"
        assert len(texts) == 2
        everything = json.dumps([m.text for m in chat.transcript()]) + str(chat.dialogue.texts)
        assert "Sommer" not in everything
        assert "Sommer" not in "".join(path.read_text(errors="ignore") for path in _files(chat.front))

    async def test_it_is_said_once_when_nothing_else_is_left(self, chat: Chat) -> None:
        from connectors.envelope import Item as StoredItem

        assert StoredItem is Item
        await chat.runtime.core.stop()
        await chat.send("hello", wait=False)
        item = Item(kind=ItemKind.TEXT, value="[password]", burnt=True)
        with chat.front.store.transaction() as connection:
            connection.execute(update(inbound).values(text=item.dump()))
        core = TestCrash.restarted(chat)
        await until(lambda: not chat.runtime.inbox.has_work(chat.conversation()))
        await core.stop()
        assert [m.text for m in chat.transcript() if m.author == "bot"] == ["utter_password_burnt (en)"]
        assert chat.dialogue.heard == []


def _files(front: Front) -> list:  # type: ignore[type-arg]
    return [path for path in front.settings.state_dir.iterdir() if path.is_file()]


def test_known_account_is_a_value() -> None:
    assert KnownAccount(account=AccountId("x"), language=None) == KnownAccount(
        account=AccountId("x"), language=None
    )
