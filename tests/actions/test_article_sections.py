"""Which section of an article somebody means who asks for the same in another place."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.follow_ups import other_section
from bot.kb.articles import Article, read_article

ARTICLES = Path(__file__).parents[2] / "kb_articles"


def article(language: str, name: str) -> Article:
    return read_article(ARTICLES / language / f"{name}.md")


def heading(found: Article, section: int | None) -> str | None:
    return None if section is None else found.sections[section].heading


def first_steps(found: Article) -> int:
    return next(at for at, section in enumerate(found.sections) if section.kind == "steps")


@pytest.mark.parametrize(
    ("language", "words", "named"),
    [
        ("nb", "og på Mac?", "Mac"),
        ("sv", "och på macen då", "Mac"),
        ("de", "und am Mac?", "Mac"),
        ("en", "what about my MacBook", "Mac"),
    ],
)
def test_a_device_names_its_section(language: str, words: str, named: str) -> None:
    found = article(language, "vpn-connect")
    section = heading(found, other_section(found, words, first_steps(found)))
    assert section
    assert named in section


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", "hva med mobilen"),
        ("sv", "och på telefonen"),
        ("de", "und am Handy?"),
        ("en", "and on my phone?"),
    ],
)
def test_a_phone_has_many_names(language: str, words: str) -> None:
    found = article(language, "calendar-sharing")
    section = heading(found, other_section(found, words, first_steps(found)))
    assert section
    assert not {"Mac", "Windows"} & set(section.split())


def test_the_section_that_is_shown_is_no_other_one() -> None:
    found = article("en", "vpn-connect")
    mac = other_section(found, "and on a Mac?", first_steps(found))
    assert mac is not None
    assert other_section(found, "and on a Mac?", mac) != mac


@pytest.mark.parametrize("words", ["", "and on a typewriter?", "🦑"])
def test_what_names_nothing_finds_nothing(words: str) -> None:
    found = article("en", "vpn-connect")
    assert other_section(found, words, first_steps(found)) is None
