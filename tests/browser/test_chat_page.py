"""The chat page in a real browser: what an employee sees, presses and types, with eyes, keyboard or a screen reader."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.connectors.demo_server", str(tmp_path_factory.mktemp("chat"))],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip() + "/webhooks/web/"
    process.kill()
    process.wait()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """The page with Amy Jones (English) in a fresh conversation; nothing may go wrong in its scripts."""
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
    opened.goto(address)
    opened.get_by_role("button", name="Amy Jones").click()
    expect(opened.locator("#starters button")).to_have_count(4)
    yield opened
    assert wrong == []


def write(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def test_a_person_is_found_by_what_they_show(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".person")).to_have_count(7)
    page.get_by_label("Search by name, place or situation").fill("malmo nested")  # without the dots
    expect(page.locator(".person")).to_have_count(1)
    expect(page.locator(".person")).to_contain_text("Nils Ek")
    expect(page.get_by_role("heading", name="Sweden")).to_be_visible()
    page.get_by_label("Search by name, place or situation").fill("zzz")
    expect(page.get_by_text("Nobody matches.")).to_be_visible()


def test_it_says_first_that_it_is_a_machine(page: Page) -> None:
    """D5"""
    expect(page.locator("#log .intro")).to_contain_text("utter_intro (en)")
    expect(page.get_by_role("button", name="Talk to a person")).to_be_visible()


def test_an_article(page: Page) -> None:
    write(page, "vpn")
    card = page.locator(".article")
    expect(card.get_by_role("heading")).to_have_text("Connect to the VPN")
    expect(card.locator("ol > li")).to_have_count(3)
    expect(card.locator("ul > li")).to_have_count(3)
    expect(card.locator("strong").first).to_have_text("Settings")
    expect(card.get_by_role("link", name="the VPN page")).to_have_attribute("rel", "noopener noreferrer")
    expect(card).to_contain_text("Reviewed 14 Sept 2026")
    expect(card).to_contain_text("Owner: Network team")


def test_a_pressed_button_is_marked_and_its_siblings_are_closed_also_after_reloading(page: Page) -> None:
    write(page, "vpn")
    page.get_by_role("button", name="Not solved").click()
    expect(page.get_by_text("re: /kb_not_solved")).to_be_visible()
    for _ in range(2):
        expect(page.get_by_role("button", name="Not solved")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("button", name="Solved", exact=True)).to_be_disabled()
        page.reload()
    expect(page.locator(".message.employee .body")).to_have_text(["vpn", "Not solved"])


def test_a_code_has_a_field_of_its_own(page: Page) -> None:
    """S3: and what is typed there never stands in the conversation."""
    page.get_by_role("button", name="reset_password (en)").click()
    field = page.get_by_label("Code from the text message (6 digits)")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")
    field.fill("12 34")
    field.press("Enter")
    expect(page.get_by_text("The code has 6 digits.")).to_be_visible()
    field.fill("123 456")
    field.press("Enter")
    link = page.get_by_role("link", name="Choose a new password")
    expect(link).to_have_attribute("href", "http://127.0.0.1:8090/reset/abc")
    expect(page.get_by_text("Code entered")).to_be_visible()
    expect(page.locator(".code-field:visible")).to_have_count(0)
    assert "123456" not in page.content()
    assert "123 456" not in page.content()


def test_markup_stays_text(page: Page) -> None:
    """U10"""
    write(page, "markup")
    expect(page.get_by_text("<img src=x")).to_be_visible()
    assert page.title() == "Tier0 – Nordlys Group"
    assert page.locator("#log img, #log script, #log a[href^=javascript], #log a[href^=data]").count() == 0


def test_enter_sends_and_shift_enter_does_not(page: Page) -> None:
    page.locator("#text").fill("first I tried this")
    page.locator("#text").press("Shift+Enter")
    page.keyboard.type("then that")
    page.keyboard.press("Enter")
    expect(page.locator(".message.employee p")).to_have_text(
        "first I tried this\nthen that", use_inner_text=True
    )
    expect(page.locator("#text")).to_have_value("")


def test_what_is_not_sent_yet_is_kept(page: Page) -> None:
    page.locator("#text").fill("half a sent")
    page.reload()
    expect(page.locator("#text")).to_have_value("half a sent")


def test_without_a_connection_nothing_is_lost(page: Page, context: BrowserContext) -> None:
    write(page, "before")
    expect(page.get_by_text("re: before")).to_be_visible()
    context.set_offline(True)
    write(page, "meanwhile")
    expect(page.get_by_text("No connection right now.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("re: meanwhile")).to_be_visible()
    expect(page.get_by_text("No connection right now.")).to_be_hidden()
    expect(page.locator(".message.employee")).to_have_count(2)
    expect(page.locator(".failed")).to_have_count(0)


def test_it_shows_that_an_answer_is_being_written(page: Page) -> None:
    write(page, "slow")
    expect(page.locator("#typing")).to_have_text("Tier0 is writing an answer")
    expect(page.get_by_text("re: slow")).to_be_visible()
    expect(page.locator("#typing")).to_be_empty()


def test_the_language_can_be_switched(page: Page) -> None:
    page.get_by_label("Language").select_option("de")
    expect(page.locator("#send")).to_have_text("Senden")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#log .intro")).to_contain_text("utter_intro (de)")
    page.reload()
    expect(page.locator("#send")).to_have_text("Senden")


def test_new_replies_are_announced_and_named(page: Page) -> None:
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    write(page, "hello")
    reply = log.locator("article").last
    expect(reply.get_by_role("heading", name="Tier0")).to_be_attached()
    expect(reply).to_contain_text("re: hello")


def test_the_keyboard_reaches_everything(page: Page) -> None:
    write(page, "vpn")
    expect(page.get_by_role("button", name="Solved", exact=True)).to_be_visible()
    reached = set()
    for _ in range(25):
        page.keyboard.press("Shift+Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
    for wanted in (
        "Solved",
        "Not solved",
        "Whole article",
        "Demo phone",
        "Switch person",
        "Talk to a personPerson",
    ):
        assert wanted in reached, (wanted, reached)


def test_another_person_has_another_conversation(page: Page) -> None:
    write(page, "my own affair")
    expect(page.get_by_text("re: my own affair")).to_be_visible()
    page.get_by_role("button", name="Switch person").click()
    page.get_by_role("button", name="Kari Nordmann").click()
    expect(page.locator("#starters button")).to_have_count(4)
    expect(page.locator(".message.employee")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_cut_off(chromium: Browser, address: str, width: int, scheme: str) -> None:
    context = chromium.new_context(
        locale="de-DE",
        viewport={"width": width, "height": 700},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(address)
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    expect(page.locator(".person").first).to_be_visible()
    assert page.evaluate(overflow) <= 0
    page.locator(".person").filter(has_text="Jan Weber").click()
    for text in ("vpn", "w" * 300, "markup"):
        write(page, text)
    expect(page.get_by_text("<img src=x")).to_be_visible()
    assert page.evaluate(overflow) <= 0
    assert (
        page.evaluate(
            "document.getElementById('log').scrollWidth - document.getElementById('log').clientWidth"
        )
        <= 0
    )
    expect(page.get_by_role("button", name="Mit einem Menschen sprechen").first).to_be_in_viewport()
    expect(page.locator("#send")).to_be_in_viewport()
    context.close()


def test_less_motion_on_request(chromium: Browser, address: str) -> None:
    context = chromium.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Amy Jones").click()
    write(page, "slow")
    dot = page.locator("#typing i").first
    expect(dot).to_be_visible()
    assert dot.evaluate("element => getComputedStyle(element).animationName") == "none"
    context.close()
