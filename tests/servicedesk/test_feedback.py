from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.feedback import FEWEST, Feedback, Verdict
from servicedesk.store import Store
from servicedesk.store.tables import metadata


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def feedback(tmp_path: Path, clock: ManualClock) -> Feedback:
    store = Store(f"sqlite:///{tmp_path}/tier0.db")
    metadata.create_all(store.engine)
    return Feedback(store, clock)


def note(feedback: Feedback, number: int, verdict: Verdict, article: str | None = "vpn-drops") -> None:
    feedback.record(
        conversation=f"c{number}",
        language="nb",
        question="VPN faller ut",
        article=article,
        section=2,
        verdict=verdict,
    )


def test_what_one_employee_saw_comes_oldest_first(feedback: Feedback, clock: ManualClock) -> None:
    note(feedback, 1, Verdict.SHOWN)
    clock.advance(timedelta(hours=2))
    note(feedback, 1, Verdict.NOT_SOLVED)
    note(feedback, 2, Verdict.SOLVED)
    entries = feedback.of_conversation("c1")
    assert [(each.article, each.section, each.verdict) for each in entries] == [
        ("vpn-drops", 2, Verdict.SHOWN),
        ("vpn-drops", 2, Verdict.NOT_SOLVED),
    ]
    recent = feedback.of_conversation("c1", since=clock.now() - timedelta(hours=1))
    assert [each.verdict for each in recent] == [Verdict.NOT_SOLVED]


def test_a_question_is_stored_without_its_secrets(feedback: Feedback) -> None:
    """D3."""
    feedback.record(
        conversation="c", language="en", question="password: Winter2026!", verdict=Verdict.UNANSWERED
    )
    assert feedback.unanswered()[0].question == "password: [password]"


def test_figures_need_five_conversations(feedback: Feedback) -> None:
    """D5: however many entries the four make."""
    for number in range(FEWEST - 1):
        for _ in range(5):
            note(feedback, number, Verdict.NOT_SOLVED)
    assert feedback.figures() == ()
    note(feedback, 99, Verdict.SOLVED)
    (figures,) = feedback.figures()
    assert (figures.article, figures.language, figures.conversations) == ("vpn-drops", "nb", FEWEST)
    assert (figures.solved, figures.not_solved, figures.person) == (1, 20, 0)


def test_the_least_helpful_article_comes_first(feedback: Feedback) -> None:
    for number in range(FEWEST):
        note(feedback, number, Verdict.SOLVED, "good")
        note(feedback, number, Verdict.PERSON, "bad")
    assert [each.article for each in feedback.figures()] == ["bad", "good"]


def test_unanswered_questions_come_newest_first_and_age_out(feedback: Feedback, clock: ManualClock) -> None:
    for number, question in enumerate(("first", "second")):
        feedback.record(
            conversation=f"c{number}", language="en", question=question, verdict=Verdict.UNANSWERED
        )
    note(feedback, 3, Verdict.SOLVED)
    assert [each.question for each in feedback.unanswered()] == ["second", "first"]
    clock.advance(timedelta(days=91))
    assert feedback.unanswered() == ()
