"""The REST channel: Rasa's request and answer, who is believed, and that nothing hostile makes it fail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
import yaml
from tenacity import stop_after_attempt

from connectors.rest import RestInput
from connectors.runtime import Runtime
from servicedesk.settings import Mode, Settings
from tests.connectors.hostile import HOSTILE_BODIES, HOSTILE_TEXTS
from tests.connectors.server import REST, Site, application, serve, stop
from tests.connectors.support import FakeActions, FakeDialogue, Front, identify, label, say

TRUSTED, PLAIN = "trusted-token-of-the-portal", "token-of-a-dashboard"


@pytest.fixture
def tokens(front: Front) -> None:
    entries = [
        {"name": "portal", "sha256": hashlib.sha256(TRUSTED.encode()).hexdigest(), "trusted": True},
        {"name": "dashboard", "sha256": hashlib.sha256(PLAIN.encode()).hexdigest()},
    ]
    (front.settings.state_dir / "rest_tokens.yml").write_text(yaml.safe_dump(entries))


async def test_health(site: Site) -> None:
    async with site.http.get(site.address + "/webhooks/rest/") as response:
        assert response.status == 200
        assert await response.json() == {"status": "ok"}


async def test_replies_are_rasas_list(site: Site) -> None:
    site.dialogue.answers["vpn"] = [
        {
            "text": "Steps\n\nMore",
            "buttons": [{"title": "Solved", "payload": "/kb_solved"}],
            "custom": {"type": "x"},
        },
        {"text": "Second"},
    ]
    replies = await site.rest("ola", "vpn")
    assert [reply["text"] for reply in replies] == ["Steps\n\nMore", "Second"]
    assert {reply["recipient_id"] for reply in replies} == {"ola"}
    assert replies[0]["buttons"][0]["title"] == "Solved"
    assert replies[0]["custom"] == {"type": "x"}
    assert set(replies[1]) == {"recipient_id", "text"}


async def test_a_buttons_payload_sent_back_presses_it(site: Site) -> None:
    site.dialogue.answers["vpn"] = [{"text": "?", "buttons": [{"title": "Solved", "payload": "/kb_solved"}]}]
    payload = (await site.rest("ola", "vpn"))[0]["buttons"][0]["payload"]
    assert "kb_solved" not in payload
    assert [r["text"] for r in await site.rest("ola", payload)] == ["re: /kb_solved"]
    assert [r["text"] for r in await site.rest("ola", payload)] == ["utter_button_done (en)"]


async def test_another_sender_cannot_press_it(site: Site) -> None:
    """U12"""
    site.dialogue.answers["vpn"] = [{"text": "?", "buttons": [{"title": "Solved", "payload": "/kb_solved"}]}]
    payload = (await site.rest("ola", "vpn"))[0]["buttons"][0]["payload"]
    assert [r["text"] for r in await site.rest("eve", payload)] == ["utter_button_expired (en)"]
    assert "/kb_solved" not in site.dialogue.texts
    assert [r["text"] for r in await site.rest("ola", payload)] == ["re: /kb_solved"]


async def test_the_same_message_id_is_worked_on_once(site: Site) -> None:
    """F11"""
    first = await site.rest("ola", "hello", message_id="abc")
    assert await site.rest("ola", "hello", message_id="abc") == first
    assert site.dialogue.texts == ["hello"]


async def test_metadata_of_the_client_is_ignored(site: Site) -> None:
    """S9: no security state in metadata."""
    await site.rest("ola", "hello", metadata={"account": "a-kari", "verified": True})
    assert set(site.dialogue.heard[0].metadata or {}) == {"channel", "language", "language_confidence", "key"}


class TestIdentity:
    """U5, S11"""

    async def test_a_sender_without_a_token_proves_nothing(self, site: Site) -> None:
        await site.rest("kari.nordmann", "hello")
        assert not self.proven(site)

    async def test_a_trusted_token_vouches_for_the_sender(self, site: Site, tokens: None) -> None:
        await site.rest("kari.nordmann", "hello", token=TRUSTED)
        assert self.proven(site)
        assert site.dialogue.heard[0].metadata["language"] == "nb"  # the account's

    async def test_another_token_does_not(self, site: Site, tokens: None) -> None:
        await site.rest("kari.nordmann", "hello", token=PLAIN)
        assert not self.proven(site)

    async def test_the_same_sender_under_other_trust_is_another_conversation(
        self, site: Site, tokens: None
    ) -> None:
        site.dialogue.answers["vpn"] = [{"text": "?", "buttons": [{"title": "Yes", "payload": "/affirm"}]}]
        payload = (await site.rest("kari.nordmann", "vpn", token=TRUSTED))[0]["buttons"][0]["payload"]
        assert [r["text"] for r in await site.rest("kari.nordmann", payload)] == ["utter_button_expired (en)"]
        assert len({message.sender_id for message in site.dialogue.heard}) == 1

    async def test_a_failed_look_up_means_no(
        self, site: Site, tokens: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """S1: the message is not accepted, neither as the employee's nor as a stranger's, and the caller is told."""
        monkeypatch.setattr(RestInput._look_up.retry, "stop", stop_after_attempt(2))
        await site.rest("kari.nordmann", "hello", token=TRUSTED)
        site.actions.down = True
        said = await site.rest("kari.nordmann", "hello again", token=TRUSTED)
        assert [reply["text"].split()[0] for reply in said] == ["utter_try_again"]
        assert [message.text for message in site.dialogue.heard] == ["hello"]

    async def test_an_unknown_name_is_not_proven(self, site: Site, tokens: None) -> None:
        await site.rest("nobody.known", "hello", token=TRUSTED)
        assert not self.proven(site)

    @pytest.mark.parametrize(
        "header", ["Bearer wrong", "Bearer ", "Bearer", "Basic dXNlcjpwdw==", "Bearer \u00e6", TRUSTED]
    )
    async def test_a_wrong_token_is_refused(self, site: Site, tokens: None, header: str) -> None:
        headers = {"Authorization": header}
        async with site.http.post(
            site.address + REST, json={"sender": "a", "message": "b"}, headers=headers
        ) as response:
            assert response.status == 401
            assert (await response.json())["error"]
        assert site.dialogue.heard == []

    async def test_a_broken_file_lets_nobody_in(self, site: Site, tokens: None) -> None:
        (site.front.settings.state_dir / "rest_tokens.yml").write_text("- {name: portal, sha256: 12}")
        async with site.http.post(
            site.address + REST,
            json={"sender": "a", "message": "b"},
            headers={"Authorization": f"Bearer {TRUSTED}"},
        ) as response:
            assert response.status == 401

    @staticmethod
    def proven(site: Site) -> bool:
        stored = site.front.conversations.get(site.dialogue.heard[-1].sender_id)
        assert stored is not None
        return stored.proven


class TestProduction:
    @pytest.fixture
    async def production(
        self, front: Front, actions: FakeActions, dialogue: FakeDialogue, tokens: None
    ) -> AsyncIterator[Site]:
        settings: Settings = replace(front.settings, mode=Mode.PRODUCTION, chat_url="https://chat.example")
        strict = replace(front, settings=settings)
        runtime = Runtime(strict, actions=actions, identify=identify, say=say, label=label)
        server, address = await serve(application(runtime, dialogue))
        async with aiohttp.ClientSession() as http:
            yield Site(address, http, dialogue, actions, strict)
        await stop(server)

    async def test_rest_needs_a_token(self, production: Site) -> None:
        """S11"""
        async with production.http.post(
            production.address + REST, json={"sender": "a", "message": "b"}
        ) as response:
            assert response.status == 401
        assert await production.rest("ola", "hello", token=PLAIN)

    async def test_the_demos_people_are_not_there(self, production: Site) -> None:
        headers = {"Origin": "https://chat.example", "X-Tier0-Chat": "1"}
        status, _ = await production.call("GET", "people", headers=headers)
        assert status == 404
        status, _ = await production.call("POST", "session", {"person": "a-kari"}, headers)
        assert status == 403
        status, _ = await production.call("POST", "session", {"person": "", "locale": "de-AT"}, headers)
        assert status == 201

    async def test_a_loopback_origin_is_not_ours_there(self, production: Site) -> None:
        status, _ = await production.call("POST", "session", {})
        assert status == 403


@pytest.mark.parametrize("body", HOSTILE_BODIES, ids=range(len(HOSTILE_BODIES)))
async def test_a_hostile_body_is_refused_with_a_sentence(site: Site, body: bytes) -> None:
    """S9: malformed, wrong types, too deep, too large."""
    async with site.http.post(
        site.address + REST, data=body, headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status in (400, 413), await response.text()
        assert (await response.json())["error"]
    assert site.dialogue.heard == []


async def test_hostile_texts_are_answered(site: Site) -> None:
    """Never a 5xx, never silence, and never an order to Rasa (S9, U4)."""
    for number, text in enumerate(HOSTILE_TEXTS):
        body = json.dumps({"sender": f"s{number % 5}", "message": text}).encode("utf-8", "surrogatepass")
        async with site.http.post(site.address + REST, data=body) as response:
            assert response.status == 200, (text, await response.text())
            replies = await response.json()
        assert replies, text
        assert all(reply["text"] for reply in replies), text
    for message in site.dialogue.heard:
        assert not (message.text or "").startswith("/")
        assert not (message.text or "").upper().startswith("EXTERNAL:")
        (message.text or "").encode("utf-8")
        assert "\0" not in (message.text or "")


async def test_a_store_that_is_gone_gets_a_polite_reply(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """F8: not saved, and it says so."""
    from servicedesk.store import StoreUnavailable

    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(site.front.conversations, "open", gone)
    assert [r["text"] for r in await site.rest("ola", "hello")] == ["utter_try_again (None)"]
