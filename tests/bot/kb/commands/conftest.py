"""Runs a command of `python -m bot.kb` on the small knowledge base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.kb import __main__ as cli
from bot.kb.ranking import Ranking
from tests.bot.kb.conftest import WordEncoder

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    articles_dir: Path,
    cache_dir: Path,
    encoder: WordEncoder,
    ranking: Ranking,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command of `python -m bot.kb`: exit code, stdout, stderr."""
    for place in ("bot.kb.encoder", "bot.kb.commands.worklist"):
        monkeypatch.setattr(f"{place}.shared_encoder", lambda: encoder)
    for place in ("bot.kb.search", "bot.kb.ranking", "bot.kb.commands.worklist"):
        monkeypatch.setattr(f"{place}.load", lambda: ranking)

    def call(command: str, *arguments: str) -> tuple[int, str, str]:
        places = ["--articles", str(articles_dir), "--cache", str(cache_dir)]
        try:
            code = cli.main([command, *arguments, *places])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call
