"""`python -m bot.kb`: clean JSON on stdout, clear words on stderr, exit 0, 1 or 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.kb import __main__ as cli
from tests.bot.kb.commands.conftest import Run
from tests.bot.kb.conftest import PRINTER, WordEncoder
from tests.bot.kb.samples import with_wordings


def test_search_prints_json(run: Run) -> None:
    code, out, err = run("search", "--language", "en", "--json", "vpn from a hotel")
    hits = json.loads(out)
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert hits[0].keys() >= {"id", "language", "title", "score", "excerpt", "section"}
    assert hits[0]["id"] == "vpn-connect"


def test_search_prints_words_and_names_another_language(run: Run) -> None:
    _, out, _ = run("search", "--language", "nb", "printer on my laptop, add device")
    assert "Add the office printer (printer-add) [only in en]" in out


def test_search_says_when_nothing_fits(run: Run) -> None:
    assert run("search", "--language", "en", "canteen lunch menu")[:2] == (0, "No article answers that.\n\n")
    assert run("search", "--language", "en", "--json", "canteen lunch menu")[1] == "[]\n"
    assert len(json.loads(run("search", "--language", "en", "--json", "--all", "canteen lunch menu")[1])) == 3


def test_a_batch_answers_line_by_line(run: Run, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    lines = [
        {"language": "en", "query": "add a printer"},
        {"language": "en", "query": ""},
        {"language": "nb", "query": "får ikke koblet til vpn"},
    ]
    batch.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    code, out, _ = run("search", "--json", "--batch", str(batch))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [[hit["id"] for hit in hits][:1] for hits in answers] == [["printer-add"], [], ["vpn-connect"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", ":1: not a JSON object"),
        ('{"language": "en", "query": "x"}\n\n{"language": "en", "query": "x"}', ":2: not a JSON object"),
        ("[1]", ":1: must be"),
        ('{"language": "en"}', ":1: must be"),
        ('{"language": "en", "query": 5}', ":1: must be"),
        ('{"language": "fi", "query": "x"}', ":1: must name a language"),
        ('{"query": "x"}', ":1: must name a language"),
        ('{"language": ["en"], "query": "x"}', ":1: must name a language"),
        ("[" * 100_000, ":1: not a JSON object"),
    ],
)
def test_a_bad_batch_is_refused_before_anything_is_printed(
    run: Run, tmp_path: Path, content: str, message: str
) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text(content)
    code, out, err = run("search", "--json", "--batch", str(batch))
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "--json", "x"], "must name a language"),
        (["search", "--language", "fi", "x"], "must name a language"),
        (["search", "--language", "en"], "either a QUERY or --batch"),
        (["search", "--language", "en", "--limit", "0", "x"], "at least 1"),
        (["search", "--json", "--batch", "nowhere.jsonl"], "cannot be read"),
        (["search", "--json", "--batch", "."], "cannot be read"),
        (["lint", "nowhere"], "no such file or folder"),
        (["lint", "--today", "tomorrow"], "must be a date"),
        (["stats", "--today", "never"], "must be a date"),
        (["preview", "no-such", "--language", "en"], "there is no article 'no-such'"),
        (["preview", "vpn-connect", "--language", "fi"], "invalid choice"),
        (
            ["preview", "vpn-connect", "--language", "en", "--html", "nowhere/x.html"],
            "No such file or directory",
        ),
        (
            ["preview", "vpn-connect", "--language", "en", "--html", "x", "--chat-page", "nowhere"],
            "nowhere/static",
        ),
        (["dance"], "invalid choice"),
    ],
)
def test_wrong_input_is_exit_2_with_a_sentence(run: Run, arguments: list[str], message: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_missing_articles_folder_is_exit_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["search", "--language", "en", "x", "--articles", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_lint_prints_findings_and_exits_1(run: Run, articles_dir: Path) -> None:
    (articles_dir / "en" / "printer-add.md").write_text(PRINTER.replace("title:", "titel:"))
    code, out, err = run("lint", str(articles_dir), "--today", "2026-11-01")
    assert code == 1
    assert f"{articles_dir}/en/printer-add.md:1: front matter: 'title' is missing" in out.splitlines()
    assert "findings" in err


def test_lint_of_a_sound_file_exits_0(run: Run, articles_dir: Path) -> None:
    path = articles_dir / "nb" / "vpn-connect.md"
    path.write_text(with_wordings(path.read_text()))
    assert run("lint", str(path), "--today", "2026-11-01")[:2] == (0, "")
    assert run("lint", str(path), "--today", "2028-11-01")[0] == 1


@pytest.fixture
def lost(articles_dir: Path) -> str:
    """A question that an edit gave to an article which does not answer it."""
    source = PRINTER.replace("how do i add a printer", "the authenticator of my new phone is empty")
    (articles_dir / "en" / "printer-add.md").write_text(source)
    return "en/printer-add.md: 'the authenticator of my new phone is empty' went to mfa-new-phone"


@pytest.fixture
def known(tmp_path: Path) -> list[str]:
    return ["--known", str(tmp_path / "known")]


def test_test_names_the_thief(run: Run, lost: str, known: list[str]) -> None:
    code, out, err = run("test", *known)
    assert code == 1
    assert lost in out
    assert "en: 6 questions" in err


def test_test_passes_over_what_is_known_to_be_missed(
    run: Run, lost: str, known: list[str], articles_dir: Path
) -> None:
    assert run("test", *known, "--accept")[0] == 0
    assert run("test", *known)[:2] == (0, "")
    assert lost in run("test", *known, "--all")[1]
    for name, question in (
        ("vpn-connect", "cisco says connection failed"),
        ("printer-add", "no printer shows up on my new laptop"),
    ):
        path = articles_dir / "en" / f"{name}.md"
        path.write_text(path.read_text().replace(question, "new phone and authenticator is empty"))
        code, out, _ = run("test", *known)
        assert code == 1
        assert f"en/{name}.md: 'new phone and authenticator is empty' went to mfa-new-phone" in out
        assert lost not in out


def test_accept_takes_out_what_is_found_by_now(
    run: Run, lost: str, known: list[str], articles_dir: Path
) -> None:
    run("test", *known, "--accept")
    (articles_dir / "en" / "printer-add.md").write_text(PRINTER)
    run("test", *known, "--accept")
    assert "authenticator of my new phone" not in Path(known[1], "en.txt").read_text()


def test_known_misses_that_cannot_be_read_are_named(run: Run, known: list[str]) -> None:
    Path(known[1]).mkdir()
    Path(known[1], "en.txt").write_bytes(b"\xff\xfe")
    code, _, err = run("test", *known)
    assert code == 2
    assert "not UTF-8" in err


def test_index_fills_the_cache(run: Run, encoder: WordEncoder) -> None:
    assert run("index")[0] == 0
    encoder.texts.clear()
    run("search", "--language", "en", "--json", "printer")
    assert encoder.texts == ["printer"]


def test_tune_needs_articles_to_learn_from(run: Run) -> None:
    code, _, err = run("tune", "--dry-run")
    assert code == 2
    assert "at least 5 articles" in err
