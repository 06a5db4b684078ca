"""From a file to an article."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.kb.articles import MAX_BYTES, ArticleError, parse_article, read_article
from bot.kb.languages import FIXED_HEADINGS, LANGUAGES, heading_kind
from tests.bot.kb.conftest import VPN

PATH = Path("kb_articles/en/vpn-connect.md")


def test_an_article_has_what_its_file_says() -> None:
    article = parse_article(VPN, PATH)
    assert (article.id, article.language, article.revision) == ("vpn-connect", "en", 2)
    assert article.reviewed == date(2026, 10, 15)
    assert article.questions == ("cannot reach the vpn from home", "cisco says connection failed")
    assert [section.kind for section in article.sections] == [
        *("symptoms", "steps", "steps", "result", "fallback", "stop"),
    ]


def test_a_step_keeps_its_second_line_and_loses_its_number() -> None:
    steps = parse_article(VPN, PATH).sections[1].steps
    assert steps[0] == "Open **Cisco Secure Client**."
    assert steps[1] == "Choose the profile and select **Connect**.\nWait for a minute."
    assert len(steps) == 3


def test_plain_text_has_no_markup() -> None:
    text = parse_article(VPN, PATH).sections[1].text
    assert "**" not in text
    assert "](" not in text
    assert text.endswith("see moving your phone.")


def test_a_numbered_list_in_a_fallback_does_not_make_it_the_solution() -> None:
    assert parse_article(VPN, PATH).sections[4].kind == "fallback"


def test_a_hash_in_a_code_block_is_no_heading() -> None:
    source = VPN.replace("## If that", "```\n## not a heading\n```\n\n## If that")
    assert "not a heading" not in [section.heading for section in parse_article(source, PATH).sections]


def test_windows_line_ends_make_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "en" / "vpn-connect.md"
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbf" + VPN.replace("\n", "\r\n").encode())
    assert read_article(path).sections == parse_article(VPN, PATH).sections


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_fixed_headings(language: str) -> None:
    assert sorted(FIXED_HEADINGS[language].values()) == ["fallback", "result", "stop", "symptoms"]
    assert all(heading_kind(heading.upper() + ":", language) for heading in FIXED_HEADINGS[language])


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("title: Connect to VPN when it refuses\n", "", "'title' is missing", 1),
        ("title: Connect to VPN when it refuses", "title: [a, b]", "'title' must be a line of text", 4),
        ("id: vpn-connect", "id: vpn", "'id' is 'vpn'", 2),
        ("language: en", "language: nb", "'language' is 'nb'", 3),
        ("reviewed: 2026-10-15", "reviewed: soon", "'reviewed' must be a date", 10),
        ("review_every_days: 180", "review_every_days: 0", "whole number", 11),
        ("revision: 2", "revision: yes", "whole number", 12),
        ("[vpn, cisco, home office, remote]", "[vpn, no]", "quotation marks", 6),
        ("[vpn, cisco, home office, remote]", "vpn", "must be a list", 6),
        ("title: Connect to VPN", "title: Connect: to: VPN", "front matter", 4),
        ("---\nid:", "id:", "does not start with front matter", 1),
        ("remote]", "remote", "front matter", 7),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(old: str, new: str, message: str, line: int) -> None:
    assert old in VPN
    with pytest.raises(ArticleError, match=r".*") as caught:
        parse_article(VPN.replace(old, new, 1), PATH)
    assert message in str(caught.value)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "does not start with front matter"),
        ("---\nid: x\n", "not closed"),
        ("---\n- a\n---\ntext", "name: value"),
        ("---\na: " + "[" * 3000 + "\n---\nx", ""),
        (VPN.split("## What")[0], "no '## ' heading"),
    ],
)
def test_what_is_no_article_is_refused(source: str, message: str) -> None:
    with pytest.raises(ArticleError) as caught:
        parse_article(source, PATH)
    assert message in str(caught.value)


def test_a_file_that_is_not_utf8_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "en" / "vpn-connect.md"
    path.parent.mkdir()
    path.write_bytes(VPN.replace("refuses", "für").encode("latin-1"))
    with pytest.raises(ArticleError, match="UTF-8") as caught:
        read_article(path)
    assert caught.value.line == 4
    path.write_bytes(VPN.encode() + b"x" * MAX_BYTES)
    with pytest.raises(ArticleError, match="larger"):
        read_article(path)


def test_a_wrong_folder_or_name_is_refused() -> None:
    with pytest.raises(ArticleError, match="none of"):
        parse_article(VPN, Path("kb_articles/fr/vpn-connect.md"))
    with pytest.raises(ArticleError, match="file name"):
        parse_article(VPN, Path("kb_articles/en/VPN Connect.md"))
