"""One to one: from the first message to the answer, and everything that can be pressed."""

from __future__ import annotations

from tests.connectors.teams.client import TeamsClient
from tests.connectors.teams.conftest import Desk


async def test_a_message_is_answered(kari: TeamsClient, desk: Desk) -> None:
    (answer,) = await kari.say("vpn virker ikke")
    assert answer.text == "re: vpn virker ikke"
    assert answer.conversation == "a:29:kari"
    assert desk.dialogue.texts == ["vpn virker ikke"]
    stored = desk.front.conversations.get(kari.conversation())
    assert stored is not None
    assert (stored.account, stored.proven, stored.language) == ("a-kari", True, "nb")
