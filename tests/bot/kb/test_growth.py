"""A large base is searched and changed otherwise than a small one, and answers the same."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.kb import index, meaning, postings, processes
from bot.kb.articles import parse_article
from bot.kb.building import build_shard
from bot.kb.postings import Collection, FewDocuments, Postings
from bot.kb.search import KnowledgeBase
from bot.kb.shard import Shard
from tests.bot.kb.conftest import PHONE, PRINTER, VPN, WordEncoder
from tests.bot.kb.test_live import COFFEE

QUESTIONS = (
    "add a printer",
    "descale the espresso machine",
    "vpn from a hotel",
    "authenticator on a new phone",
    "queue",
)
Open = Callable[[], KnowledgeBase]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small base of the tests is treated as if it were large."""
    monkeypatch.setattr(index, "SMALL", 0)
    monkeypatch.setattr(index, "ALL_IDS", 0)
    monkeypatch.setattr(meaning, "WHOLE", 0)


def answers(base: KnowledgeBase) -> list[list[tuple[str, str, float]]]:
    hits = (base.search(text, "en", reject=False) for text in QUESTIONS)
    return [[(hit.id, hit.title, hit.score) for hit in found] for found in hits]


def changed(base: KnowledgeBase, articles_dir: Path) -> None:
    """One file new, one gone, one changed twice."""
    (articles_dir / "en" / "coffee-machine.md").write_text(COFFEE)
    base.refresh(now=True, wait=True)
    (articles_dir / "en" / "vpn-connect.md").unlink()
    for title in ("Add a printer of the third floor", "Add any printer of the third floor"):
        (articles_dir / "en" / "printer-add.md").write_text(PRINTER.replace("Add the office printer", title))
        base.refresh(now=True, wait=True)


@pytest.mark.usefixtures("large")
def test_a_base_changed_bit_by_bit_answers_as_one_built_anew(open_base: Open, articles_dir: Path) -> None:
    base = open_base()
    changed(base, articles_dir)
    for old, new in zip(answers(base), answers(open_base()), strict=True):
        assert [hit[:2] for hit in old] == [hit[:2] for hit in new]
        # Articles that came later are measured by the length of those before.
        assert np.allclose([hit[2] for hit in old], [hit[2] for hit in new], atol=0.03)


@pytest.mark.usefixtures("large")
def test_only_what_changed_is_read_again(
    open_base: Open, articles_dir: Path, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_MOST_FRESH", 0.9)
    base = open_base()
    before = base.index.languages["en"]
    encoder.texts.clear()
    path = articles_dir / "en" / "printer-add.md"
    path.write_text(PRINTER.replace("A test page comes out.", "A sheet comes out."))
    base.refresh(now=True, wait=True)
    after = base.index.languages["en"]
    assert after.shards[0] is before.shards[0]
    assert [article.id for article in after.shards[1].articles] == ["printer-add"]
    assert base.index.languages["nb"] is not None
    assert len(encoder.texts) == 1


@pytest.mark.usefixtures("large")
def test_what_changed_does_not_pile_up(open_base: Open, articles_dir: Path) -> None:
    base = open_base()
    changed(base, articles_dir)
    assert len(base.index.languages["en"].shards) == 1
    assert len(base.index.languages["en"].shards[0].articles) == 3


@pytest.mark.usefixtures("large")
def test_a_large_base_is_told_of_a_change_and_need_not_be_looked_at_as_a_whole(
    open_base: Open, articles_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = open_base()
    base.refresh(now=True)
    whole: list[float] = []
    monkeypatch.setattr(base, "_look", lambda: whole.append(1.0))
    monkeypatch.setattr(base, "_next_whole_scan", math.inf)
    (articles_dir / "en" / "coffee-machine.md").write_text(COFFEE)
    assert within_ten_seconds(lambda: top(base, "descale the espresso machine") == "coffee-machine")
    (articles_dir / "en" / "printer-add.md").unlink()
    assert within_ten_seconds(lambda: top(base, "add a printer") != "printer-add")
    # What a share's other machine has changed nobody tells of; a whole look finds it.
    monkeypatch.undo()
    monkeypatch.setattr(base._watch, "take", set)
    monkeypatch.setattr(base, "_next_whole_scan", 0.0)
    (articles_dir / "en" / "printer-add.md").write_text(PRINTER)
    assert within_ten_seconds(lambda: top(base, "add a printer") == "printer-add")
    assert not whole


@pytest.mark.usefixtures("large")
def test_a_file_that_is_saved_twice_in_a_moment_is_read_twice(open_base: Open, articles_dir: Path) -> None:
    base = open_base()
    path = articles_dir / "en" / "printer-add.md"
    for title in ("Add a printer of one floor", "Add a printer of two floor"):  # of one length
        path.write_text(PRINTER.replace("Add the office printer", title))
        base.refresh(now=True)
        assert base.search("add a printer", "en")[0].title == title


def top(base: KnowledgeBase, question: str) -> str | None:
    found = base.search(question, "en", reject=False)
    return found[0].id if found else None


def within_ten_seconds(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def test_the_first_look_at_a_large_base_keeps_the_answer(
    open_base: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = answers(open_base())
    monkeypatch.setattr(index, "ALL_IDS", 0)
    monkeypatch.setattr("bot.kb.ranking._CLOSELY", (1, 1, 1))
    assert [found[0][:2] for found in answers(open_base())] == [found[0][:2] for found in small]


@pytest.mark.parametrize(("known", "lacking"), [(1, 5), (2, 5), (None, 8)])
def test_a_base_compared_as_a_whole_is_as_near_as_one_compared_article_by_article(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, known: int | None, lacking: int
) -> None:
    """Two articles, of which one is in two languages; all, half or none of their passages are embedded."""
    texts = sorted(base.index.texts, key=lambda text: text.key)[::known] if known else []
    articles = [article for own in base.index.languages.values() for article in own.articles]
    vector = base.embeddings.of_query("vpn from a hotel")
    assert vector is not None
    found = []
    for most in (meaning.WHOLE, 0):
        monkeypatch.setattr(meaning, "WHOLE", most)
        state = index.with_vectors(index.build_languages(articles, {}), base.embeddings.known(texts))
        found.append(np.array(state.meaning.nearness(vector, np.array([0, 2]))))
    assert found[0].shape == (2, 4, 2)
    assert np.isnan(found[0][0]).sum() == lacking
    assert np.allclose(found[0], found[1], atol=1e-6, equal_nan=True)


def test_several_processes_build_what_one_builds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "_AT_ONCE", 2)
    sources = {"vpn-connect": VPN, "printer-add": PRINTER, "mfa-new-phone": PHONE}
    articles = [parse_article(source, tmp_path / "en" / f"{name}.md") for name, source in sources.items()]
    alone, together = Shard.of("en", articles), build_shard("en", articles)
    assert together.vocabulary == alone.vocabulary
    for one, other in ((alone.words, together.words), (alone.grams, together.grams)):
        assert np.array_equal(one.keys, other.keys)
        assert np.array_equal(one.frequencies(), other.frequencies())
    assert (together.vectors.starts == alone.vectors.starts).all()


def test_terms_of_documents_that_are_gone_are_no_longer_counted() -> None:
    old, new = Postings.of([["vpn", "hotel"], ["vpn"]]), Postings.of([["printer"]])
    left = Collection([old, new], [np.array([False, True]), None])
    assert left.scores(["vpn"])[0] == pytest.approx(Collection([old], [None]).scores(["vpn"])[0], abs=0.1)
    assert left.scores(["vpn", "printer"])[2] > 0


@pytest.mark.parametrize("many", [0, 1_000])
@pytest.mark.parametrize("asked", [["vpn", "hotel", "lunch"], ["lunch"], []])
def test_few_documents_are_scored_as_many(
    monkeypatch: pytest.MonkeyPatch, many: int, asked: list[str]
) -> None:
    monkeypatch.setattr(postings, "_MANY", many)
    documents = [["vpn", "hotel", "vpn"], ["vpn", "train"], []]
    few = FewDocuments(documents).scores(asked)
    assert np.allclose(few, Collection([Postings.of(documents)], [None]).scores(asked), atol=1e-6)
