"""Signing in to the desk and being set up for it (S12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask

from desk import agents
from desk.context import Desk
from desk.staff import FREE_TRIES, LONGEST_WAIT, AgentExists, Role, wait_after
from servicedesk.audit import Audit
from servicedesk.bootstrap import Services
from servicedesk.clock import ManualClock, SystemClock
from servicedesk.store import Store
from tests.desk.conftest import PASSWORD, Browser


@pytest.fixture
def secret(hire: Callable[..., str], clock: ManualClock) -> str:
    made = hire("ann")
    clock.advance(timedelta(minutes=2))
    return made


def sign_in(browser: Browser, **given: str) -> int:
    browser.get("/desk/sign-in")
    return browser.post("/desk/sign-in", given).status_code


def test_password_and_code_together_open_the_desk(browser: Browser, secret: str, clock: ManualClock) -> None:
    assert (
        sign_in(browser, username=" ANN ", password=PASSWORD, code=pyotp.TOTP(secret).at(clock.now())) == 303
    )
    assert browser.get("/desk/tickets").status_code == 200


@pytest.mark.parametrize("wrong", ["username", "password", "code", "disabled"])
def test_whatever_is_wrong_the_answer_is_one(
    wrong: str, browser: Browser, secret: str, clock: ManualClock, desk: Desk
) -> None:
    """S8: nobody learns which part was wrong, or who is an agent."""
    given = {"username": "ann", "password": PASSWORD, "code": pyotp.TOTP(secret).at(clock.now())}
    if wrong == "disabled":
        desk.staff.change("ann", enabled=False)
    else:
        given[wrong] = "000000"
    browser.get("/desk/sign-in")
    answer = browser.post("/desk/sign-in", given)
    assert answer.status_code == 401
    assert "That did not work. Check user name, password and the newest code" in answer.text


def test_a_code_works_once(app: Flask, secret: str, clock: ManualClock) -> None:
    given = {"username": "ann", "password": PASSWORD, "code": pyotp.TOTP(secret).at(clock.now())}
    assert sign_in(Browser(app.test_client()), **given) == 303
    assert sign_in(Browser(app.test_client()), **given) == 401


def test_wrong_tries_make_a_name_wait_and_the_wait_ends(
    browser: Browser, secret: str, clock: ManualClock
) -> None:
    """After five wrong ones even the right answer waits; the owner is back in when the wait is over (U14)."""
    for _ in range(FREE_TRIES):
        assert sign_in(browser, username="ann", password="wrong", code="1") == 401
    good = {"username": "ann", "password": PASSWORD, "code": pyotp.TOTP(secret).at(clock.now())}
    assert sign_in(browser, **good) == 401
    clock.advance(timedelta(seconds=31))
    assert sign_in(browser, **{**good, "code": pyotp.TOTP(secret).at(clock.now())}) == 303


def test_tries_during_the_wait_do_not_make_it_longer(
    browser: Browser, secret: str, clock: ManualClock
) -> None:
    """U14: nobody keeps an agent out by hammering on the name."""
    for _ in range(FREE_TRIES + 30):
        sign_in(browser, username="ann", password="wrong", code="1")
    clock.advance(timedelta(seconds=31))
    assert sign_in(browser, username="ann", password=PASSWORD, code=pyotp.TOTP(secret).at(clock.now())) == 303


def test_the_wait_grows_to_a_quarter_of_an_hour_and_no_further() -> None:
    waits = [wait_after(tries) for tries in range(40)]
    assert waits[:FREE_TRIES] == [timedelta(0)] * FREE_TRIES
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_a_name_that_nobody_has_waits_alike(desk: Desk) -> None:
    assert all(desk.staff.sign_in("nobody", "x", "1") is None for _ in range(FREE_TRIES))
    assert desk.staff._count_try("nobody") is False


def test_signing_in_makes_a_new_session(browser: Browser, secret: str, clock: ManualClock) -> None:
    """S12: no session of before survives (fixation)."""
    browser.client.set_cookie("tier0-desk", "chosen-by-somebody", domain="127.0.0.1")
    sign_in(browser, username="ann", password=PASSWORD, code=pyotp.TOTP(secret).at(clock.now()))
    cookie = browser.client.get_cookie("tier0-desk", domain="127.0.0.1")
    assert cookie is not None
    assert cookie.value != "chosen-by-somebody"
    assert len(cookie.value) >= 22  # 128 bits


def test_seeds_passwords_and_sessions_are_not_in_the_database_as_they_are(
    browser: Browser, secret: str, clock: ManualClock, services: Services
) -> None:
    """S12, S14."""
    sign_in(browser, username="ann", password=PASSWORD, code=pyotp.TOTP(secret).at(clock.now()))
    cookie = browser.client.get_cookie("tier0-desk", domain="127.0.0.1")
    assert cookie is not None
    services.store.close()
    files = [path for path in services.settings.state_dir.iterdir() if path.name.startswith("tier0.db")]
    content = b"".join(path.read_bytes() for path in files)
    for kept_out in (secret, PASSWORD, cookie.value):
        assert kept_out.encode() not in content
    assert b"$argon2id$" in content


# --- being set up ---


def test_the_first_agent_chooses_a_name_and_becomes_administrator(
    browser: Browser, desk: Desk, clock: ManualClock, services: Services
) -> None:
    link = agents.setup_link(services)
    assert link is not None
    path = link.removeprefix(services.settings.desk_url)
    page = browser.get(path).text
    assert "you become the administrator" in page
    setup = desk.staff.pending(path.rsplit("/", 1)[1])
    assert setup is not None
    given = {
        "username": "ingrid.vik",
        "display_name": "Ingrid Vik",
        "password": PASSWORD,
        "code": pyotp.TOTP(setup.secret).at(clock.now()),
    }
    assert browser.post(path, given).status_code == 200
    assert browser.get(path).status_code == 404
    browser.get("/desk/sign-in")
    assert browser.post(path, given).status_code == 404
    assert [(a.username, a.role) for a, _, _ in desk.staff.everybody()] == [("ingrid.vik", Role.ADMIN)]
    assert agents.setup_link(services) is None


def test_a_newer_first_link_voids_the_older(services: Services, browser: Browser) -> None:
    first, second = agents.setup_link(services), agents.setup_link(services)
    assert first is not None
    assert second is not None
    assert browser.get(first.removeprefix(services.settings.desk_url)).status_code == 404
    assert browser.get(second.removeprefix(services.settings.desk_url)).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("code", "000000", "not the code"),
        ("password", "short", "at least 12 characters"),
        ("username", "x", "user name of 2 to 64"),
        ("username", "<b>x</b>", "user name of 2 to 64"),
        ("display_name", "", "name that employees will see"),
    ],
)
def test_a_set_up_with_a_mistake_says_which_and_can_be_sent_again(
    field: str, value: str, words: str, browser: Browser, desk: Desk, clock: ManualClock
) -> None:
    token = desk.staff.invite_first()
    assert token is not None
    setup = desk.staff.pending(token)
    assert setup is not None
    code = pyotp.TOTP(setup.secret).at(clock.now())
    given = {"username": "ole", "display_name": "Ole", "password": PASSWORD, "code": code}
    browser.get(f"/desk/setup/{token}")
    answer = browser.post(f"/desk/setup/{token}", {**given, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert PASSWORD not in answer.text
    assert browser.post(f"/desk/setup/{token}", given).status_code == 200


def test_a_set_up_link_ends_after_a_day(desk: Desk, clock: ManualClock) -> None:
    token = desk.staff.invite("per", "Per", Role.AGENT)
    clock.advance(timedelta(hours=24, seconds=1))
    assert desk.staff.pending(token) is None


def test_an_agent_who_is_not_set_up_cannot_sign_in(desk: Desk) -> None:
    token = desk.staff.invite("per", "Per", Role.AGENT)
    setup = desk.staff.pending(token)
    assert setup is not None
    for password in ("", token, "setup$"):
        assert desk.staff.sign_in("per", password, pyotp.TOTP(setup.secret).now()) is None


def test_an_invited_agent_cannot_take_another_name_or_role(
    browser: Browser, desk: Desk, clock: ManualClock
) -> None:
    token = desk.staff.invite("per", "Per", Role.AGENT)
    setup = desk.staff.pending(token)
    assert setup is not None
    browser.get(f"/desk/setup/{token}")
    code = pyotp.TOTP(setup.secret).at(clock.now())
    browser.post(
        f"/desk/setup/{token}", {"username": "boss", "role": "admin", "password": PASSWORD, "code": code}
    )
    assert [(a.username, a.role) for a, _, ready in desk.staff.everybody() if ready] == [("per", Role.AGENT)]


def test_two_agents_never_share_a_name(desk: Desk) -> None:
    desk.staff.invite("per", "Per", Role.AGENT)
    with pytest.raises(AgentExists):
        desk.staff.invite(" PER ", "Per", Role.AGENT)


def test_sign_ins_are_audited(browser: Browser, secret: str, clock: ManualClock, services: Services) -> None:
    sign_in(browser, username="ann", password="wrong", code="1")
    sign_in(browser, username="ann", password=PASSWORD, code=pyotp.TOTP(secret).at(clock.now()))
    trail: Audit = services.audit
    rows = [row["outcome"] for row in trail.export() if row["event"] == "desk.sign_in"]
    assert rows == ["refused", "done"]
    assert trail.verify() == []


# --- the command line ---


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("TIER0_STATE_DIR", str(tmp_path))
    return lambda *words: agents.main(list(words))


def test_agents_are_managed_on_the_command_line(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert command("add", "per", "--role", "lead") == 0
    shown = capsys.readouterr().out
    assert "/desk/setup/" in shown
    assert "█" in shown or "▄" in shown  # the QR code
    assert command("add", "per") == 1
    assert command("role", "per", "author") == 0
    assert command("disable", "per") == 0
    assert command("disable", "nobody") == 1
    capsys.readouterr()
    assert command("list") == 0
    assert capsys.readouterr().out == "per\tauthor\tdisabled\tper\n"
    with pytest.raises(SystemExit):
        command("role", "per", "emperor")


def test_the_set_up_link_is_all_that_is_printed(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """The starter passes it on as it comes."""
    assert command("setup-link") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("http://127.0.0.1:8090/desk/setup/")


def test_the_store_of_the_command_line_is_the_desks(command: Callable[..., int], tmp_path: Path) -> None:
    command("add", "per")
    from desk.staff import Staff
    from servicedesk.keys import KeyRing

    staff = Staff(Store(f"sqlite:///{tmp_path / 'tier0.db'}"), KeyRing(tmp_path / "keys"), SystemClock())
    assert [agent.username for agent, _, _ in staff.everybody()] == ["per"]
