"""A saved file is live, a broken one does no harm."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot.kb import search as searches
from bot.kb.encoder import Matrix
from bot.kb.ranking import Ranking
from bot.kb.search import KnowledgeBase
from tests.bot.kb.conftest import PRINTER, VPN, WordEncoder

COFFEE = (
    PRINTER.replace("printer-add", "coffee-machine")
    .replace("Add the office printer", "Descale the espresso machine")
    .replace("how do i add a printer", "espresso machine blinks red")
    .replace("[printer, printing, queue]", "[coffee, espresso, descale]")
)


STUCK = 10.0  # seconds that an embedding takes at most


def _until(holds: Callable[[], bool], seconds: float = 3 * STUCK) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def test_a_new_file_answers_the_next_search(
    base: KnowledgeBase, articles_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "SCAN_EVERY_SECONDS", 0.0)
    base.refresh(now=True)
    assert base.search("descale the espresso machine", "en") == []
    (articles_dir / "en" / "coffee-machine.md").write_text(COFFEE)
    assert base.search("descale the espresso machine", "en")[0].id == "coffee-machine"
    assert _until(lambda: base.index.complete)
    assert base.search("espresso blinks", "en")[0].id == "coffee-machine"


def test_a_changed_and_a_deleted_file_take_effect(base: KnowledgeBase, articles_dir: Path) -> None:
    path = articles_dir / "en" / "printer-add.md"
    path.write_text(PRINTER.replace("Add the office printer", "Add any printer"))
    base.refresh(now=True, wait=True)
    assert base.search("printer", "en")[0].title == "Add any printer"
    path.unlink()
    base.refresh(now=True, wait=True)
    assert base.article("printer-add", "en") is None


def test_only_what_changed_is_embedded_again(
    base: KnowledgeBase, encoder: WordEncoder, articles_dir: Path
) -> None:
    encoder.texts.clear()
    path = articles_dir / "en" / "printer-add.md"
    path.write_text(PRINTER.replace("A test page comes out.", "A sheet comes out."))
    base.refresh(now=True, wait=True)
    assert len(encoder.texts) == 1
    assert "A sheet comes out." in encoder.texts[0]


def test_files_are_looked_at_every_two_seconds_at_most(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans: list[float] = []
    monkeypatch.setattr(base._library, "refresh", lambda: bool(scans.append(0.0)))
    for _ in range(50):
        base.search("printer", "en")
    assert len(scans) <= 1
    assert searches.SCAN_EVERY_SECONDS == 2


def test_a_broken_file_keeps_the_last_good_version_and_says_why(
    base: KnowledgeBase, articles_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = articles_dir / "en" / "printer-add.md"
    with caplog.at_level(logging.WARNING):
        path.write_text(PRINTER.replace("title:", "titel:"))
        base.refresh(now=True)
    assert base.search("add a printer", "en")[0].id == "printer-add"
    assert [str(problem) for problem in base.problems] == [f"{path}:1: front matter: 'title' is missing"]
    assert "the last good version stays" in caplog.text
    path.write_text(PRINTER + "\n")
    base.refresh(now=True)
    assert base.problems == ()


def test_a_file_broken_before_the_start_is_served_as_the_last_process_knew_it(
    open_base: Callable[[], KnowledgeBase], articles_dir: Path
) -> None:
    open_base()
    (articles_dir / "en" / "printer-add.md").write_text("")
    restarted = open_base()
    assert restarted.search("add a printer", "en")[0].id == "printer-add"
    assert len(restarted.problems) == 1


def test_a_new_broken_file_does_not_harm_the_others(base: KnowledgeBase, articles_dir: Path) -> None:
    (articles_dir / "en" / "half.md").write_text("---\nid: half\n")
    base.refresh(now=True)
    assert base.search("add a printer", "en")[0].id == "printer-add"
    assert base.article("half", "en") is None
    assert "not closed" in str(base.problems[0])


def test_a_folder_that_is_away_for_a_moment_empties_nothing(base: KnowledgeBase, articles_dir: Path) -> None:
    moved = articles_dir.with_name("away")
    shutil.move(articles_dir, moved)
    base.refresh(now=True)
    assert base.search("add a printer", "en")[0].id == "printer-add"
    assert "cannot be read" in str(base.problems[0])
    shutil.move(moved, articles_dir)
    base.refresh(now=True)
    assert base.problems == ()


def test_other_files_and_broken_links_are_passed_over(base: KnowledgeBase, articles_dir: Path) -> None:
    (articles_dir / "en" / ".draft.md").write_text("draft")
    (articles_dir / "en" / "notes.txt").write_text("notes")
    os.symlink(articles_dir / "nowhere.md", articles_dir / "en" / "gone.md")
    (articles_dir / "fr").mkdir()
    (articles_dir / "fr" / "vpn-connect.md").write_text(VPN)
    base.refresh(now=True)
    assert base.problems == ()


class SlowEncoder(WordEncoder):
    """Computes passages only when let."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def passage(self, texts: Sequence[str]) -> Matrix:
        assert self.go.wait(STUCK)
        return super().passage(texts)


def test_a_search_does_not_wait_for_embeddings(articles_dir: Path, cache_dir: Path, ranking: Ranking) -> None:
    encoder = SlowEncoder()
    base = KnowledgeBase.open(articles_dir, cache_dir, encoder=encoder, ranking=ranking, wait=False)
    started = time.monotonic()
    assert base.search("add a printer", "en")[0].id == "printer-add"
    assert time.monotonic() - started < STUCK / 2
    assert not base.index.complete
    encoder.go.set()
    assert _until(lambda: base.index.complete)


def test_an_article_for_l1_only_never_comes_up(base: KnowledgeBase, articles_dir: Path) -> None:
    (articles_dir / "en" / "coffee-machine.md").write_text(COFFEE.replace("audience: all", "audience: l1"))
    base.refresh(now=True, wait=True)
    assert base.article("coffee-machine", "en") is None
    assert all(hit.id != "coffee-machine" for hit in base.search("descale espresso", "en", reject=False))
    assert base.problems == ()
