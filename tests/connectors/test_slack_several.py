"""One Slack app in several workspaces: installed by OAuth, each with tokens of its own that are renewed, each bound by the
administrator to the e-mail domains that prove an account there (S1)."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from connectors.actions_client import KnownAccount
from connectors.platform import TryLater
from connectors.runtime import Runtime
from connectors.slack.api import NotInstalled, SlackApi
from connectors.slack.channel import SlackInput
from connectors.slack.check import findings
from connectors.slack.installations import Granted, Installations, TokenPair
from connectors.slack.manifest import INSTALL, REDIRECT
from connectors.slack.parts import Installed, api_of, installed_of
from connectors.slack.states import COOKIE, States
from servicedesk.audit import Audit, open_audit
from servicedesk.conversations import conversation_id
from servicedesk.directory.port import AccountId
from servicedesk.errors import SettingsError
from servicedesk.keys import KeyRing
from servicedesk.settings import Settings
from servicedesk.store import StoreUnavailable
from tests.connectors.server import application, serve, stop
from tests.connectors.slack_api import APP, SECRET, Fault, Person, Sender, Workspace, several_workspaces
from tests.connectors.slack_oauth import CLIENT_ID, CLIENT_SECRET
from tests.connectors.support import FakeActions, FakeDialogue, Front, identify, label, say, until

NORTH, SOUTH, ORG = "T0NORDLYS", "T0SOUTH", "E0GRID"
KARI = "kari.nordmann@nordlys.example"


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    made = Workspace()
    made.add_user("U0KARI")
    made.add_user("U0ANNA", team_id=SOUTH, profile={"email": "anna@sued.example"}, locale="de-DE")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def front(front: Front, workspace: Workspace) -> Front:
    domains = {NORTH: "nordlys.example", SOUTH: "sued.example", ORG: "grid.example"}
    slack = several_workspaces(workspace.address, **domains)
    return replace(
        front, settings=replace(front.settings, slack=slack, chat_url="https://it.nordlys.example")
    )


@pytest.fixture
def installed(front: Front) -> Installed:
    assert front.settings.slack
    return installed_of(front, front.settings.slack)


def grant(workspace: Workspace, installed: Installed, name: str) -> TokenPair:
    """The app is installed there, as by a browser that came back."""
    oauth = workspace.oauth
    answer = oauth._mint(name)
    clock = installed.installations._clock
    lasts = answer.get("expires_in")
    pair = TokenPair(
        access=answer["access_token"],
        refresh=answer.get("refresh_token", ""),
        expires_at=clock.now() + timedelta(seconds=lasts) if lasts else None,
    )
    installed.installations.save(
        Granted(workspace=name, name=f"{name} Ltd", bot_user="U0TIER0", scopes=("chat:write",), tokens=pair)
    )
    return pair


def api(front: Front, installed: Installed) -> SlackApi:
    assert front.settings.slack
    return api_of(front.settings.slack, installed)


# --- installing ---


@dataclass
class Browser:
    """Somebody's browser at the two addresses; it follows nothing by itself."""

    http: aiohttp.ClientSession
    address: str
    cookie: str = ""

    async def begin(self) -> str:
        """The state that Slack is handed."""
        async with self.http.get(self.address + INSTALL, allow_redirects=False) as response:
            assert response.status == 302
            self.cookie = response.headers["Set-Cookie"]
            asked = parse_qs(urlsplit(response.headers["Location"]).query)
        assert asked["client_id"] == [CLIENT_ID]
        assert asked["redirect_uri"] == [f"https://it.nordlys.example{REDIRECT}"]
        assert "chat:write" in asked["scope"][0]
        return asked["state"][0]

    async def end(self, **query: str) -> tuple[int, str]:
        headers = {"Cookie": self.cookie.split(";")[0]} if self.cookie else {}
        async with self.http.get(self.address + REDIRECT, params=query, headers=headers) as response:
            assert response.headers["Content-Type"].startswith("text/plain")
            assert response.headers["Cache-Control"] == "no-store"
            return response.status, await response.text()


@pytest.fixture
async def browser(runtime: Runtime, dialogue: FakeDialogue) -> AsyncIterator[Browser]:
    server, address = await serve(application(runtime, dialogue, SlackInput(runtime)))
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Browser(http, address)
    await stop(server)


def trail(front: Front) -> Audit:
    return open_audit(front.settings, front.store, front.clock, front.keys)


def written(front: Front) -> list[tuple[str, str, str]]:
    """What the audit trail says of installations."""
    rows = trail(front).export()
    return [(str(row["event"]), str(row["outcome"]), str(row["details"]["workspace"])) for row in rows]


async def test_a_workspace_that_is_named_is_installed_and_its_tokens_are_sealed(
    browser: Browser, workspace: Workspace, installed: Installed, front: Front
):
    state = await browser.begin()
    assert browser.cookie.startswith(f"{COOKIE}={state}; Secure; HttpOnly; Path=/")
    assert "SameSite=Lax" in browser.cookie
    status, said = await browser.end(state=state, code=workspace.oauth.agree(SOUTH, name="<b>Süd</b>"))
    assert (status, said) == (200, f"Tier0 is installed in <b>Süd</b> ({SOUTH}).\n")
    found = installed.installations.get(SOUTH)
    assert found is not None
    assert workspace.oauth.access[found.tokens.access] == SOUTH
    assert found.tokens.access not in repr(found)
    folder = front.settings.state_dir
    stored = b"".join(path.read_bytes() for path in folder.glob("tier0.db*"))
    assert found.tokens.access.encode() not in stored
    assert found.tokens.refresh.encode() not in stored
    assert written(front) == [("slack.installed", "done", SOUTH)]
    assert trail(front).verify() == []


async def test_an_organisation_installs_it_for_all_its_workspaces(
    browser: Browser, workspace: Workspace, installed: Installed
):
    status, _ = await browser.end(state=await browser.begin(), code=workspace.oauth.agree(ORG))
    assert status == 200
    assert installed.installations.workspaces() == (ORG,)


async def test_a_strangers_installation_is_given_back_and_nothing_of_it_is_kept(
    browser: Browser, workspace: Workspace, installed: Installed, front: Front
):
    """S1: that somebody installs the app gives nobody an account."""
    status, said = await browser.end(state=await browser.begin(), code=workspace.oauth.agree("T0STRANGER"))
    assert status == 403
    assert "TIER0_SLACK_WORKSPACES" in said
    assert workspace.oauth.uninstalled == ["T0STRANGER"]
    assert installed.installations.workspaces() == ()
    assert written(front) == [("slack.installed", "refused", "T0STRANGER")]


async def test_a_state_is_good_once_in_one_browser_for_ten_minutes(
    browser: Browser, workspace: Workspace, installed: Installed, front: Front
):
    oauth = workspace.oauth
    state = await browser.begin()
    mine = browser.cookie
    victim = replace(browser, cookie="")
    other = replace(browser)
    assert (await victim.end(state=state, code=oauth.agree(SOUTH)))[0] == 400  # somebody else's link
    await other.begin()
    assert (await other.end(state=state, code=oauth.agree(SOUTH)))[0] == 400  # another browser
    forged = state[:-1] + ("0" if state[-1] != "0" else "1")
    assert (await replace(browser, cookie=f"{COOKIE}={forged}").end(state=forged, code="x"))[0] == 400
    assert (await browser.end(state=state, error="access_denied"))[0] == 400
    assert (await replace(browser, cookie=mine).end(state=state, code=oauth.agree(SOUTH)))[0] == 400  # spent
    state = await browser.begin()
    front.clock.advance(timedelta(minutes=10))
    assert (await browser.end(state=state, code=oauth.agree(SOUTH)))[0] == 400
    front.clock.advance(timedelta(hours=-1))  # F14
    assert (await browser.end(state=state, code=oauth.agree(SOUTH)))[0] == 400
    assert installed.installations.workspaces() == ()
    assert len(oauth.codes) == 5  # none of them was exchanged


async def test_twenty_redirects_with_one_state_are_one_exchange(browser: Browser, workspace: Workspace):
    state, code = await browser.begin(), workspace.oauth.agree(SOUTH)
    ends = await asyncio.gather(*(browser.end(state=state, code=code) for _ in range(20)))
    assert sorted(status for status, _ in ends) == [200] + [400] * 19
    assert workspace.calls.count("oauth.v2.access") == 1


@pytest.mark.parametrize(
    "fault", [Fault("oauth.v2.access", status=502), Fault("oauth.v2.access", error="invalid_code")]
)
async def test_a_code_that_slack_does_not_exchange_installs_nothing(
    browser: Browser, workspace: Workspace, installed: Installed, fault: Fault
):
    workspace.faults.append(replace(fault))
    assert (await browser.end(state=await browser.begin(), code=workspace.oauth.agree(SOUTH)))[0] == 502
    assert installed.installations.workspaces() == ()


async def test_another_apps_installation_is_refused(
    browser: Browser, workspace: Workspace, installed: Installed
):
    code = workspace.oauth.agree(SOUTH)
    workspace.oauth.codes[code]["app_id"] = "A0OTHER"
    assert (await browser.end(state=await browser.begin(), code=code))[0] == 502
    assert installed.installations.workspaces() == ()


async def test_a_database_that_is_gone_installs_nothing(
    browser: Browser, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def gone(*_: Any) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(States, "spend", gone)
    status, said = await browser.end(state=await browser.begin(), code=workspace.oauth.agree(SOUTH))
    assert (status, said[:9]) == (503, "Not saved")


async def test_with_one_workspaces_token_there_is_nothing_to_install(
    runtime: Runtime, dialogue: FakeDialogue, front: Front, workspace: Workspace
):
    from tests.connectors.slack_api import settings_for

    object.__setattr__(front, "settings", replace(front.settings, slack=settings_for(workspace.address)))
    server, address = await serve(application(runtime, dialogue, SlackInput(runtime)))
    async with aiohttp.ClientSession() as http, http.get(address + INSTALL) as response:
        assert response.status == 404
    await stop(server)


# --- tokens ---


async def test_each_workspace_is_called_with_its_own_token(
    front: Front, installed: Installed, workspace: Workspace
):
    for name in (NORTH, SOUTH):
        grant(workspace, installed, name)
    slack = api(front, installed)
    assert [(await slack.call(name, "auth.test"))["team_id"] for name in (NORTH, SOUTH)] == [NORTH, SOUTH]
    with pytest.raises(NotInstalled):
        await slack.call(ORG, "auth.test")
    await slack.close()


async def test_five_processes_renew_a_token_once_and_all_go_on(
    front: Front, installed: Installed, workspace: Workspace
):
    old = grant(workspace, installed, SOUTH)
    front.clock.advance(timedelta(hours=10, minutes=1))  # two hours are left
    assert front.settings.slack
    processes = [api(front, installed_of(front, front.settings.slack)) for _ in range(5)]
    await asyncio.gather(*(slack.call(SOUTH, "auth.test") for slack in processes for _ in range(4)))
    assert workspace.oauth.exchanged == 1
    workspace.oauth.expire()
    workspace.oauth.expired.discard(workspace.oauth.pairs[-1].access)  # twelve hours after the first
    front.clock.advance(timedelta(hours=2))
    await asyncio.gather(*(slack.call(SOUTH, "auth.test") for slack in processes))
    found = installed.installations.get(SOUTH)
    assert found
    assert found.tokens.access != old.access
    assert workspace.oauth.exchanged == 1
    for slack in processes:
        await slack.close()


@pytest.mark.parametrize("forgiving", [True, False])
async def test_a_renewal_whose_answer_was_lost_locks_nobody_out(
    front: Front, installed: Installed, workspace: Workspace, forgiving: bool
):
    """The old token is used for as long as it is good. Where Slack takes the refresh token no more, that is told two
    hours before the end, and installing again mends it."""
    workspace.oauth.forgiving = forgiving
    grant(workspace, installed, SOUTH)
    slack = api(front, installed)
    front.clock.advance(timedelta(hours=10, minutes=1))
    workspace.faults.append(Fault("oauth.v2.access", status=502, taken=True))
    assert (await slack.call(SOUTH, "auth.test"))["team_id"] == SOUTH
    assert workspace.oauth.exchanged == 1
    front.clock.advance(timedelta(minutes=2))
    assert (await slack.call(SOUTH, "auth.test"))["team_id"] == SOUTH
    found = installed.installations.get(SOUTH)
    assert found
    if forgiving:
        assert (found.refused, found.version) == ("", 2)
    else:
        assert (found.refused, found.version) == ("invalid_refresh_token", 1)
        front.clock.advance(timedelta(hours=2))
        with pytest.raises(TryLater) as waiting:  # what is to be sent waits, and is not thrown away
            await slack.call(SOUTH, "auth.test")
        assert waiting.value.after
        grant(workspace, installed, SOUTH)
        front.clock.advance(timedelta(seconds=6))
        assert (await slack.call(SOUTH, "auth.test"))["team_id"] == SOUTH
    await slack.close()


async def test_a_process_that_died_while_it_renewed_holds_nobody_up(
    front: Front, installed: Installed, workspace: Workspace
):
    """F7: its lease ends, and another tries with the same refresh token."""
    grant(workspace, installed, SOUTH)
    front.clock.advance(timedelta(hours=11))
    assert installed.installations.claim(SOUTH, 1)
    slack = api(front, installed)
    assert (await slack.call(SOUTH, "auth.test"))["team_id"] == SOUTH
    assert workspace.oauth.exchanged == 0
    front.clock.advance(timedelta(seconds=61))
    await slack.call(SOUTH, "auth.test")
    assert workspace.oauth.exchanged == 1
    late = TokenPair(access="late", refresh="late", expires_at=front.clock.now())
    assert not installed.installations.renewed(SOUTH, 1, late)  # who slept past the lease changes nothing
    await slack.close()


async def test_a_token_that_another_process_has_replaced_is_read_anew(
    front: Front, installed: Installed, workspace: Workspace
):
    grant(workspace, installed, SOUTH)
    slack = api(front, installed)
    await slack.call(SOUTH, "auth.test")
    workspace.oauth.throw_out(SOUTH)
    grant(workspace, installed, SOUTH)  # installed again, in another process
    assert (await slack.call(SOUTH, "auth.test"))["team_id"] == SOUTH
    await slack.close()


async def test_tokens_that_cannot_be_read_make_messages_wait_and_not_vanish(
    front: Front, installed: Installed, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    """F8, F16: the database is busy, or somebody has put another key in its place."""
    grant(workspace, installed, SOUTH)
    slack = api(front, installed)

    def gone(*_: Any) -> None:
        raise StoreUnavailable("locked")

    with monkeypatch.context() as patch:
        patch.setattr(Installations, "get", gone)
        with pytest.raises(TryLater):
            await slack.call(SOUTH, "auth.test")
    key = front.settings.keys_dir / "token.key"
    key.write_text(f"2:{base64.b64encode(bytes(range(32))).decode()}\n")
    other = Installations(front.store, front.clock, KeyRing(front.settings.keys_dir), trail(front))
    monkeypatch.setattr(installed.tokens, "_installations", other)
    with pytest.raises(TryLater, match="no key of version"):
        await api(front, installed).call(SOUTH, "auth.test")
    await slack.close()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "x", "code": "y"},
        {"state": "æ" * 300, "code": "\u0000"},
        {"state": f"{'a' * 43}.9999999999999.1.{'0' * 64}", "code": "y"},
        {"state": f"{'a' * 43}.1.1.{'0' * 64}", "code": "y" * 5_000},
    ],
)
async def test_nothing_that_comes_back_is_a_5xx(browser: Browser, query: dict[str, str]):
    browser.cookie = f"{COOKIE}={query.get('state', '')}".encode("ascii", "replace").decode()
    status, _ = await browser.end(**query)
    assert status == 400


async def test_tokens_without_rotation_are_used_for_ever(
    front: Front, installed: Installed, workspace: Workspace
):
    workspace.oauth.rotates = False
    grant(workspace, installed, SOUTH)
    front.clock.advance(timedelta(days=400))
    slack = api(front, installed)
    assert (await slack.call(SOUTH, "auth.test"))["team_id"] == SOUTH
    assert workspace.oauth.exchanged == 0
    await slack.close()


async def test_no_token_is_logged(
    front: Front, installed: Installed, workspace: Workspace, caplog: pytest.LogCaptureFixture
):
    """D1"""
    caplog.set_level(logging.DEBUG)
    pair = grant(workspace, installed, SOUTH)
    front.clock.advance(timedelta(hours=11))
    workspace.faults.append(Fault("oauth.v2.access", status=502, taken=True))
    slack = api(front, installed)
    await slack.call(SOUTH, "auth.test")
    front.clock.advance(timedelta(hours=2))
    with pytest.raises(TryLater):
        await slack.call(SOUTH, "auth.test")
    await slack.close()
    for secret in (pair.access, pair.refresh, CLIENT_SECRET, *workspace.oauth.access):
        assert secret not in caplog.text


# --- talking ---


@dataclass
class Talk:
    workspace: Workspace
    sender: Sender
    installed: Installed
    front: Front
    dialogue: FakeDialogue
    runtime: Runtime

    def person(self, user: str) -> Person:
        return Person(self.workspace, self.sender, user)


@pytest.fixture
async def talk(
    runtime: Runtime, dialogue: FakeDialogue, actions: FakeActions, front: Front, workspace: Workspace
) -> AsyncIterator[Talk]:
    actions.accounts[KARI] = KnownAccount(account=AccountId("a-kari"), language="nb")
    actions.accounts["anna@sued.example"] = KnownAccount(account=AccountId("a-anna"), language="de")
    channel = SlackInput(runtime)
    assert channel._installed
    server, address = await serve(application(runtime, dialogue, channel))
    async with aiohttp.ClientSession() as http:
        sender = Sender(http, address, front.clock)
        yield Talk(workspace, sender, channel._installed, front, dialogue, runtime)
        await stop(server)


def from_workspace(body: dict[str, Any], team: str, *, enterprise: str | None = None) -> dict[str, Any]:
    """The event as it comes for an installation in `team`, or in all of `enterprise`."""
    whole = enterprise is not None
    given = {
        "team_id": team,
        "enterprise_id": enterprise,
        "user_id": "U0TIER0",
        "is_enterprise_install": whole,
    }
    body |= {"team_id": team, "enterprise_id": enterprise, "authorizations": [given]}
    body["event"]["team"] = team
    return body


async def test_two_workspaces_are_answered_each_by_its_own_bot(talk: Talk):
    for name in (NORTH, SOUTH):
        grant(talk.workspace, talk.installed, name)
    kari, anna = talk.person("U0KARI"), talk.person("U0ANNA")
    await kari.say("vpn")
    assert (await talk.sender.event(from_workspace(anna.message("drucker"), SOUTH)))[0] == 200
    assert [(p.text, p.by) for p in await kari.read(1)] == [("re: vpn", NORTH)]
    assert [(p.text, p.by) for p in await anna.read(1)] == [("re: drucker", SOUTH)]
    found = talk.front.conversations.get(conversation_id("slack", SOUTH, "U0ANNA"))
    assert found
    assert (found.tenant, found.account) == (SOUTH, "a-anna")


async def test_an_address_proves_an_account_only_where_the_administrator_said_so(talk: Talk):
    """S1: in the south somebody wrote a northern colleague's address into their own profile."""
    grant(talk.workspace, talk.installed, SOUTH)
    talk.workspace.add_user("U0EVIL", team_id=SOUTH, profile={"email": KARI})
    evil = talk.person("U0EVIL")
    await talk.sender.event(from_workspace(evil.message("vpn"), SOUTH))
    assert [p.text for p in await evil.read(1)] == ["re: vpn"]
    found = talk.front.conversations.get(conversation_id("slack", SOUTH, "U0EVIL"))
    assert found
    assert found.account is None


async def test_an_organisations_user_is_one_person_in_all_its_workspaces(talk: Talk):
    grant(talk.workspace, talk.installed, ORG)
    account = KnownAccount(account=AccountId("a-liv"), language="nb")
    talk.runtime.actions.accounts["liv@grid.example"] = account  # type: ignore[attr-defined]
    grid = {"id": "W0LIV", "enterprise_id": ORG, "teams": ["T0ONE", "T0TWO"]}
    talk.workspace.add_user(
        "W0LIV", team_id="T0ONE", enterprise_user=grid, profile={"email": "liv@grid.example"}
    )
    liv = talk.person("W0LIV")
    for team in ("T0ONE", "T0TWO"):
        await talk.sender.event(from_workspace(liv.message(f"from {team}"), team, enterprise=ORG))
    assert [p.by for p in await liv.read(2)] == [ORG, ORG]
    assert {message.sender_id for message in talk.dialogue.heard} == {conversation_id("slack", ORG, "W0LIV")}
    found = talk.front.conversations.get(conversation_id("slack", ORG, "W0LIV"))
    assert found
    assert found.account == "a-liv"


async def test_an_organisation_does_not_answer_another_organisations_people(talk: Talk):
    grant(talk.workspace, talk.installed, ORG)
    other = {"id": "W0EVE", "enterprise_id": "E0OTHER", "teams": ["T0EVE"]}
    talk.workspace.add_user("W0EVE", team_id="T0EVE", enterprise_user=other)
    eve = talk.person("W0EVE")
    await talk.sender.event(from_workspace(eve.message("vpn"), "T0ONE", enterprise=ORG))
    assert [p.text for p in await eve.read(1)] == ["utter_not_served (en)"]
    assert talk.dialogue.heard == []


async def test_a_colleague_from_the_other_workspace_is_asked_for_there_and_answered_here(talk: Talk):
    """Slack Connect between two workspaces of ours: who it is says the own workspace, the room's bot answers."""
    for name in (NORTH, SOUTH):
        grant(talk.workspace, talk.installed, name)
    anna = talk.person("U0ANNA")
    mention = anna.mention("<@U0TIER0> vpn") | {"is_ext_shared_channel": True}
    mention["event"]["user_team"] = SOUTH
    await talk.sender.event(mention)
    assert [(p.text, p.by) for p in await anna.read(1, channel="C0GENERAL")] == [("re: vpn", NORTH)]
    private = anna.mention("<@U0TIER0> my password is gone") | {"is_ext_shared_channel": True}
    private["event"]["user_team"] = SOUTH
    await talk.sender.event(private)
    assert [p.by for p in await anna.read(2)] == [SOUTH, SOUTH]


async def test_a_workspace_that_is_not_named_is_refused(talk: Talk):
    grant(talk.workspace, talk.installed, "T0STRANGER")  # as if it had been named once
    status, _ = await talk.sender.event(from_workspace(talk.person("U0KARI").message("vpn"), "T0STRANGER"))
    assert status == 403
    assert talk.dialogue.heard == []


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_a_workspace_that_removes_the_app_is_forgotten(talk: Talk, kind: str):
    grant(talk.workspace, talk.installed, SOUTH)
    talk.workspace.oauth.throw_out(SOUTH)
    body = from_workspace(talk.person("U0ANNA").message(""), SOUTH)
    body |= {"event": {"type": kind, "tokens": {"bot": ["U0TIER0"]}}, "authorizations": []}
    assert (await talk.sender.event(body))[0] == 200
    await until(lambda: talk.installed.installations.workspaces() == ())
    assert written(talk.front)[-1] == ("slack.removed", "done", SOUTH)


async def test_a_late_word_of_a_removal_leaves_a_new_installation_alone(talk: Talk):
    grant(talk.workspace, talk.installed, SOUTH)
    body = from_workspace(talk.person("U0ANNA").message(""), SOUTH) | {"event": {"type": "app_uninstalled"}}
    before = talk.workspace.calls.count("auth.test")
    assert (await talk.sender.event(body))[0] == 200
    await until(lambda: talk.workspace.calls.count("auth.test") > before)
    talk.workspace.faults.append(Fault("auth.test", status=502))
    assert (await talk.sender.event(body))[0] == 200
    await until(lambda: not talk.workspace.faults)
    await asyncio.sleep(0.1)
    assert talk.installed.installations.workspaces() == (SOUTH,)


# --- settings and check ---


def several(**changes: str) -> dict[str, str]:
    return {
        "TIER0_SLACK_APP_ID": APP,
        "TIER0_SLACK_SIGNING_SECRET": SECRET,
        "TIER0_SLACK_CLIENT_ID": CLIENT_ID,
        "TIER0_SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "TIER0_SLACK_WORKSPACES": "T0NORDLYS=nordlys.example,nordlys.se; E0GRID=Grid.example T0LAB",
        **changes,
    }


def test_each_workspace_has_domains_of_its_own():
    slack = Settings.from_env(several()).slack
    assert slack
    assert slack.several
    assert slack.served == {
        "T0NORDLYS": ("nordlys.example", "nordlys.se"),
        "E0GRID": ("grid.example",),
        "T0LAB": (),
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"TIER0_SLACK_WORKSPACES": ""}, "TIER0_SLACK_WORKSPACES"),
        ({"TIER0_SLACK_WORKSPACES": "U0KARI=nordlys.example"}, "TIER0_SLACK_WORKSPACES: 'U0KARI'"),
        ({"TIER0_SLACK_WORKSPACES": "T0A=x.example T0A=y.example"}, "twice"),
        ({"TIER0_SLACK_WORKSPACES": "T0A=localhost"}, "'localhost' is no domain"),
        ({"TIER0_SLACK_CLIENT_ID": "abc"}, "TIER0_SLACK_CLIENT_ID"),
        ({"TIER0_SLACK_CLIENT_SECRET": ""}, "TIER0_SLACK_CLIENT_SECRET"),
        ({"TIER0_SLACK_EMAIL_DOMAINS": "nordlys.example"}, "TIER0_SLACK_EMAIL_DOMAINS: is for one workspace"),
        ({"TIER0_SLACK_TEAM_ID": "T0NORDLYS"}, "TIER0_SLACK_TEAM_ID: is for one workspace"),
    ],
)
def test_half_of_it_or_both_ways_at_once_stop_the_start(changes: dict[str, str], named: str):
    with pytest.raises(SettingsError, match=named):
        Settings.from_env(several(**changes))


async def test_check_tells_each_workspaces_state(front: Front, installed: Installed, workspace: Workspace):
    workspace.scopes += ""
    grant(workspace, installed, NORTH)
    grant(workspace, installed, ORG)
    grant(workspace, installed, "T0OLD")
    installed.installations.refuse(ORG, 1, "invalid_refresh_token")
    assert front.settings.slack
    said = [str(each) async for each in findings(front.settings, front.settings.slack, installed)]
    assert said[0] == f"ok    settings: app {APP} in 3 workspaces, command /it"
    assert f"ok    identity: an address at nordlys.example proves an account in {NORTH}" in said
    assert any(line.startswith(f"ok    installation: {NORTH} ({NORTH} Ltd) since ") for line in said)
    assert any(line.startswith(f"WRONG installation: the app is not installed in {SOUTH}") for line in said)
    assert any(line.startswith("WRONG rotation: Slack does not renew the tokens") for line in said)
    assert any(line.startswith("note  workspace: T0OLD has the app") for line in said)
    assert not any(token in line for line in said for token in workspace.oauth.access)


def test_a_row_that_was_copied_to_another_workspace_opens_nothing(
    front: Front, installed: Installed, workspace: Workspace
):
    from sqlalchemy import insert, select

    from servicedesk.sealing import SealBroken
    from servicedesk.store.tables import slack_installations

    grant(workspace, installed, SOUTH)
    with front.store.transaction() as connection:
        row = dict(connection.execute(select(slack_installations)).mappings().one())
        connection.execute(insert(slack_installations).values(**(row | {"workspace": NORTH})))
    with pytest.raises(SealBroken):
        Installations(front.store, front.clock, front.keys, trail(front)).get(NORTH)


@pytest.fixture
def runtime(front: Front, actions: FakeActions) -> Runtime:
    return Runtime(front, actions=actions, identify=identify, say=say, label=label)
