"""A whole reset as an employee does it: chat page, phone, reset page, and the first sign-in with the new password."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

OLD = "Velkommen-til-Tier0-2026"


@dataclass(frozen=True)
class Case:
    """One employee for each: a second code within a minute is refused (S3)."""

    width: int
    language: str
    locale: str
    username: str
    words: str
    new: str


CASES = {
    "nb-wide": Case(
        1280,
        "nb",
        "nb-NO",
        "kari.nordmann",
        "hei, har glemt passordet mitt",
        "nattogen rusler mot Bodø 61",
    ),
    "nb-phone": Case(
        360,
        "nb",
        "nb-NO",
        "astrid.berg",
        "får ikke logga inn, passordet har gått ut",
        "sju trollunger på tur 44",
    ),
    "sv-phone": Case(
        360,
        "sv",
        "sv-SE",
        "erik.lindqvist",
        "har glömt mitt lösenord",
        "sju sjösjuka sjömän 19 i båten",
    ),
    "de-wide": Case(
        1280,
        "de",
        "de-DE",
        "sabine.koch",
        "hab mein passwort vergessen",
        "blaue Kühe fliegen 88 Runden",
    ),
    "en-phone": Case(
        360,
        "en",
        "en-GB",
        "priya.patel",
        "forgot my password",
        "seven teapots went sailing 52",
    ),
}


@pytest.fixture(params=["nb-wide", "nb-phone"])
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def try_signing_in(page: Page, house, username: str, password: str) -> str:
    page.goto(f"{house.settings.desk_url}/demo/signin?lang=nb")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button").last.click()
    return page.locator("main").inner_text()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_employee_gets_a_new_password_and_signs_in(page, house, case):
    chat = Chat(page, house, case.username, case.language)
    chat.write(case.words)
    hint = chat.account.phone.number[-2:]
    if case.username == "kari.nordmann":  # who also has an authenticator, which comes first
        chat.press("by_sms", hint=hint)
    chat.reads("utter_code_sms", hint=hint)
    chat.enter_code(house.newest_code(case.username))
    link = chat.answers.locator("a.card-link")
    expect(link).to_be_visible()
    assert chat.overflow() <= 0, "nothing to scroll sideways for"

    page.goto(link.get_attribute("href"))
    assert page.evaluate("document.documentElement.lang") == case.language
    assert page.evaluate("document.documentElement.scrollWidth") <= case.width
    page.locator("input[type=password]").first.fill("kort")
    page.locator("main form button.primary").first.click()
    page.locator("input[type=password]").first.fill(case.new)
    page.locator("main form button.primary").first.click()
    expect(page.locator(".note.good")).to_be_visible()

    wrong = try_signing_in(page, house, case.username, OLD)
    right = try_signing_in(page, house, case.username, case.new)
    assert wrong != right
    assert house.services.directory.sign_in(case.username, case.new).value == "ok"
    assert house.services.directory.sign_in(case.username, OLD).value == "wrong"


def test_conversation_is_still_there_after_a_reload(page, house):
    Chat(page, house, "ola.hansen", "nb").write("er det driftsforstyrrelser nå?")
    expect(page.locator("#log")).to_contain_text("Teams")
    page.reload()
    expect(page.locator("#log")).to_contain_text("driftsforstyrrelser")


def test_markup_in_a_message_stays_text(page, house):
    """U10."""
    Chat(page, house, "ola.hansen", "nb").write(
        "<img src=x onerror=alert(1)> **hei** [x](javascript:alert(1))"
    )
    expect(page.locator("#log")).to_contain_text("onerror")
    assert page.locator("#log img").count() == 0
    assert page.locator("#log a[href^='javascript']").count() == 0
