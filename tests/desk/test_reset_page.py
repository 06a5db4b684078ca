"""The page behind a single-use link, with the real services and a directory that can be made to fail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.app import create_app
from desk.wording import LANGUAGES, text
from servicedesk.bootstrap import Services
from servicedesk.clock import ManualClock
from servicedesk.directory.embedded import SignIn
from servicedesk.directory.errors import DirectoryUnavailable, PasswordFault
from servicedesk.directory.port import Account, AccountId, PasswordPolicy
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
