"""The chat page's server side: who is believed, what the browser is told, and the conversation as JSON."""

from __future__ import annotations

import asyncio
import json
import re
import time
from datetime import timedelta

import pytest

from connectors.web.channel import FOLDER, interface_texts
from connectors.web.session import COOKIE, LIFETIME, Sessions
from servicedesk.directory.port import AccountId
from tests.connectors.demo import PEOPLE
from tests.connectors.hostile import HOSTILE_BODIES, HOSTILE_TEXTS
from tests.connectors.server import API, Site
from tests.connectors.support import Front

PAGE = "/webhooks/web/"


@pytest.fixture(autouse=True)
def _people(site: Site) -> None:
    site.actions.listed = PEOPLE


class TestPage:
    async def test_headers(self, site: Site) -> None:
        """S13"""
        async with site.http.get(site.address + PAGE) as response:
            html, headers = await response.text(), response.headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        for closed in ("default-src", "object-src", "base-uri", "frame-ancestors"):
            assert policy[closed] == "'none'"
        nonce = re.fullmatch(r"'nonce-(\S{20,})'", policy["script-src"])
        assert nonce
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert html.count(f'nonce="{nonce.group(1)}"') == 2
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"

    async def test_each_page_has_a_nonce_of_its_own(self, site: Site) -> None:
        policies = set()
        for _ in range(3):
            async with site.http.get(site.address + PAGE) as response:
                policies.add(response.headers["Content-Security-Policy"])
        assert len(policies) == 3

    @pytest.mark.parametrize("path", ["static/none.js", "static/..%2fchannel.py", "static/%2e%2e/chat.html"])
    async def test_only_its_own_files_are_served(self, site: Site, path: str) -> None:
        async with site.http.get(site.address + PAGE + path) as response:
            assert response.status in (400, 404)

    @pytest.mark.parametrize("path", ["api/session", "api/people", "api/messages", "static/app.js"])
    async def test_every_answer_has_the_headers(self, site: Site, path: str) -> None:
        async with site.http.get(site.address + PAGE + path) as response:
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert response.headers["Cache-Control"] == "no-store"

    def test_nothing_is_loaded_from_elsewhere_and_it_is_small(self) -> None:
        files = [*(FOLDER / "static").iterdir(), *(FOLDER / "templates").iterdir()]
        assert sum(path.stat().st_size for path in files) < 60_000
        for path in files:
            found = set(re.findall(r"https?://[\w.]+", path.read_text(encoding="utf-8")))
            assert found <= {"http://www.w3.org"}, path
            assert "innerHTML" not in path.read_text(encoding="utf-8"), path

    def test_the_four_languages_have_the_same_words_and_placeholders(self) -> None:
        texts = {language: interface_texts(language) for language in ("nb", "sv", "de", "en")}
        for language, words in texts.items():
            assert words.keys() == texts["en"].keys(), language
            for key, text in words.items():
                assert text.strip(), (language, key)
                assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", texts["en"][key])), (
                    language,
                    key,
                )

    def test_every_word_that_the_page_uses_exists(self) -> None:
        sources = "".join(p.read_text(encoding="utf-8") for p in (FOLDER / "static").glob("*.js"))
        html = (FOLDER / "templates" / "chat.html").read_text(encoding="utf-8")
        used = set(re.findall(r'\bt\("(\w+)"', sources)) | set(
            re.findall(r'data-(?:text|label)="(\w+)"', html)
        )
        assert used
        assert used <= interface_texts("en").keys()


class TestSession:
    async def test_a_demo_person_is_proven(self, site: Site) -> None:
        await site.sign_in()
        _, session = await site.call("GET", "session")
        assert session["proven"]
        assert session["name"] == "Kari Nordmann"
        assert session["language"] == "nb"

    async def test_nobody_in_particular_is_not(self, site: Site) -> None:
        await site.sign_in("")
        _, session = await site.call("GET", "session")
        assert session["signed_in"]
        assert not session["proven"]

    async def test_the_sender_is_ours_and_new_each_time(self, site: Site, front: Front) -> None:
        """S11: 128 bits, issued by the server."""
        sessions = Sessions(front.clock, front.keys)
        senders = {sessions.issue(account=None, name="", language=None)[0].sender for _ in range(50)}
        assert len(senders) == 50
        assert all(re.fullmatch(r"[0-9a-f]{32}", sender) for sender in senders)

    async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(self, site: Site) -> None:
        async with site.http.post(
            site.address + API + "session",
            json={"person": "kari.nordmann"},
            headers={"Origin": site.address, "X-Tier0-Chat": "1"},
        ) as response:
            cookie = response.headers["Set-Cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/webhooks/web" in cookie

    async def test_an_unknown_person(self, site: Site) -> None:
        assert (await site.call("POST", "session", {"person": "nobody"}))[0] == 404

    async def test_signing_out(self, site: Site) -> None:
        await site.sign_in()
        assert (await site.call("DELETE", "session"))[0] == 200
        assert (await site.call("GET", "session"))[1] == {"signed_in": False}
        assert (await site.call("GET", "messages"))[0] == 401

    def test_a_changed_cookie_is_none(self, front: Front) -> None:
        sessions = Sessions(front.clock, front.keys)
        _, cookie = sessions.issue(account=AccountId("a-kari"), name="Kari", language="nb")
        assert sessions.read(cookie) is not None
        body, version, mac = cookie.split(".")
        other = sessions.issue(account=None, name="", language=None)[1].split(".")[0]
        forged = [
            f"{other}.{version}.{mac}",
            f"{body}.2.{mac}",
            f"{body}.{version}.{'0' * 64}",
            f"{body}.{version}.",
            f"{body}..{mac}",
            body,
            "",
            "..",
            "\u00e6.\u00e6.\u00e6",
            "x" * 5_000,
        ]
        assert [sessions.read(value) for value in forged] == [None] * len(forged)

    def test_it_ends(self, front: Front) -> None:
        """F14: and now < issued is expired."""
        sessions = Sessions(front.clock, front.keys)
        cookie = sessions.issue(account=None, name="", language=None)[1]
        front.clock.advance(LIFETIME - timedelta(seconds=1))
        assert sessions.read(cookie) is not None
        front.clock.advance(timedelta(seconds=2))
        assert sessions.read(cookie) is None
        front.clock.advance(-LIFETIME - timedelta(hours=1))
        assert sessions.read(cookie) is None


class TestForeignRequests:
    """CSRF: only our page may change something."""

    @pytest.mark.parametrize(
        "change",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": "http://127.0.0.1:1"},
            {"X-Tier0-Chat": "0"},
            {"X-Tier0-Chat": ""},
        ],
    )
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "session"),
            ("DELETE", "session"),
            ("POST", "messages"),
            ("POST", "code"),
            ("POST", "language"),
        ],
    )
    async def test_they_are_refused(self, site: Site, method: str, path: str, change: dict[str, str]) -> None:
        await site.sign_in()
        own = {"Origin": site.address, "X-Tier0-Chat": "1"}
        body = {"id": "12345678", "text": "hi", "code": "123456", "language": "de"}
        assert (await site.call(method, path, body, {**own, **change}))[0] == 403
        assert site.dialogue.heard == []

    async def test_another_host_name_for_us_is_foreign(self, site: Site) -> None:
        """DNS rebinding: an attacker's name that points to 127.0.0.1."""
        headers = {"Host": "evil.example", "Origin": "http://evil.example", "X-Tier0-Chat": "1"}
        assert (await site.call("POST", "session", {"person": "kari.nordmann"}, headers))[0] == 403


class TestConversation:
    @pytest.fixture(autouse=True)
    async def _signed_in(self, site: Site) -> None:
        await site.sign_in()

    async def test_a_message_and_its_answer(self, site: Site) -> None:
        await site.write("message-1", text="vpn")
        asked, answered = await site.news()
        assert (asked["author"], asked["text"], asked["ref"]) == ("employee", "vpn", "message-1")
        assert (answered["author"], answered["text"]) == ("bot", "re: vpn")
        assert await site.news(after=answered["id"]) == []

    async def test_sent_four_times_it_is_there_once(self, site: Site) -> None:
        """F11"""
        for _ in range(4):
            await site.write("message-1", text="vpn")
        assert len(await site.news()) == 2

    async def test_buttons(self, site: Site) -> None:
        site.dialogue.answers["vpn"] = [
            {
                "text": "?",
                "buttons": [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}],
            }
        ]
        await site.write("message-1", text="vpn")
        choices = (await site.news())[1]["choices"]
        assert [(c["title"], c["state"]) for c in choices] == [("Yes", "live"), ("No", "live")]
        await site.write("message-2", button=choices[0]["token"])
        messages = await site.news()
        assert [c["state"] for c in messages[1]["choices"]] == ["pressed", "closed"]
        assert messages[2]["pressed"] == choices[0]["id"]
        assert messages[3]["text"] == "re: /affirm"
        assert "/deny" not in json.dumps(messages)

    async def test_a_person_is_always_within_reach(self, site: Site) -> None:
        """D5"""
        await site.write("message-1", control="person")
        assert site.dialogue.texts == [] or site.dialogue.texts == ["/talk_to_human"]
        assert (await site.news())[1]["text"] == "re: /talk_to_human"
        _, session = await site.call("GET", "session")
        assert "utter_intro" in session["intro"]
        assert "person" in [control["name"] for control in session["controls"]]

    async def test_a_control_is_one_of_ours(self, site: Site) -> None:
        body = {"id": "message-1", "control": "/restart"}
        assert (await site.call("POST", "messages", body))[0] == 400

    async def test_a_code(self, site: Site) -> None:
        site.actions.any_conversation_waits = True
        assert (await site.call("POST", "code", {"id": "message-1", "code": "123 456"}))[0] == 202
        messages = await site.news()
        assert [m["text"] for m in messages] == ["[code]", "re: /code_entered"]
        assert site.actions.tried == ["123456"]

    async def test_what_cannot_be_a_code(self, site: Site) -> None:
        assert (await site.call("POST", "code", {"id": "message-1", "code": "12"}))[0] == 422
        assert site.actions.tried == []

    async def test_the_language_that_was_chosen_stays(self, site: Site) -> None:
        status, answer = await site.call("POST", "language", {"language": "de"})
        assert status == 200
        assert answer["intro"] == "utter_intro (de)"
        await site.write("message-1", text="jeg kommer ikke inn")
        await site.news()
        assert site.dialogue.heard[0].metadata["language"] == "de"
        assert (await site.call("POST", "language", {"language": "fr"}))[0] == 400

    async def test_nobody_elses_conversation(self, site: Site) -> None:
        await site.write("message-1", text="my secret project")
        await site.news()
        await site.sign_in()
        assert await site.news() == []

    async def test_news_come_when_they_are_written(self, site: Site) -> None:
        """An agent's answer, written by another process, is there within a second or so."""
        await site.write("message-1", text="vpn")
        last = (await site.news())[-1]["id"]
        waiting = asyncio.create_task(site.call("GET", f"messages?after={last}&wait=1"))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        started = time.monotonic()
        site.front.conversations.say(
            conversation=site.dialogue.heard[0].sender_id,
            key="agent-1",
            author="agent",
            author_name="Eva",
            text="Hi",
        )
        status, page = await waiting
        assert status == 200
        assert [(m["author"], m["name"], m["text"]) for m in page["messages"]] == [("agent", "Eva", "Hi")]
        assert time.monotonic() - started < 3

    async def test_while_an_answer_is_worked_on_the_page_is_told(self, site: Site) -> None:
        go_on = asyncio.Event()

        async def wait(_: object) -> None:
            await go_on.wait()

        site.dialogue.before = wait
        await site.write("message-1", text="vpn")
        _, page = await site.call("GET", "messages?after=0")
        assert page["working"]
        go_on.set()
        assert (await site.news())[-1]["text"] == "re: vpn"

    async def test_hostile_bodies(self, site: Site) -> None:
        """S9"""
        headers = {"Origin": site.address, "X-Tier0-Chat": "1"}
        for path in ("session", "messages", "code", "language"):
            for body in HOSTILE_BODIES:
                if path == "session" and body[:1] == b"{":
                    continue  # an object without a person signs in as nobody
                async with site.http.post(site.address + API + path, data=body, headers=headers) as response:
                    assert 400 <= response.status < 500, (path, body[:60])
                    assert (await response.json())["error"]

    async def test_hostile_texts(self, site: Site) -> None:
        headers = {"Origin": site.address, "X-Tier0-Chat": "1"}
        for number, text in enumerate(HOSTILE_TEXTS):
            body = json.dumps({"id": f"hostile-{number}", "text": text}).encode("utf-8", "surrogatepass")
            async with site.http.post(
                site.address + API + "messages", data=body, headers=headers
            ) as response:
                assert response.status == 202, text
        messages = await site.news()
        assert sum(m["author"] == "employee" for m in messages) == len(HOSTILE_TEXTS)
        assert sum(m["author"] == "bot" for m in messages) >= len(HOSTILE_TEXTS)

    @pytest.mark.parametrize(
        "query", ["after=x", "after=-1", "after=1.5", "after=" + "9" * 30, "after=\u0661"]
    )
    async def test_a_strange_position(self, site: Site, query: str) -> None:
        assert (await site.call("GET", f"messages?{query}"))[0] == 400

    @pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "x" * 5_000])
    async def test_a_strange_cookie_is_nobodys(self, site: Site, cookie: str) -> None:
        headers = {"Cookie": f"{COOKIE}={cookie}"}
        site.http.cookie_jar.clear()
        assert (await site.call("GET", "messages", headers=headers))[0] == 401
        assert (await site.call("GET", "session", headers=headers))[1] == {"signed_in": False}

    async def test_our_side_down_is_said_so_that_the_page_tries_again(self, site: Site) -> None:
        site.actions.down = True
        status, answer = await site.call("GET", "people")
        assert status == 503
        assert answer["error"]
