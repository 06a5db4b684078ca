"""The page behind a single-use link, with the real services and a directory that can be made to fail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape
from sqlalchemy import insert, select, update

from desk.app import create_app
from desk.wording import LANGUAGES, text
from servicedesk.accounts import ChangeResult
from servicedesk.bootstrap import Services
from servicedesk.clock import ManualClock
from servicedesk.directory.embedded import SignIn
from servicedesk.directory.errors import DirectoryUnavailable, PasswordFault
from servicedesk.directory.port import Account, AccountId, PasswordPolicy
from servicedesk.handover.gathering import CaseRequest
from servicedesk.store.tables import account_changes, audit, cases, outbox
from servicedesk.worker import build_worker
from tests.desk.conftest import Browser

GOOD = "syv ugler teller skyer"


@pytest.fixture
def token(services: Services, kari: Account) -> str:
    return services.links.issue(kari.id, None, "nb")


def test_looking_at_the_page_uses_nothing_up(browser: Browser, token: str) -> None:
    """S4, U11: a link preview opens it ten times, and the link still works."""
    for _ in range(10):
        assert browser.get(f"/reset/{token}").status_code == 200
        assert browser.client.head(f"/reset/{token}", base_url="http://127.0.0.1:8090").status_code == 200
    assert browser.post(f"/reset/{token}", {"password": GOOD}).status_code == 200


def test_a_good_password_is_set_and_spends_the_link(browser: Browser, token: str, services: Services) -> None:
    browser.get(f"/reset/{token}")
    answer = browser.post(f"/reset/{token}", {"password": GOOD})
    assert text("reset.done.title", "nb") in answer.text
    assert services.directory.sign_in("kari.nordmann", GOOD) is SignIn.OK  # type: ignore[attr-defined]
    again = browser.get(f"/reset/{token}")
    assert again.status_code == 410
    assert (
        text("reset.link_gone.title", "nb") not in again.text
    )  # the browser's language now: the link is gone
    assert text("reset.link_gone.title", "en") in again.text


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("a1b2c", PasswordFault.TOO_SHORT),
        ("Kari Nordmann er best i verden", PasswordFault.PERSONAL),
        ("qwertyuiopasdfgh", PasswordFault.COMMON),
        ("", PasswordFault.TOO_SHORT),
    ],
)
def test_a_refused_password_says_why_and_keeps_the_link(
    password: str, fault: PasswordFault, browser: Browser, token: str
) -> None:
    """S5: reasons in the link's language; a known failure frees the link."""
    browser.get(f"/reset/{token}")
    answer = browser.post(f"/reset/{token}", {"password": password})
    assert answer.status_code == 422
    expected = {PasswordFault.COMMON: ("common", "predictable")}.get(fault, (fault.value,))
    assert any(text(f"reset.fault.{name}", "nb", length=15) in answer.text for name in expected)
    assert password == "" or password not in answer.text
    assert browser.post(f"/reset/{token}", {"password": GOOD}).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_links_language_and_keeps_a_chosen_one(
    language: str, browser: Browser, services: Services, kari: Account
) -> None:
    token = services.links.issue(kari.id, None, language)
    page = browser.get(f"/reset/{token}")
    assert f'<html lang="{language}">' in page.text
    assert text("reset.rule_personal", language).split("'")[0] in page.text
    chosen = browser.get(f"/reset/{token}?lang=de")
    assert f'action="/reset/{token}?lang=de"' in chosen.text
    assert text("reset.done.title", "de") in browser.post(f"/reset/{token}?lang=de", {"password": GOOD}).text


def test_rules_stand_before_the_field_and_pasting_is_allowed(browser: Browser, token: str) -> None:
    page = browser.get(f"/reset/{token}").text
    assert page.index('id="rules"') < page.index('id="password"')
    assert 'autocomplete="new-password"' in page
    assert "onpaste" not in page
    assert "maxlength" not in page  # nothing typed is cut off silently


def test_an_expired_link_changes_nothing(
    browser: Browser, token: str, clock: ManualClock, services: Services
) -> None:
    browser.get(f"/reset/{token}")
    clock.advance(timedelta(minutes=10))
    assert browser.post(f"/reset/{token}", {"password": GOOD}).status_code == 410
    assert services.directory.sign_in("kari.nordmann", GOOD) is SignIn.WRONG  # type: ignore[attr-defined]


def failing(services: Services, **replaced: Callable[..., Any]) -> Services:
    """The same services with a directory of which some calls fail."""

    class Failing:
        def __getattr__(self, name: str) -> Any:
            return replaced.get(name) or getattr(services.directory, name)

    directory = Failing()
    services.accounts._password_change._directory = directory  # type: ignore[assignment]
    return replace(services, directory=directory)


def test_a_directory_that_is_down_changes_nothing_and_keeps_the_link(services: Services, token: str) -> None:
    """F1: told so, the link is still good, and the password is kept nowhere."""

    def down(*_: Any) -> Any:
        raise DirectoryUnavailable

    app = create_app(failing(services, find=down))
    browser = Browser(app.test_client())
    assert browser.get(f"/reset/{token}").status_code == 200
    answer = browser.post(f"/reset/{token}", {"password": GOOD})
    assert answer.status_code == 503
    assert text("reset.unavailable.title", "nb") in answer.text
    assert GOOD not in answer.text
    services.accounts._password_change._directory = services.directory
    fresh = Browser(create_app(services).test_client())
    fresh.get(f"/reset/{token}")
    assert fresh.post(f"/reset/{token}", {"password": GOOD}).status_code == 200


@pytest.mark.parametrize(
    ("password", "count"), [(GOOD, 0), ("kort", 1), ("Kari Nordmann er best i verden", 1)]
)
def test_the_check_while_typing_agrees_with_the_form_and_spends_nothing(
    password: str, count: int, browser: Browser, token: str
) -> None:
    browser.get(f"/reset/{token}")
    answer = browser.post(f"/reset/{token}/check", {"password": password})
    assert (len(answer.json["faults"]) >= count) is True  # type: ignore[index]
    assert bool(answer.json["faults"]) is (count > 0)  # type: ignore[index]
    assert browser.get(f"/reset/{token}").status_code == 200


def test_the_page_names_the_rules_that_the_directory_has_and_no_others(
    services: Services, token: str
) -> None:
    """Entra takes ASCII only, and looks at no former password."""
    policy = PasswordPolicy(min_length=8, history=0, max_age_days=None, ascii_only=True)
    browser = Browser(create_app(failing(services, policy=lambda _account: policy)).test_client())
    page = browser.get(f"/reset/{token}").text
    assert text("reset.rule_ascii", "nb") in page
    assert text("reset.rule_free", "nb") not in page
    assert text("reset.rule_reused", "nb", history=0) not in page
    answer = browser.post(f"/reset/{token}", {"password": "sju blåbær høster ekornet"})
    assert answer.status_code == 422
    assert text("reset.fault.characters", "nb") in answer.text


def test_a_second_change_that_the_directory_asks_for_is_announced(services: Services, token: str) -> None:
    def asks_again(account: AccountId) -> Account | None:
        found = services.directory.find(account)
        return replace(found, must_change_password=True) if found else None

    browser = Browser(create_app(failing(services, find=asks_again)).test_client())
    browser.get(f"/reset/{token}")
    answer = browser.post(f"/reset/{token}", {"password": GOOD})
    assert answer.status_code == 200
    assert text("reset.done.must_change", "nb") in answer.text


def test_the_check_answers_nobody_without_a_link(browser: Browser, token: str) -> None:
    browser.get(f"/reset/{token}")
    assert browser.post("/reset/guessed/check", {"password": GOOD}).status_code == 410


def test_neither_token_nor_password_is_logged(
    browser: Browser,
    token: str,
    services: Services,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """D1: not even when the page breaks in the middle."""

    def broken(*_: Any) -> Any:
        raise RuntimeError("broken on purpose")

    browser.get(f"/reset/{token}")
    monkeypatch.setattr(type(services.accounts), "change_password", broken)
    with caplog.at_level(logging.DEBUG):
        assert browser.post(f"/reset/{token}", {"password": GOOD}).status_code == 500
    assert "/reset/<token>" in caplog.text
    assert token not in caplog.text
    assert GOOD not in caplog.text


def test_not_me_asks_first_and_then_stops_self_service(
    browser: Browser, token: str, services: Services, kari: Account
) -> None:
    """S6: the notice's link; opening it alone (a mail scanner does) raises no alarm."""
    browser.get(f"/reset/{token}")
    browser.post(f"/reset/{token}", {"password": GOOD})
    link = notice_link(services, kari)
    assert browser.get(link).status_code == 200
    assert services.verification.paused_until(kari.id, proven=True) is None
    assert text("alarm.done_title", "en") in browser.post(link).text
    assert services.verification.paused_until(kari.id, proven=True) is not None
    assert browser.post(link).status_code == 410


def notice_link(services: Services, kari: Account) -> str:
    """As it arrives on the owner's phone."""
    build_worker(services).round()
    assert kari.phone is not None
    [sent] = services.delivery.sent_to(kari.phone.number)  # type: ignore[attr-defined]
    found = next(word for word in sent.text.split() if "/not-me/" in word)
    return found.removeprefix(services.settings.desk_url)


# --- a risk that came up after the link was sent (docs/handover.md, "Risk stops") ---

PHISHED = "I clicked a link in a phishing mail and typed my password"


def chat_of(services: Services, kari: Account) -> str:
    return services.conversations.open(
        channel="web", tenant="demo", channel_user="kari", account=kari.id, private=True, language="nb"
    ).id


def report(services: Services, kari: Account, words: str = PHISHED) -> str:
    """Kari has reported an incident."""
    request = CaseRequest(
        conversation=chat_of(services, kari),
        key=words,
        language="nb",
        words=words,
        because={"security_incident": {}},
        kind="security_incident",
        category="security",
    )
    return services.cases.open(request).reference


def notes(services: Services) -> list[dict[str, Any]]:
    with services.store.transaction() as connection:
        query = select(outbox.c.payload).where(outbox.c.kind == "ticket.comment")
        return list(connection.execute(query).scalars())


def trail(services: Services, event: str) -> list[tuple[str, str]]:
    with services.store.transaction() as connection:
        query = select(audit.c.outcome, audit.c.details).where(audit.c.event == event)
        return [(row.outcome, row.details.get("reason", "")) for row in connection.execute(query)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("voided", [True, False])
def test_who_opens_a_link_from_before_a_stop_reads_what_is_next_and_l1_is_told_once(
    language: str, voided: bool, browser: Browser, services: Services, kari: Account
) -> None:
    """In the link's language, with the reference; whether the chat has ended the link by then or not."""
    token = services.links.issue(kari.id, chat_of(services, kari), language)
    reference = report(services, kari)
    if voided:
        services.links.void_all(kari.id)
    for _ in range(3):
        page = browser.get(f"/reset/{token}")
        assert page.status_code == 403
    for name in ("title", "text", "next", "waiting"):
        assert str(escape(text(f"reset.stopped.{name}", language))) in page.text
    assert f'lang="{language}"' in page.text
    assert reference in page.text
    browser.get("/reset")  # a form's token
    assert browser.post(f"/reset/{token}", {"password": GOOD}).status_code == 403
    assert services.directory.sign_in("kari.nordmann", GOOD) is SignIn.WRONG  # type: ignore[attr-defined]
    (note,) = notes(services)
    assert (note["reference"], note["public"]) == (reference, False)
    assert "opened with a link" in note["text"]
    assert trail(services, "link.stopped") == [("refused", "")]


def test_l1_gets_a_case_where_none_is_open(browser: Browser, services: Services, kari: Account) -> None:
    """The report was closed within the day that it stops for."""
    token = services.links.issue(kari.id, chat_of(services, kari), "nb")
    reference = report(services, kari)
    with services.store.transaction() as connection:
        connection.execute(update(cases).values(state="closed"))
    page = browser.get(f"/reset/{token}")
    assert page.status_code == 403
    assert reference not in page.text
    build_worker(services).round()
    browser.get(f"/reset/{token}")
    build_worker(services).round()
    (case,) = [case for case in services.cases.of_account(kari.id) if case.reference != reference]
    packet = services.cases.form(case.reference)
    assert [reason["id"] for reason in packet["because"]] == ["link_stopped", "report_before"]
    assert any("recorded" in check or "directory" in check for check in packet["checks"])
    assert case.reference in browser.get(f"/reset/{token}").text
    assert len(services.cases.of_account(kari.id)) == 2


def test_a_stop_that_comes_while_the_password_is_typed_holds(
    browser: Browser, services: Services, kari: Account, token: str
) -> None:
    """The domain itself refuses, whatever the page has looked at."""
    browser.get(f"/reset/{token}")
    report(services, kari)
    outcome = services.accounts.change_password(token, GOOD)
    assert outcome.result is ChangeResult.STOPPED
    assert services.directory.sign_in("kari.nordmann", GOOD) is SignIn.WRONG  # type: ignore[attr-defined]
    assert trail(services, "account.reset") == [("refused", "risk")]


def test_without_a_stop_an_old_link_is_only_old(
    browser: Browser, services: Services, kari: Account, clock: ManualClock, token: str
) -> None:
    """Nor is a link from before a password was changed: two resets in a week say nothing of who opens it."""
    for number in range(2):
        with services.store.transaction() as connection:
            values = {"account": kari.id, "kind": "reset", "state": "done", "started_at": clock.now()}
            connection.execute(insert(account_changes).values(id=str(number), conversation=None, **values))
    services.links.void_all(kari.id)
    assert browser.get(f"/reset/{token}").status_code == 410
    clock.advance(timedelta(hours=25))
    report(services, kari, "sent it to the wrong person")
    assert browser.get(f"/reset/{token}").status_code == 410
    assert notes(services) == []
