"""What the chat and the page show of an article."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.kb.answer import MAX_CHARACTERS, answer, chat_values
from bot.kb.articles import Article, parse_article
from bot.kb.page import render_html
from tests.bot.kb.conftest import PRINTER, VPN

PATH = Path("kb_articles/en/vpn-connect.md")
DESK = "https://desk.example"


@pytest.fixture
def article() -> Article:
    return parse_article(VPN, PATH)


def _with_steps(steps: list[str]) -> Article:
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    old = "1. Open a browser and accept the hotel's page.\n2. Connect afterwards."
    assert old in VPN
    return parse_article(VPN.replace(old, numbered), PATH)


def test_the_chat_shows_the_steps_that_fit_and_how_to_know_it_worked(article: Article) -> None:
    shown = answer(article, 2)
    assert shown.heading == "In a hotel or on a train"
    assert shown.markdown == "1. Open a browser and accept the hotel's page.\n2. Connect afterwards."
    assert shown.steps == ("Open a browser and accept the hotel's page.", "Connect afterwards.")
    assert shown.result == "The padlock in the taskbar is closed."
    assert (shown.owner, shown.url, shown.shortened) == ("Network team", "/articles/en/vpn-connect", False)


def test_links_lead_where_the_caller_says(article: Article) -> None:
    assert "(/articles/en/mfa-new-phone#transfer)" in answer(article, 1).markdown
    shown = answer(article, 1, link=lambda article_id: f"https://desk.example/{article_id}")
    assert "[moving your phone](https://desk.example/mfa-new-phone#transfer)" in shown.markdown


def test_a_step_of_two_lines_stays_one_step(article: Article) -> None:
    assert (
        "2. Choose the profile and select **Connect**.\n   Wait for a minute." in answer(article, 1).markdown
    )


@pytest.mark.parametrize("index", [-1, 99])
def test_an_unknown_passage_is_the_first_that_helps(article: Article, index: int) -> None:
    assert answer(article, index).heading == "On Windows"


def test_a_passage_without_steps_is_shown_as_it_is(article: Article) -> None:
    shown = answer(article, 0)
    assert shown.markdown == "- The client says **Connection attempt failed**."
    assert shown.steps == ()


def test_only_whole_steps_are_shown_of_many() -> None:
    shown = answer(_with_steps([f"Step {number} " + "x" * 190 for number in range(20)]), 2)
    assert shown.shortened
    assert 800 < len(shown.markdown) <= MAX_CHARACTERS
    assert shown.markdown.endswith("x" * 190)


def test_one_endless_step_is_cut_between_words_and_outside_markup() -> None:
    shown = answer(_with_steps(["word " * 238 + "**bold text that goes on and on**"]), 2)
    assert len(shown.markdown) <= MAX_CHARACTERS
    assert shown.markdown.endswith("word…")
    assert shown.markdown.count("**") % 2 == 0


def test_the_chat_names_the_case_and_ends_with_how_to_know_that_it_worked(article: Article) -> None:
    values = chat_values(article, 1, desk_url=DESK)
    assert values["body"].startswith("**On Windows**\n\n1. Open **Cisco Secure Client**.\n")
    assert f"({DESK}/articles/en/mfa-new-phone#transfer)" in values["body"]
    assert values["body"].endswith("\n\n**How to know it worked**\n\nThe padlock in the taskbar is closed.")
    assert (values["url"], values["reviewed"]) == (f"{DESK}/articles/en/vpn-connect", "2026-10-15")


def test_one_case_needs_no_name() -> None:
    values = chat_values(parse_article(PRINTER, Path("en/printer-add.md")), -1, desk_url=DESK)
    assert values["body"].startswith("1. Open **Settings**")


def test_a_passage_without_steps_leads_to_no_result(article: Article) -> None:
    symptoms = "**What you see**\n\n- The client says **Connection attempt failed**."
    assert chat_values(article, 0, desk_url=DESK)["body"] == symptoms


def test_the_page_is_html_with_the_callers_links(article: Article) -> None:
    html = render_html(article, link=lambda article_id: f"/articles/{article_id}?lang=en")
    assert '<h2 id="on-windows">On Windows</h2>' in html
    assert "<strong>Cisco Secure Client</strong>" in html
    assert 'href="/articles/mfa-new-phone?lang=en#transfer"' in html
    assert "noopener" in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](javascript:alert(1))",
        "<iframe src='https://x.example'></iframe>",
        "<a href='https://x.example' onclick='alert(1)'>x</a>",
        "<style>body{display:none}</style>",
        "<form action='https://x.example'><input name=password></form>",
        '[x](https://x.example "\\" onmouseover=\\"alert(1)")',
        "<svg/onload=alert(1)>",
    ],
)
def test_s9_an_article_cannot_carry_script(attack: str) -> None:
    html = render_html(parse_article(VPN + "\n" + attack + "\n", PATH))
    without_text = html.replace("&lt;", "").replace("&gt;", "")
    for bad in (
        "<script",
        '<img src="x"',
        "<iframe",
        "<style",
        "<form",
        "<input",
        "<svg",
        'href="javascript',
        'href="data',
    ):
        assert bad not in html
    assert ' onclick="' not in without_text
    assert ' onmouseover="' not in without_text
    assert 'src="javascript' not in html
