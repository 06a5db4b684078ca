"""The guide for authors says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.kb.__main__ import main
from bot.kb.articles import parse_article
from bot.kb.languages import FIXED_HEADINGS, LANGUAGES
from bot.kb.lint.wordings import of_wordings

GUIDE = (Path(__file__).parents[3] / "docs" / "authoring.md").read_text(encoding="utf-8")


def test_the_example_is_an_article() -> None:
    example = GUIDE.split("```\n")[1]
    kinds = [section.kind for section in parse_article(example, Path("en/vpn-connect.md")).sections]
    assert kinds == ["symptoms", "steps", "result", "fallback", "stop"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_fixed_headings_are_listed(language: str) -> None:
    assert all(f"| {heading} |" in GUIDE for heading in FIXED_HEADINGS[language])


@pytest.mark.parametrize(
    "command", ["import", "lint", "preview", "search", "stats", "test", "tune", "worklist"]
)
def test_the_commands_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"python -m bot.kb {command}" in GUIDE
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert command in capsys.readouterr().out


def test_the_example_has_as_many_wordings_as_the_check_asks_for() -> None:
    article = parse_article(GUIDE.split("```\n")[1], Path("en/vpn-connect.md"))
    assert list(of_wordings([article])) == []
