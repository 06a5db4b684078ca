from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock, SystemClock
from servicedesk.feedback import FEWEST, Feedback, Verdict, main
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


def test_what_one_employee_saw_comes_oldest_first_each_showing_once(
    feedback: Feedback, clock: ManualClock
) -> None:
    note(feedback, 1, Verdict.SHOWN)
    clock.advance(timedelta(hours=2))
    note(feedback, 1, Verdict.SHOWN, "vpn-connect")
    note(feedback, 1, Verdict.NOT_SOLVED)
    note(feedback, 2, Verdict.SOLVED)
    entries = feedback.of_conversation("c1")
    assert [(each.article, each.section, each.verdict) for each in entries] == [
        ("vpn-drops", 2, Verdict.NOT_SOLVED),
        ("vpn-connect", 2, Verdict.SHOWN),
    ]
    recent = feedback.of_conversation("c1", since=clock.now() - timedelta(hours=1))
    assert [each.article for each in recent] == ["vpn-connect"]


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([Verdict.SHOWN, Verdict.SHOWN], Verdict.SHOWN),
        ([Verdict.SHOWN, Verdict.NOT_SOLVED, Verdict.NOT_SOLVED], Verdict.NOT_SOLVED),
        ([Verdict.SHOWN, Verdict.NOT_SOLVED, Verdict.PERSON], Verdict.NOT_SOLVED),
        ([Verdict.SHOWN, Verdict.PERSON], Verdict.PERSON),
        ([Verdict.SHOWN, Verdict.NOT_SOLVED, Verdict.SOLVED], Verdict.SOLVED),
    ],
)
def test_a_showing_has_one_verdict(feedback: Feedback, said: list[Verdict], counts: Verdict) -> None:
    for verdict in said:
        note(feedback, 1, verdict)
    assert [each.verdict for each in feedback.of_conversation("c1")] == [counts]


def test_shown_again_after_a_verdict_is_another_showing(feedback: Feedback) -> None:
    for verdict in (Verdict.SHOWN, Verdict.SOLVED, Verdict.SHOWN, Verdict.NOT_SOLVED):
        note(feedback, 1, verdict)
    verdicts = [each.verdict for each in feedback.of_conversation("c1")]
    assert verdicts == [Verdict.SOLVED, Verdict.NOT_SOLVED]


def test_another_question_is_another_showing(feedback: Feedback) -> None:
    for question in ("vpn", "wifi"):
        ask(feedback, question, Verdict.SHOWN, article="vpn-drops")
    assert [each.question for each in feedback.of_conversation("c")] == ["vpn", "wifi"]


def test_the_version_that_was_shown_stays(feedback: Feedback) -> None:
    said = {"conversation": "c", "language": "en", "question": "vpn", "article": "vpn-drops"}
    feedback.record(**said, verdict=Verdict.SHOWN, version="revision 1, reviewed 2026-10-15")
    feedback.record(**said, verdict=Verdict.SOLVED, version="revision 2, reviewed 2026-11-30")
    (entry,) = feedback.of_conversation("c")
    assert entry.version == "revision 1, reviewed 2026-10-15"


def test_a_question_is_stored_without_its_secrets(feedback: Feedback) -> None:
    """D3."""
    feedback.record(
        conversation="c", language="en", question="password: Winter2026!", verdict=Verdict.UNANSWERED
    )
    assert feedback.open_questions()[0].question == "password: [password]"


def test_figures_need_five_conversations(feedback: Feedback) -> None:
    """D5: however often the four say it."""
    for number in range(FEWEST - 1):
        for _ in range(5):
            note(feedback, number, Verdict.NOT_SOLVED)
    assert feedback.figures() == ()
    note(feedback, 99, Verdict.SOLVED)
    (figures,) = feedback.figures()
    assert (figures.article, figures.language, figures.conversations) == ("vpn-drops", "nb", FEWEST)
    assert (figures.solved, figures.not_solved, figures.person) == (1, FEWEST - 1, 0)


def test_the_least_helpful_article_comes_first(feedback: Feedback) -> None:
    for number in range(FEWEST):
        note(feedback, number, Verdict.SOLVED, "good")
        note(feedback, number, Verdict.PERSON, "bad")
    assert [each.article for each in feedback.figures()] == ["bad", "good"]


def ask(
    feedback: Feedback, question: str, verdict: Verdict, *, conversation: str = "c", article: str = ""
) -> None:
    feedback.record(
        conversation=conversation, language="en", question=question, verdict=verdict, article=article or None
    )


def test_open_questions_come_newest_first_and_age_out(feedback: Feedback, clock: ManualClock) -> None:
    ask(feedback, "first", Verdict.UNANSWERED)
    ask(feedback, "second", Verdict.SHOWN, article="vpn-drops")
    ask(feedback, "second", Verdict.NOT_SOLVED, article="vpn-drops")
    ask(feedback, "third", Verdict.SOLVED, article="vpn-drops")
    found = feedback.open_questions()
    assert [(each.question, each.article) for each in found] == [("second", "vpn-drops"), ("first", None)]
    clock.advance(timedelta(days=91))
    assert feedback.open_questions() == ()


def test_a_question_that_a_later_article_answered_is_not_open(feedback: Feedback) -> None:
    for conversation in ("helped", "left"):
        ask(feedback, "vpn", Verdict.NOT_SOLVED, conversation=conversation, article="vpn-drops")
    ask(feedback, "vpn", Verdict.SOLVED, conversation="helped", article="vpn-connect")
    assert len(feedback.open_questions()) == 1


def test_open_questions_tell_people_apart_and_do_not_say_who_they_are(feedback: Feedback) -> None:
    """D5."""
    for conversation in ("kari-1", "ola-2", "kari-1"):
        ask(feedback, "drone", Verdict.UNANSWERED, conversation=conversation)
    found = feedback.open_questions()
    assert [each.person for each in found] == [0, 1, 0]
    assert "kari" not in repr(found)


def test_a_question_without_words_is_no_question(feedback: Feedback) -> None:
    ask(feedback, "", Verdict.NOT_SOLVED, article="vpn-drops")
    assert feedback.open_questions() == ()


def test_open_questions_are_exported_a_json_object_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/tier0.db"
    store = Store(url)
    metadata.create_all(store.engine)
    ask(Feedback(store, SystemClock()), "får jeg låne en drone?", Verdict.UNANSWERED)
    monkeypatch.setenv("TIER0_DATABASE_URL", url)
    assert main(["questions"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    row = json.loads(line)
    assert row.pop("day")
    assert row == {"language": "en", "question": "får jeg låne en drone?", "article": None, "person": 0}


def test_a_database_that_is_not_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIER0_DATABASE_URL", f"sqlite:///{tmp_path}/nowhere/tier0.db")
    assert main(["questions"]) == 2
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
