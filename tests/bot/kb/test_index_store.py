"""A start takes the stored index when it is the right one, and no other."""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.kb import building, index_store, library, shard
from bot.kb import index as indexes
from bot.kb.index_store import IndexStore
from bot.kb.search import KnowledgeBase
from tests.bot.kb.conftest import PRINTER, WordEncoder
from tests.bot.kb.test_live import COFFEE

QUESTIONS = (
    "add a printer",
    "descale the espresso machine",
    "vpn from a hotel",
    "queue",
    "sjekk vpn hjemmefra",
)
Open = Callable[[], KnowledgeBase]


@pytest.fixture(autouse=True)
def old_files(articles_dir: Path) -> None:
    """As files are that nobody has touched for a while."""
    aged(articles_dir)


@pytest.fixture(autouse=True)
def not_young(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can set the time of a file's last change of state, so none counts as young here."""
    monkeypatch.setattr(library, "_YOUNG_SECONDS", -1e9)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read and indexed from here on."""
    done: list[str] = []
    parse, of = library.parse_article, shard.Shard.of

    def parsed(source: str, path: Path) -> object:
        done.append(f"parsed {path.stem}")
        return parse(source, path)

    def built(language: str, *rest: Any, **more: Any) -> object:
        done.append(f"indexed {language}")
        return of(language, *rest, **more)

    monkeypatch.setattr(library, "parse_article", parsed)
    monkeypatch.setattr(shard.Shard, "of", built)
    return done


def aged(folder: Path) -> None:
    for path in folder.glob("*/*.md"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def answers(base: KnowledgeBase) -> list[object]:
    return [base.search(text, language, reject=False) for text in QUESTIONS for language in ("en", "nb")]


def test_a_start_with_nothing_changed_reads_and_indexes_nothing(
    open_base: Open, work: list[str], encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = answers(open_base())
    assert work.count("indexed en") == 1
    work.clear()
    encoder.texts.clear()
    with monkeypatch.context() as patch:
        patch.setattr(library, "read_source", lambda path: pytest.fail(f"{path} was read"))
        second = open_base()
    assert work == encoder.texts == []
    assert answers(second) == first


def test_its_arrays_are_mapped_from_the_disk(open_base: Open) -> None:
    open_base()
    part = open_base().index.languages["en"].shards[0]
    for array in (part.vectors.matrix, part.words.documents, part.grams.keys):
        base = array
        while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
            base = base.base
        assert isinstance(base, np.memmap)


def test_a_file_that_changed_before_the_start_is_the_only_one_that_is_read(
    open_base: Open, work: list[str], articles_dir: Path
) -> None:
    open_base()
    work.clear()
    path = articles_dir / "en" / "printer-add.md"
    path.write_text(PRINTER.replace("Add the office printer", "Add any printer"))
    assert open_base().search("add a printer", "en")[0].title == "Add any printer"
    assert work == ["parsed printer-add", "indexed en"]
    work.clear()
    assert open_base().search("add a printer", "en")[0].title == "Add any printer"
    assert work == []


def test_files_with_new_times_and_the_old_text_are_not_read_anew(
    open_base: Open, work: list[str], articles_dir: Path
) -> None:
    open_base()
    work.clear()
    for path in articles_dir.glob("*/*.md"):  # as after a fresh checkout
        text = path.read_text()
        path.unlink()
        path.write_text(text)
    open_base()
    assert work == []


def test_a_text_of_the_same_size_and_time_is_noticed(open_base: Open, articles_dir: Path) -> None:
    open_base()
    path = articles_dir / "en" / "printer-add.md"
    path.write_text(PRINTER.replace("Add the office printer", "Use the office printer"[:22]))
    aged(articles_dir)
    assert open_base().search("office printer", "en")[0].title == "Use the office printer"[:22]


def test_files_come_and_go_between_two_starts(open_base: Open, articles_dir: Path, cache_dir: Path) -> None:
    open_base()
    (articles_dir / "en" / "vpn-connect.md").unlink()
    (articles_dir / "en" / "coffee-machine.md").write_text(COFFEE)
    changed = answers(open_base())
    shutil.rmtree(cache_dir)
    assert answers(open_base()) == changed


def test_a_large_base_keeps_its_large_shard(
    open_base: Open, articles_dir: Path, work: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "SMALL", 0)
    monkeypatch.setattr(indexes, "ALL_IDS", 0)
    monkeypatch.setattr(indexes, "_MOST_FRESH", 0.9)
    open_base()
    large = {path.name for path in (cache_dir / "kb-index").glob("en-*")}
    (articles_dir / "en" / "printer-add.md").write_text(PRINTER.replace("Add the office", "Add any"))
    (articles_dir / "en" / "mfa-new-phone.md").unlink()
    changed = open_base()
    now = {path.name for path in (cache_dir / "kb-index").glob("en-*")}
    assert large < now
    assert len(now) == 2
    work.clear()
    again = open_base()
    assert work == []
    assert [len(each.articles) for each in again.index.languages["en"].shards] == [3, 1]
    assert answers(again) == answers(changed)


@pytest.mark.parametrize("what", ["edition", "encoder_name"])
def test_an_index_of_other_code_or_another_encoder_is_not_used(
    open_base: Open, work: list[str], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_base()
    work.clear()
    other = {"edition": lambda: b"other", "encoder_name": lambda: "other"}[what]
    monkeypatch.setattr(index_store, what, other)
    open_base()
    assert "indexed en" in work


def test_other_code_reads_the_articles_anew(
    open_base: Open, work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_base()
    work.clear()
    monkeypatch.setattr(library, "edition", lambda: b"other")
    open_base()
    assert work.count("parsed printer-add") == 1


def test_the_edition_is_that_of_code_and_ranking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.kb import edition

    shutil.copytree(
        Path(edition.__file__).parent, tmp_path / "kb", ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(edition, "_HERE", tmp_path / "kb")
    found = [edition.edition.__wrapped__()]
    for name in ("ranking.json", "tokens.py"):
        (tmp_path / "kb" / name).write_text("changed")
        found.append(edition.edition.__wrapped__())
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    "file", ["state.json", "*/state.json", "*/words-says.npy", "*/ids.npy", "*/vectors-matrix.npy"]
)
@pytest.mark.parametrize("damage", ["cut", "other", "gone"])
def test_a_damaged_index_is_built_anew_and_the_log_says_so(
    open_base: Open, cache_dir: Path, file: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = answers(open_base())
    path = next((cache_dir / "kb-index").glob(file.replace("*", "en-*")))
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            data[: len(data) // 2] if damage == "cut" else data[:-3] + bytes(b ^ 1 for b in data[-3:])
        )
    with caplog.at_level(logging.WARNING):
        assert answers(open_base()) == first
    assert ("damaged" in caplog.text) == ((file, damage) != ("state.json", "gone"))
    caplog.clear()
    assert answers(open_base()) == first
    assert caplog.text == ""


def test_what_was_left_half_written_is_cleared_away(
    open_base: Open, cache_dir: Path, articles_dir: Path
) -> None:
    open_base()
    half = cache_dir / "kb-index" / "tmp-half"
    half.mkdir()
    (half / "words-keys.npy").write_bytes(b"half")
    (articles_dir / "en" / "coffee-machine.md").write_text(COFFEE)
    assert open_base().search("descale the espresso machine", "en")[0].id == "coffee-machine"
    assert not half.exists()


def test_a_process_goes_on_with_an_index_that_another_has_replaced(
    open_base: Open, cache_dir: Path, articles_dir: Path
) -> None:
    open_base()
    running = open_base()
    before = answers(running)
    shutil.rmtree(cache_dir)
    running._next_scan = float("inf")  # it has not looked since
    assert answers(running) == before


def test_several_starts_at_once_agree(open_base: Open, cache_dir: Path) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(answers(open_base()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(each == found[0] for each in found)
    state = json.loads((cache_dir / "kb-index" / "state.json").read_text())
    assert {name for own in state["shards"].values() for name, _ in own} == {
        path.name for path in (cache_dir / "kb-index").iterdir() if path.is_dir()
    }


def test_only_one_process_writes(open_base: Open, cache_dir: Path, articles_dir: Path) -> None:
    base = open_base()
    store = IndexStore(cache_dir, articles_dir)
    with store._alone():
        assert not store.save({name: each.to_store() for name, each in base.index.languages.items()})


def test_thousands_of_files_are_read_by_several_processes(
    open_base: Open, monkeypatch: pytest.MonkeyPatch, cache_dir: Path
) -> None:
    alone = answers(open_base())
    shutil.rmtree(cache_dir)
    monkeypatch.setattr(library, "LARGE", 2)
    monkeypatch.setattr(indexes, "LARGE", 2)
    assert building.several_processes is library.several_processes
    assert answers(open_base()) == alone
