"""When the best article is shown, and when the one question is asked: on made-up chances, and on the dev set."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kb.choosing import Case, dev_cases, keyword_cases
from bot.kb.articles import Article, read_article
from bot.kb.choosing import Hit, likely, open_between
from bot.kb.search import KnowledgeBase
from bot.kb.signs import telling_signs

ROOT = Path(__file__).parents[3]
LONG = "when I am at home nothing works as it should"


def hits(*scores: float) -> list[Hit]:
    return [
        {"id": f"a{at}", "language": "en", "title": "", "score": score, "section": 0}
        for at, score in enumerate(scores)
    ]


@pytest.mark.parametrize(
    ("scores", "words", "asked"),
    [
        ((0.45, 0.40), LONG, 2),
        ((0.35, 0.30, 0.28, 0.27), LONG, 3),
        ((0.60, 0.30), LONG, 0),
        ((0.08, 0.07), LONG, 0),
        ((0.60, 0.30), "printer", 2),
        ((0.60, 0.30, 0.02), "the printer", 2),
        ((0.85, 0.12), "printer", 0),
        ((0.70, 0.05), "printer", 0),
        ((0.9,), "printer", 0),
        ((), "printer", 0),
    ],
)
def test_the_question_is_asked_where_only_the_employee_can_tell(
    scores: tuple[float, ...], words: str, asked: int
) -> None:
    assert open_between(hits(*scores), words) == hits(*scores)[:asked]


def test_what_is_hardly_possible_is_not_shown_as_the_next_best() -> None:
    assert [hit["id"] for hit in likely(hits(0.7, 0.2, 0.05))] == ["a0", "a1"]


@pytest.mark.timeout(600)
class TestOnRealQuestions:
    @pytest.fixture(scope="class")
    def base(self) -> KnowledgeBase:
        return KnowledgeBase.open(ROOT / "kb_articles", ROOT / "var" / "cache")

    @pytest.fixture(autouse=True)
    def no_article_for(self) -> None:
        """Here the real sentences without an article count."""

    @pytest.fixture(scope="class")
    def dev(self, base: KnowledgeBase) -> list[Case]:
        return dev_cases(base)

    def test_a_question_is_asked_seldom_and_rather_than_a_wrong_guess(self, dev: list[Case]) -> None:
        asked = [case for case in dev if case.open_between]
        assert 0 < len(asked) <= 0.04 * len(dev)
        assert sum(case.first_right for case in asked) <= len(asked) / 2
        among = [any(hit["id"] in case.right for hit in case.open_between) for case in asked]
        assert sum(among) >= 1.5 * sum(case.first_right for case in asked)

    def test_what_is_shown_at_once_is_right(self, dev: list[Case]) -> None:
        shown = [case for case in dev if not case.open_between]
        assert sum(case.first_right for case in shown) >= 0.95 * len(shown)

    def test_the_next_best_is_more_often_right_than_not(self, dev: list[Case]) -> None:
        wrong = [case for case in dev if case.right and not case.first_right]
        following = [next(iter(likely(case.hits[1:])), None) for case in wrong]
        right = [hit for case, hit in zip(wrong, following, strict=True) if hit and hit["id"] in case.right]
        assert len(right) >= 0.6 * len([hit for hit in following if hit])

    def test_of_a_single_word_the_right_article_is_shown_or_among_the_choices(
        self, base: KnowledgeBase
    ) -> None:
        found = [
            case.first_right
            if not case.open_between
            else any(hit["id"] in case.right for hit in case.open_between)
            for case in keyword_cases(base)
        ]
        assert sum(found) >= 0.95 * len(found)


def articles(language: str, *names: str) -> list[Article]:
    return [read_article(ROOT / "kb_articles" / language / f"{name}.md") for name in names]


@pytest.mark.parametrize("language", ["nb", "sv", "de", "en"])
def test_a_sign_is_what_the_other_article_does_not_say(language: str) -> None:
    drops, connect = telling_signs(articles(language, "vpn-drops", "vpn-connect"))
    assert drops != connect
    assert "Contacting" not in drops


def test_an_article_without_symptoms_is_told_by_its_summary() -> None:
    hours, full = articles("en", "support-hours", "disk-full")
    assert not any(
        section.kind == "symptoms" and "\n- " in f"\n{section.markdown}" for section in hours.sections
    )
    assert telling_signs([hours, full])[0] == hours.summary
