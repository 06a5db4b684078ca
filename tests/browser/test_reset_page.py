"""The reset page in a real browser: by keyboard, with and without JavaScript, narrow, light and dark."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from waitress import create_server

from desk.app import create_app
from desk.wording import LANGUAGES, text
from servicedesk.bootstrap import Services, build_services
from servicedesk.directory.embedded import SignIn
from servicedesk.settings import Settings

pytestmark = pytest.mark.browser

GOOD = "syv ugler teller skyer"

# Text against what lies behind it, for every visible element that has text of its own (WCAG 2.2, 1.4.3).
LOW_CONTRAST = """() => {
  const rgb = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest(".skip, .visually-hidden")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${node.tagName} ${node.textContent.trim().slice(0, 30)} ${ratio.toFixed(1)}`);
  }
  return bad;
}"""


@dataclass(frozen=True)
class Site:
    url: str
    services: Services

    def link(self, language: str = "nb") -> str:
        account = self.services.directory.find_by_username("kari.nordmann")
        assert account is not None
        return f"{self.url}/reset/{self.services.links.issue(account.id, None, language)}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(
        state_dir=tmp_path,
        keys_dir=tmp_path / "keys",
        database_url=f"sqlite:///{tmp_path / 'tier0.db'}",
        desk_port=port,
        desk_url=f"http://127.0.0.1:{port}",
    )
    services = build_services(settings)
    server = create_server(create_app(services), host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Site(settings.desk_url, services)
    server.close()
    thread.join(5)


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []
    faults: list[str] = []

    def open_page(url: str, **options: object) -> Page:
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security" in line.text else None)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []  # no script error, and nothing that the content policy had to stop


def test_a_password_is_changed_with_the_keyboard_alone(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(site.link())
    page.keyboard.type(GOOD)  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:has-text('{text('reset.done.title', 'nb')}')")
    assert site.services.directory.sign_in("kari.nordmann", GOOD) is SignIn.OK  # type: ignore[attr-defined]


def test_the_page_works_without_javascript(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(site.link(), java_script_enabled=False)
    assert page.locator("#toggle").is_hidden()
    page.fill("#password", "Kari Nordmann er best i verden")
    page.click("button.primary")
    assert text("reset.fault.personal", "nb") in page.inner_text("[role=alert]")
    page.fill("#password", GOOD)
    page.click("button.primary")
    assert page.inner_text("h1") == text("reset.done.title", "nb")


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_much_is_missing_shows_while_typing(
    language: str, site: Site, open_page: Callable[..., Page]
) -> None:
    page = open_page(site.link(language))
    page.fill("#password", "ti tegn 🙂 e")
    page.wait_for_selector("#verdict li")
    assert page.inner_text("#verdict") == text("reset.more", language, n=4)
    assert page.get_attribute("#rules li:first-child", "class") == ""
    page.fill("#password", GOOD)
    page.wait_for_selector("#verdict .ok")
    assert page.get_attribute("#rules li:first-child", "class") == "ok"
    page.fill("#password", "")
    assert page.inner_text("#verdict") == ""


def test_faults_show_while_typing_and_go_when_they_are_mended(
    site: Site, open_page: Callable[..., Page]
) -> None:
    page = open_page(site.link("de"))
    page.fill("#password", "Kari Nordmann und so weiter")
    page.wait_for_selector("#verdict .no")
    assert text("reset.fault.personal", "de") in page.inner_text("#verdict")
    page.fill("#password", GOOD)
    page.wait_for_selector("#verdict .ok")
    assert page.inner_text("#verdict") == text("reset.good", "de")


def test_the_password_can_be_shown_and_hidden(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(site.link("en"))
    for kind, label in (("text", "Hide"), ("password", "Show")):
        page.click("#toggle")
        assert page.get_attribute("#password", "type") == kind
        assert page.inner_text("#toggle") == label
        assert page.evaluate("document.activeElement.id") == "password"


def test_a_password_can_be_pasted_as_it_is(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(site.link("en"))
    page.locator("#password").evaluate("(field) => field.focus()")
    page.keyboard.insert_text("ünï code " * 12)
    assert page.input_value("#password") == "ünï code " * 12


def test_the_code_page_is_reached_and_answers_in_plain_words(
    site: Site, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{site.url}/reset?lang=sv")
    page.fill("#username", "kari.nordmann")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reset/code?lang=sv")
    page.keyboard.type("12345678")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert text("recover.wrong", "sv") in page.inner_text("[role=alert]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_fit_a_narrow_screen_and_are_readable(
    language: str, scheme: str, site: Site, open_page: Callable[..., Page]
) -> None:
    """WCAG 2.2 AA: no sideways scrolling at 320 px (1.4.10), contrast (1.4.3), a label for every field (1.3.1)."""
    for path in (
        site.link(language),
        f"{site.url}/reset?lang={language}",
        f"{site.url}/reset/gone?lang={language}",
        f"{site.url}/articles/{language}",
        f"{site.url}/demo/signin?lang={language}",
        f"{site.url}/demo/phone?lang={language}",
        f"{site.url}/desk/sign-in",
    ):
        page = open_page(path, viewport={"width": 320, "height": 700}, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert page.evaluate(LOW_CONTRAST) == [], path
        unlabelled = (
            "[...document.querySelectorAll('input:not([type=hidden]):not([aria-hidden]), select, textarea')]"
        )
        assert page.evaluate(f"{unlabelled}.filter((field) => !field.labels.length).length") == 0, path
        assert page.locator("h1").count() == 1, path
        page.context.close()
