"""One-time codes: found in what was typed, checked elsewhere, kept nowhere (S3, D3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.codes import code_in, code_typed
from connectors.inbox import LEASE
from connectors.runtime import Runtime
from tests.connectors.support import Chat, identify, label, say, until

CODES = {
    "123456": "123456",
    " 123 456 ": "123456",
    "123-456": "123456",
    "12 34 56 78": "12345678",
    "1 2 3 4 5 6": "123456",
    "12345678": "12345678",
    "１２３４５６": "123456",
    "１２３　４５６": "123456",
    "١٢٣٤٥٦": "123456",
    "123\u2013456": "123456",
    "123\u00a0456": "123456",
    "12\u200b3456": "123456",
    "123456.": "123456",
    "koden er 123 456": "123456",
    "Koden er: 123456": "123456",
    "koden min er 123456 takk": "123456",
    "engangskoden er 123456": "123456",
    "koden är 123456": "123456",
    "min kod: 123 456": "123456",
    "jag fick koden 12345678 i sms": "12345678",
    "mein Code ist 123456": "123456",
    "der Einmalcode lautet 123 456": "123456",
    "my code is 123456": "123456",
    "the code I got by text message is 123456, thanks": "123456",
    "verification code 123456": "123456",
    "the PIN is 123456": "123456",
    "here you go 123456": "123456",
    "det er 123456": "123456",
    "123456 takk": "123456",
    "one two three four five six": "123456",
    "en to tre fire fem seks": "123456",
    "ett två tre fyra fem sex": "123456",
    "eins zwei drei vier fünf sechs": "123456",
    "koden er null sju åtte ni fire to": "078942",
}

NO_CODES = [
    "",
    "12345",
    "123456789",
    "1234 5678 9012 3456",
    "INC0010001",
    "T0-123456",
    "0x80070005",
    "error 800700 05",
    "192.168.100.100",
    "10.0.19045.3",
    "2026-11-22",
    "ring meg på 22 33 44 55",
    "call me on 555 123 45",
    "Telefon 030 123456",
    "sak 123456",
    "ticket 123456",
    "ärende 123456",
    "my asset is 123456",
    "123456 and 654321",
    "I moved from office 123456 to another floor and now my docking station does not work",
    "vpn 12 drops every 34 minutes since 5 days",
    "https://intranet.example/123456",
    "\\\\server\\123456",
    "#123456",
    "123456 " + "x" * 200,
    "1" * 4_000,
    "my version is 16.0.123456",
    "one two",
    "en",
]


@pytest.mark.parametrize(("text", "code"), CODES.items())
def test_a_code_is_found(text: str, code: str) -> None:
    assert code_in(text) == code


@pytest.mark.parametrize("text", NO_CODES)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert code_in(text) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123 456", "123456"),
        ("１２３４５６", "123456"),
        ("12345", None),
        ("", None),
        ("abc", None),
        ("1" * 9, None),
    ],
)
def test_the_code_field(typed: str, code: str | None) -> None:
    assert code_typed(typed) == code


def stored_in(folder: Path) -> str:
    """All that lies there. SQLite may fold its journal into the database meanwhile: then it is read again."""
    while True:
        try:
            files = [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]
            return b"".join(files).decode("utf-8", "ignore")
        except FileNotFoundError:
            continue


class TestTypedCode:
    @pytest.fixture(autouse=True)
    async def _waiting(self, chat: Chat) -> None:
        """Kari's conversation waits for 123456."""
        await chat.send("reset my password")
        chat.actions.codes[chat.conversation()] = "123456"

    async def test_it_never_becomes_a_message(self, chat: Chat) -> None:
        assert await chat.texts("my code is 123 456") == ["re: /code_entered"]
        assert chat.actions.tried == ["123456"]
        assert chat.dialogue.texts[1:] == ["/code_entered"]
        assert [m.text for m in chat.transcript()][2:] == ["[code]", "re: /code_entered"]
        assert self.nowhere(chat, "123456", "123 456")

    async def test_a_wrong_one_is_kept_out_too(self, chat: Chat) -> None:
        await chat.send("654321")
        assert self.nowhere(chat, "654321")
        assert chat.dialogue.texts[-1] == "/code_entered"

    async def test_the_field_has_the_same_path(self, chat: Chat) -> None:
        assert await chat.texts(code="123456") == ["re: /code_entered"]
        assert self.nowhere(chat, "123456")

    async def test_four_deliveries_are_one_try(self, chat: Chat) -> None:
        """F11"""
        for _ in range(4):
            await chat.send("123456", key="same")
        assert chat.actions.tried == ["123456"]

    async def test_where_it_cannot_be_checked_it_counts_as_not_given(self, chat: Chat) -> None:
        chat.actions.down = True
        assert await chat.texts("123456") == ["utter_try_again (en)"]
        assert self.nowhere(chat, "123456")
        assert chat.dialogue.texts == ["reset my password"]

    async def test_killed_while_checking_the_dialogue_looks_the_outcome_up(self, chat: Chat) -> None:
        """F7: the code was in memory only, and is lost with it."""
        await chat.runtime.core.stop()
        from connectors.envelope import Envelope

        chat.runtime.core._intake.take(
            Envelope(channel="web", tenant="", channel_user="kari", key="c1", text="123456")
        )
        chat.front.clock.advance(LEASE)
        runtime = Runtime(chat.front, actions=chat.actions, identify=identify, say=say, label=label)
        runtime.core.start(chat.dialogue.port)
        await until(lambda: not runtime.inbox.has_work(chat.conversation()))
        await runtime.core.stop()
        assert chat.dialogue.texts[-1] == "/code_entered"
        assert self.nowhere(chat, "123456")

    async def test_it_waits_for_what_was_said_before(self, chat: Chat) -> None:
        import asyncio

        order: list[str] = []

        async def slow(message: object) -> None:
            await asyncio.sleep(0.15)
            order.append(f"worked, tried {len(chat.actions.tried)}")

        chat.dialogue.before = slow
        await chat.send("send me a code please", wait=False)
        await chat.send("123456")
        assert order[0] == "worked, tried 0"

    async def test_without_an_open_challenge_digits_are_just_words(self, chat: Chat) -> None:
        chat.actions.codes.clear()
        await chat.send("123456")
        assert "/code_entered" not in chat.dialogue.texts
        assert len(chat.dialogue.heard) == 2

    async def test_another_conversations_challenge_is_not_tried(self, chat: Chat) -> None:
        await chat.send("123456", user="eve")
        assert chat.dialogue.texts[-1] != "/code_entered"

    @staticmethod
    def nowhere(chat: Chat, *secrets: str) -> bool:
        stored = stored_in(chat.front.settings.state_dir)
        told = str([(m.text, m.metadata) for m in chat.dialogue.heard])
        return not any(secret in stored or secret in told for secret in secrets)
