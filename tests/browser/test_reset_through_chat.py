"""A whole reset as an employee does it: chat page, phone, reset page, and the first sign-in with the new password."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OLD = "Velkommen-til-Tier0-2026"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("no /usr/bin/chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Case:
    """One employee for each: a second code within a minute is refused (S3)."""

    width: int
    language: str
    locale: str
    name: str
    username: str
    words: str
    new: str


CASES = {
    "nb-wide": Case(
        1280,
        "nb",
        "nb-NO",
        "Kari Nordmann",
        "kari.nordmann",
        "hei, har glemt passordet mitt",
        "nattogen rusler mot Bodø 61",
    ),
    "nb-phone": Case(
        360,
        "nb",
        "nb-NO",
        "Astrid Berg",
        "astrid.berg",
        "får ikke logga inn, passordet har gått ut",
        "sju trollunger på tur 44",
    ),
    "sv-phone": Case(
        360,
        "sv",
        "sv-SE",
        "Erik Lindqvist",
        "erik.lindqvist",
        "har glömt mitt lösenord",
        "sju sjösjuka sjömän 19 i båten",
    ),
    "de-wide": Case(
        1280,
        "de",
        "de-DE",
        "Sabine Koch",
        "sabine.koch",
        "hab mein passwort vergessen",
        "blaue Kühe fliegen 88 Runden",
    ),
    "en-phone": Case(
        360,
        "en",
        "en-GB",
        "Priya Patel",
        "priya.patel",
        "forgot my password",
        "seven teapots went sailing 52",
    ),
}


@pytest.fixture(params=["nb-wide", "nb-phone"])
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def page(case: Case, chromium: Browser, house) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": case.width, "height": 780}, locale=case.locale)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    # A refused password is a 422, which the console reports as well: only what the page itself did wrong counts.
    page.on("console", lambda message: faults.append(message.text) if "Refused to" in message.text else None)
    yield page
    context.close()
    assert not faults


def become(page: Page, house, name: str) -> None:
    page.goto(f"{house.settings.chat_url}/webhooks/web/")
    page.locator("#people button", has_text=name).click()


def say(page: Page, words: str) -> None:
    page.locator("#text").fill(words)
    page.locator("#text").press("Enter")


def newest_code(house, username: str) -> str:
    account = house.services.directory.find_by_username(username)
    found = re.search(r"\b\d{6}\b", house.services.delivery.sent_to(account.phone.number)[0].text)
    assert found
    return found.group()


def try_signing_in(page: Page, house, username: str, password: str) -> str:
    page.goto(f"{house.settings.desk_url}/demo/signin?lang=nb")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button").last.click()
    return page.locator("main").inner_text()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_employee_gets_a_new_password_and_signs_in(page, house, case):
    become(page, house, case.name)
    say(page, case.words)
    codes = page.locator("#log input[autocomplete=one-time-code]")
    expect(codes.last).to_be_visible(timeout=20_000)
    if case.username == "kari.nordmann":  # who also has an authenticator, which comes first
        page.locator("#log button", has_text="SMS").last.click()
        expect(page.get_by_text("slutter på").last).to_be_visible(timeout=20_000)
        expect(codes).to_have_count(2, timeout=20_000)
    codes.last.fill(newest_code(house, case.username))
    codes.last.press("Enter")
    link = page.locator("#log a[href*='/reset/']").last
    expect(link).to_be_visible(timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= case.width, (
        "nothing to scroll sideways for"
    )

    page.goto(link.get_attribute("href"))
    assert page.evaluate("document.documentElement.lang") == case.language
    assert page.evaluate("document.documentElement.scrollWidth") <= case.width
    page.locator("input[type=password]").first.fill("kort")
    page.locator("main form button.primary").first.click()
    page.locator("input[type=password]").first.fill(case.new)
    page.locator("main form button.primary").first.click()
    expect(page.locator(".note.good")).to_be_visible(timeout=20_000)

    wrong = try_signing_in(page, house, case.username, OLD)
    right = try_signing_in(page, house, case.username, case.new)
    assert wrong != right
    assert house.services.directory.sign_in(case.username, case.new).value == "ok"
    assert house.services.directory.sign_in(case.username, OLD).value == "wrong"


def test_conversation_is_still_there_after_a_reload(page, house):
    become(page, house, "Ola Hansen")
    say(page, "er det driftsforstyrrelser nå?")
    expect(page.locator("#log")).to_contain_text("Teams", timeout=20_000)
    page.reload()
    expect(page.locator("#log")).to_contain_text("driftsforstyrrelser", timeout=20_000)


def test_markup_in_a_message_stays_text(page, house):
    """U10."""
    become(page, house, "Ola Hansen")
    say(page, "<img src=x onerror=alert(1)> **hei** [x](javascript:alert(1))")
    expect(page.locator("#log")).to_contain_text("onerror", timeout=20_000)
    assert page.locator("#log img").count() == 0
    assert page.locator("#log a[href^='javascript']").count() == 0
