"""What a search finds, what it declines, and what it survives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bot.kb import ranking as rankings
from bot.kb.ranking import Ranking
from bot.kb.search import KnowledgeBase
from tests.bot.kb.conftest import BrokenEncoder, WordEncoder
from tests.growth import grows_linearly


def test_a_question_finds_its_article_and_the_passage_that_fits(base: KnowledgeBase) -> None:
    hit = base.search("vpn from a hotel", "en")[0]
    assert (hit.id, hit.language, hit.title) == ("vpn-connect", "en", "Connect to VPN when it refuses")
    assert 0.5 < hit.score <= 1
    article = base.article(hit.id, hit.language)
    assert article is not None
    assert article.sections[hit.section].heading == "In a hotel or on a train"
    assert hit.excerpt.startswith("Open a browser and accept the hotel's page.")


def test_scores_fall_and_stay_within_one(base: KnowledgeBase) -> None:
    scores = [hit.score for hit in base.search("printer", "en", reject=False)]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1.001


def test_what_no_article_answers_is_declined_and_can_still_be_listed(base: KnowledgeBase) -> None:
    assert base.search("what is for lunch in the canteen", "en") == []
    assert len(base.search("what is for lunch in the canteen", "en", reject=False)) == 3


def test_a_typo_still_finds_the_article(base: KnowledgeBase) -> None:
    assert base.search("authentcator on my new phon", "en")[0].id == "mfa-new-phone"


def test_the_employees_language_comes_first(base: KnowledgeBase) -> None:
    assert base.search("cisco vpn", "nb")[0].language == "nb"
    assert base.search("cisco vpn", "en")[0].language == "en"


def test_an_article_that_exists_in_another_language_only_is_found_and_says_so(base: KnowledgeBase) -> None:
    hit = base.search("printer on my laptop, add device", "nb")[0]
    assert (hit.id, hit.language) == ("printer-add", "en")


def test_an_article_is_read_in_english_where_a_language_lacks_it(base: KnowledgeBase) -> None:
    assert [base.article("vpn-connect", language).language for language in ("nb", "sv", "en")] == [
        "nb",
        "en",
        "en",
    ]  # type: ignore[union-attr]
    assert base.article("no-such-article", "en") is None


@pytest.mark.parametrize("query", ["", "   ", "?!…", "🤖🤖", "\x00\x01", "\ud800"])
def test_an_empty_question_finds_nothing(base: KnowledgeBase, query: str) -> None:
    assert base.search(query, "en", reject=False) == []


@pytest.mark.parametrize(
    "query", ["\ufdfa" * 20, "vpn " * 12_500, "a" * 50_000, "vpn \ud800 \x00", "' OR 1=1 --"]
)
def test_hostile_text_is_survived_and_reaches_the_engine_cleaned(
    base: KnowledgeBase, encoder: WordEncoder, query: str
) -> None:
    encoder.texts.clear()
    base.search(query, "en", reject=False)
    assert encoder.texts
    assert all(len(text) <= 600 and text.isprintable() and "\ufdfa" not in text for text in encoder.texts)


def test_long_questions_cost_in_proportion(base: KnowledgeBase) -> None:
    assert grows_linearly(lambda text: base.search(text, "en"), "vpn printer phone " * 3_000)


@pytest.mark.parametrize("language", ["fr", "other", ""])
def test_an_unknown_language_is_searched_as_english(base: KnowledgeBase, language: str) -> None:
    assert base.search("add a printer", language)[0].id == "printer-add"


def test_the_vector_of_the_message_is_not_computed_again(base: KnowledgeBase, encoder: WordEncoder) -> None:
    vector = encoder.query(["printer"])[0]
    encoder.texts.clear()
    assert base.search("add the printer", "en", vector=vector)[0].id == "printer-add"
    assert encoder.texts == []


def test_a_limit_is_kept(base: KnowledgeBase) -> None:
    assert len(base.search("printer", "en", limit=1, reject=False)) == 1
    assert base.search("printer", "en", limit=0) == []


def test_without_an_engine_words_find_the_article(
    articles_dir: Path, cache_dir: Path, broken_encoder: BrokenEncoder, ranking: Ranking
) -> None:
    base = KnowledgeBase.open(articles_dir, cache_dir, encoder=broken_encoder, ranking=ranking)
    assert not base.index.complete
    assert base.search("cannot add a printer", "en")[0].id == "printer-add"


def test_an_empty_folder_is_an_empty_base(tmp_path: Path, encoder: WordEncoder, ranking: Ranking) -> None:
    (tmp_path / "none").mkdir()
    base = KnowledgeBase.open(tmp_path / "none", tmp_path / "cache", encoder=encoder, ranking=ranking)
    assert base.search("vpn", "en", reject=False) == []
    assert base.problems == ()


def test_a_second_start_computes_nothing(
    open_base: Callable[[], KnowledgeBase], encoder: WordEncoder
) -> None:
    first = open_base().search("vpn from a hotel", "en")
    encoder.texts.clear()
    second = open_base()
    assert encoder.texts == []
    assert second.search("vpn from a hotel", "en") == first


def test_a_spoilt_cache_is_made_anew(open_base: Callable[[], KnowledgeBase], cache_dir: Path) -> None:
    open_base()
    for path in cache_dir.rglob("*"):
        if path.is_file():
            path.write_bytes(b"no database" * 1000)
    assert open_base().search("add a printer", "en")[0].id == "printer-add"


def test_a_cache_that_cannot_be_written_is_done_without(
    articles_dir: Path, tmp_path: Path, encoder: WordEncoder, ranking: Ranking
) -> None:
    (tmp_path / "file").write_text("in the way")
    base = KnowledgeBase.open(articles_dir, tmp_path / "file" / "cache", encoder=encoder, ranking=ranking)
    assert base.index.complete
    assert base.search("add a printer", "en")[0].id == "printer-add"


def test_many_threads_get_the_same_answer(base: KnowledgeBase) -> None:
    alone = base.search("vpn from a hotel", "en")
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: base.search("vpn from a hotel", "en"), range(200)))
    assert all(hits == alone for hits in together)


def test_weights_survive_saving(ranking: Ranking, tmp_path: Path) -> None:
    rankings.save(ranking, tmp_path / "ranking.json")
    loaded = rankings.load(tmp_path / "ranking.json")
    assert np.allclose(loaded.weights, ranking.weights)
    assert np.allclose(loaded.word_weights, ranking.word_weights)
    assert loaded.decline_above == ranking.decline_above


def test_the_weights_in_use_never_count_evidence_against_an_article() -> None:
    weights = rankings.load()
    assert (weights.weights[:-1] >= 0).all()
    assert (weights.word_weights[:-1] >= 0).all()
    assert 0.05 < weights.decline_above < 0.95


def test_the_command_line_starts_without_rasa() -> None:
    code = "import bot.kb.__main__, sys; sys.exit(any(name in sys.modules for name in ('rasa', 'sklearn')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
