"""A whole reset as an employee does it: chat page, phone, reset page, and the first sign-in with the new password."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
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
OLD, NEW = "Velkommen-til-Tier0-2026", "nattogen rusler mot Bodø 61"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("no /usr/bin/chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 360], ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, house) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 780}, locale="nb-NO")
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


def test_employee_gets_a_new_password_and_signs_in(page, house):
    width = page.viewport_size["width"]
    # One employee for each width: a second code within a minute is refused (S3).
    name, username = {1280: ("Kari Nordmann", "kari.nordmann"), 360: ("Astrid Berg", "astrid.berg")}[width]
    new = f"{NEW} {width}"
    become(page, house, name)
    say(page, "hei, har glemt passordet mitt")
    field = page.locator("#log input[autocomplete=one-time-code]").last
    expect(field).to_be_visible(timeout=20_000)
    if username == "kari.nordmann":
        page.locator("#log button", has_text="SMS").last.click()
        expect(page.get_by_text("slutter på").last).to_be_visible(timeout=20_000)
        page.wait_for_timeout(500)
    field = page.locator("#log input[autocomplete=one-time-code]").last
    field.fill(newest_code(house, username))
    field.press("Enter")
    link = page.locator("#log a[href*='/reset/']").last
    expect(link).to_be_visible(timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing to scroll sideways for"

    page.goto(link.get_attribute("href"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("input[type=password]").first.fill("kort")
    page.locator("main form button.primary").first.click()
    page.locator("input[type=password]").first.fill(new)
    page.locator("main form button.primary").first.click()
    expect(page.locator(".note.good")).to_be_visible(timeout=20_000)

    wrong = try_signing_in(page, house, username, OLD)
    right = try_signing_in(page, house, username, new)
    assert wrong != right
    assert house.services.directory.sign_in(username, new).value == "ok"
    assert house.services.directory.sign_in(username, OLD).value == "wrong"


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
