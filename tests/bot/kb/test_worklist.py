"""What the knowledge base could not answer: alike questions together, the most wanted first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.kb.articles import parse_article, read_article
from bot.kb.cache import Cache
from bot.kb.draft import skeleton
from bot.kb.encoder import Embeddings
from bot.kb.languages import LANGUAGES
from bot.kb.lint import lint
from bot.kb.ranking import Ranking, load
from bot.kb.worklist import FEWEST, Asked, Line, WorkList, groups, typical
from bot.nlu.embeddings import shared_encoder
from bot.nlu.engine.port import EngineUnavailable
from servicedesk import feedback
from tests.bot.kb.conftest import WordEncoder

DRONE = ("may I borrow a drone", "may I borrow the drone", "may I borrow a drone today")


@pytest.fixture
def lines(
    articles_dir: Path, cache_dir: Path, encoder: WordEncoder, ranking: Ranking
) -> Callable[..., list[Line]]:
    articles = [read_article(path) for path in sorted(articles_dir.glob("*/*.md"))]
    work = WorkList(encoder, Embeddings(Cache(cache_dir), encoder), ranking)
    return lambda *rows, **options: work.lines(rows, articles, **options)


def asked(question: str, person: int, **more: Any) -> Asked:
    return Asked(**{"language": "en", "question": question, "person": person, **more})


def test_alike_questions_are_one_line(lines: Callable[..., list[Line]]) -> None:
    found = lines(*(asked(text, at) for at, text in enumerate((*DRONE, "sap shows an empty list"))))
    assert [set(line.wordings) for line in found] == [set(DRONE), {"sap shows an empty list"}]
    assert found[0].question == found[0].wordings[0]


def test_languages_are_kept_apart(lines: Callable[..., list[Line]]) -> None:
    found = lines(asked("drone", 1), asked("drone", 2, language="nb"))
    assert sorted(line.language for line in found) == ["en", "nb"]


def test_what_most_people_want_comes_first_then_the_newest(lines: Callable[..., list[Line]]) -> None:
    found = lines(
        asked("sap is empty", 1, day=date(2026, 11, 3)),
        *(asked("parking permit", 9, day=date(2026, 11, 2)) for _ in range(9)),  # one person, who asks again
        *(asked("drone", person, day=date(2026, 11, 1)) for person in range(2)),
    )
    assert [line.question for line in found] == ["drone", "sap is empty", "parking permit"]
    assert [line.latest for line in found] == [date(2026, 11, 1), date(2026, 11, 3), date(2026, 11, 2)]


def test_fewer_than_five_people_are_not_counted(lines: Callable[..., list[Line]]) -> None:
    """D5: neither by many questions of one, nor by the wordings of a line."""
    (line,) = lines(*(asked(text, person) for person in range(FEWEST - 1) for text in DRONE))
    assert line.people is None
    (line,) = lines(*(asked(DRONE[0], person) for person in range(FEWEST)))
    assert line.people == FEWEST == feedback.FEWEST


def test_a_line_names_the_article_that_came_nearest_and_those_that_did_not_help(
    lines: Callable[..., list[Line]],
) -> None:
    (line,) = lines(
        asked("printer queue is stuck", 1, article="vpn-connect"),
        asked("Printer queue is stuck", 2, article="printer-add"),
        asked("printer  queue is stuck", 3, article="printer-add"),
    )
    assert line.wordings == ("printer queue is stuck",)
    assert line.unhelpful == ("printer-add", "vpn-connect")
    assert line.nearest
    assert (line.nearest.id, line.nearest.title) == ("printer-add", "Add the office printer")


def test_a_question_without_a_letter_is_none(lines: Callable[..., list[Line]]) -> None:
    assert lines(asked("?!", 1)) == []
    assert lines() == []


def test_a_list_can_be_cut(lines: Callable[..., list[Line]]) -> None:
    rows = [asked(word, at) for at, word in enumerate(("drone", "parking", "canteen"))]
    assert [line.question for line in lines(*rows, most=2)] == ["drone", "parking"]


def test_without_an_engine_the_same_words_still_come_together(
    articles_dir: Path, cache_dir: Path, encoder: WordEncoder, ranking: Ranking
) -> None:
    class Away(WordEncoder):
        def query(self, texts: Any) -> Any:
            raise EngineUnavailable("no weights")

    work = WorkList(Away(), Embeddings(Cache(cache_dir), encoder), ranking)
    found = work.lines([asked("Drone", 1), asked("drone", 2), asked("a drone", 3)], [])
    assert [line.wordings for line in found] == [("Drone",), ("a drone",)]


def test_a_lines_key_holds_while_its_question_does() -> None:
    one = Line("en", "drone", ("drone",), None, (), None)
    assert one.key == Line("en", "drone", ("drone", "the drone"), 7, ("vpn-connect",), None).key
    assert one.key != Line("nb", "drone", ("drone",), None, (), None).key


def test_groups_and_what_is_typical_of_one() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.96, 0.28], [0.8, 0.6]], np.float32)
    assert groups(vectors, 0.2) == [[0, 2, 3], [1]]
    assert groups(vectors[:1], 0.2) == [[0]]
    assert typical([0, 2, 3], vectors, [1, 1, 1, 1])[0] == 2
    assert typical([0, 2, 3], vectors, [9, 1, 1, 1])[0] == 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("language", "drone", "photoshop"),
    [
        (
            "nb",
            ("kan jeg låne en drone", "hvor får jeg tak i drone", "hvordan booker jeg dronen"),
            ("photoshop krasjer ved oppstart", "adobe photoshop lukker seg selv"),
        ),
        (
            "sv",
            ("kan jag låna en drönare", "var får jag tag i en drönare", "hur bokar jag drönaren"),
            ("photoshop kraschar vid start", "photoshop öppnas inte"),
        ),
        (
            "de",
            ("kann ich eine Drohne ausleihen", "wo bekomme ich eine drohne her", "wie buche ich die Drohne"),
            ("photoshop stürzt beim start ab", "photoshop geht nicht mehr auf"),
        ),
        (
            "en",
            ("can I borrow a drone for filming", "where do i get a drone", "is there a drone we can lend"),
            ("photoshop crashes on start", "Photoshop won't open since yesterday"),
        ),
    ],
)
def test_the_real_engine_brings_together_what_means_the_same(
    language: str, drone: tuple[str, ...], photoshop: tuple[str, ...]
) -> None:
    root = Path(__file__).parents[3]
    articles = [read_article(path) for path in sorted((root / "kb_articles" / language).glob("*.md"))]
    embeddings = Embeddings(Cache(root / "var" / "cache"))
    rows = [asked(text, at, language=language) for at, text in enumerate((*drone, *photoshop))]
    found = WorkList(shared_encoder(), embeddings, load()).lines(rows, articles)
    assert [set(line.wordings) for line in found] == [set(drone), set(photoshop)]


# --- drafts ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_skeleton_is_an_article_that_no_employee_sees_and_that_lint_calls_unfinished(
    language: str, tmp_path: Path
) -> None:
    path = tmp_path / language / "borrow-drone.md"
    path.parent.mkdir()
    wordings = [f"drone {number}" for number in range(9)]
    path.write_text(skeleton("borrow-drone", language, wordings, today=date(2026, 11, 1)), encoding="utf-8")
    article = read_article(path)
    assert article.audience == "l1"
    assert article.questions == ("drone 2", "drone 5", "drone 8")
    assert len(article.asked_as) == 6
    assert [section.kind for section in article.sections] == [
        "symptoms",
        "steps",
        "result",
        "fallback",
        "stop",
    ]
    found = lint(tmp_path, today=date(2026, 11, 1))
    assert found
    assert all("still to be written" in problem.message for problem in found)


def test_a_wording_with_something_redacted_in_it_is_left_out() -> None:
    """D3, D4: what is in an article's file is there for good."""
    text = skeleton("x", "en", ["my password is [password]", "reset it"], today=date(2026, 11, 1))
    assert "[password]" not in text
    assert parse_article(text, Path("en/x.md")).asked_as == ("reset it",)


@pytest.mark.parametrize(
    "wording", ["no", "12:30", "- tja", "'a' \"b\" # c: d", "a\n---\nb", "{x: y}", "æøå 😀", "@x", "%"]
)
def test_any_wording_survives_the_front_matter(wording: str) -> None:
    article = parse_article(skeleton("x", "en", [wording], today=date(2026, 11, 1)), Path("en/x.md"))
    assert article.asked_as == (" ".join(wording.split()),)
