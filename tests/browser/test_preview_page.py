"""The authors' preview in a real browser, opened from the disk: the chat page's own scripts draw it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.kb.__main__ import main
from tests.house import ROOT

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Nothing may go wrong in its scripts."""
    opened = chromium.new_page(locale="nb-NO")
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield opened
    opened.close()
    assert wrong == []


def test_the_preview_is_the_chats_card(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    file = tmp_path / "preview.html"
    assert main(["preview", "vpn-connect", "--language", "nb", "--html", str(file)]) == 0
    page.goto(file.as_uri())
    card = page.locator(".message.bot section.article")
    expect(card.locator("h4")).to_contain_text("VPN")
    expect(card.locator("ol > li").first).to_be_visible()
    expect(card.locator("strong").last).to_contain_text("Slik ser du at det virket")
    expect(card.get_by_role("link", name="Hele artikkelen")).to_have_attribute(
        "href", "http://127.0.0.1:8090/articles/nb/vpn-connect"
    )
    expect(page.locator(".choices button")).to_have_count(3)
