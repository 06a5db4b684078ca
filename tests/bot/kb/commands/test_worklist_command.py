"""`worklist`: from exported questions to a list, and from a line to a file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot.kb.articles import read_article
from tests.bot.kb.commands.conftest import Run
from tests.bot.kb.test_worklist import DRONE


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [
        {"language": "en", "question": text, "person": at, "article": None} for at, text in enumerate(DRONE)
    ]
    rows += [{"language": "nb", "question": "hvor er kantina", "person": 7, "day": "2026-11-03"}]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def test_the_list_in_words(run: Run, questions: Path) -> None:
    code, out, err = run("worklist", str(questions))
    first = out.splitlines()[0]
    assert (code, err) == (0, "")
    assert first.startswith("  1. [en] may I borrow")
    assert first.endswith("(fewer than 5 people)")
    assert "also: may I borrow" in out
    assert "nearest: " in out
    assert "  2. [nb] hvor er kantina  (fewer than 5 people, last on 2026-11-03)" in out


def test_the_list_in_json_from_a_pipe(run: Run, questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(questions.read_text()))
    code, out, _ = run("worklist", "--json", "--language", "nb")
    (line,) = json.loads(out)
    assert code == 0
    assert (line["number"], line["language"], line["question"]) == (2, "nb", "hvor er kantina")
    assert (line["people"], line["latest"], line["unhelpful"]) == (None, "2026-11-03", [])
    assert line["nearest"].keys() == {"id", "language", "title", "score"}


def test_a_line_becomes_a_file(run: Run, questions: Path, articles_dir: Path) -> None:
    code, out, err = run("worklist", str(questions), "--draft", "1", "borrow-drone")
    path = articles_dir / "en" / "borrow-drone.md"
    assert code == 0
    assert out.startswith(f"{path} is written, for: may I borrow")
    assert "TODO" in err
    assert set(read_article(path).asked_as) | set(read_article(path).questions) == set(DRONE)
    assert run("worklist", str(questions), "--draft", "1", "borrow-drone")[0] == 2


def test_a_draft_does_not_change_the_list(run: Run, questions: Path) -> None:
    before = run("worklist", str(questions), "--json")[1]
    run("worklist", str(questions), "--draft", "1", "borrow-drone")
    assert run("worklist", str(questions), "--json")[1] == before


def test_nothing_open_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    assert run("worklist", str(tmp_path / "none.jsonl"))[:2] == (0, "Nothing is left open.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl"], "cannot be read"),
        (["{file}", "--draft", "9", "x"], "the list has lines 1 to 2"),
        (["{file}", "--draft", "one", "x"], "the list has lines 1 to 2"),
        (["{file}", "--draft", "1", "Not An Id"], "file name: use small letters"),
        (["{file}", "--draft", "1", "../x"], "lies in '../', which is none of"),
        (["{file}", "--draft", "2", "printer-add"], "printer-add.md is there already"),
        (["{file}", "--language", "fi"], "invalid choice"),
    ],
)
def test_wrong_input_is_exit_2(run: Run, questions: Path, arguments: list[str], message: str) -> None:
    code, out, err = run("worklist", *(text.format(file=questions) for text in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[]", "null", '"x"', "[" * 100_000, '{"language": "en", "question": "x"}'),
        '{"language": "fi", "question": "x", "person": 1}',
        '{"language": ["en"], "question": "x", "person": 1}',
        '{"language": "en", "question": 5, "person": 1}',
        '{"language": "en", "question": "x", "person": "kari"}',
        '{"language": "en", "question": "x", "person": 1, "day": "yesterday"}',
        '{"language": "en", "question": "x", "person": 1, "article": 5}',
    ],
)
def test_a_bad_line_is_named(run: Run, tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"language": "en", "question": "x", "person": 1}\n' + line)
    code, out, err = run("worklist", str(path))
    assert (code, out) == (2, "")
    assert f"{path}:2: must be" in err


def test_a_terminal_without_a_file_is_told_what_to_type(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    code, _, err = run("worklist")
    assert code == 2
    assert "python -m servicedesk.feedback questions | python -m bot.kb worklist" in err
