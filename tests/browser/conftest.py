"""The browser, and a page in it that reports what went wrong in its scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.rasa import prepare

prepare()  # for those that are run alone: the chat page's code imports Rasa

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

expect.set_options(timeout=20_000)  # a busy machine takes its time


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("no /usr/bin/chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(case, chromium: Browser) -> Iterator[Page]:
    """As wide, and in the language, as the module's `case` says."""
    context = chromium.new_context(viewport={"width": case.width, "height": 780}, locale=case.locale)
    context.set_default_timeout(20_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    # A refused password is a 422, which the console reports as well: only what the page itself did wrong counts.
    page.on("console", lambda message: faults.append(message.text) if "Refused to" in message.text else None)
    yield page
    context.close()
    assert not faults
