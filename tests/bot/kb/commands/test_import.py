"""`import`: another system's pages become articles that no employee sees until somebody has reviewed them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("markdownify")

from bot.kb.articles import Article, read_article
from bot.kb.lint import lint
from tests.bot.kb.commands.conftest import Run
from tests.bot.kb.importing.test_sources import SAMPLES


@pytest.fixture
def articles_dir(tmp_path: Path) -> Path:
    """A knowledge base without any article."""
    root = tmp_path / "kb_articles"
    root.mkdir()
    return root


def imported(root: Path) -> dict[str, Article]:
    return {path.stem: read_article(path) for path in sorted(root.glob("*/*.md"))}


def test_confluence(run: Run, articles_dir: Path) -> None:
    code, out, err = run("import", str(SAMPLES / "confluence"), "--owner", "Print team")
    article = imported(articles_dir)["reach-the-colour-printer"]
    assert code == 1  # index.html was left out
    assert f"{articles_dir}/en/reach-the-colour-printer.md  <- Reach-the-printer_98307.html" in out
    assert "without its pictures: image2025-6-1.png" in err
    assert "2 articles, 1 pages left out" in err
    assert (article.language, article.audience, article.owner) == ("en", "l1", "Print team")
    assert article.title == "Reach the colour printer"
    assert article.summary == "The colour printer stands on the second floor and needs its own driver."
    assert (article.reviewed, article.revision) == (date(2025, 6, 29), 1)
    assert [section.heading for section in article.sections] == ["", "Problem", "On Windows", "On a Mac"]
    assert article.sections[2].steps[0] == "Open **Settings**.\n- Not the old Control Panel."
    assert article.sections[3].steps == (
        "Open `System_Settings`.",
        "Read [how to get a card](get-a-card.md).",
    )
    assert "| 2 | PRN_02 |" in article.body
    assert "[the drivers](https://vendor.example/drivers), this and that." in article.body


def test_sharepoint_in_the_language_that_it_is_written_in(run: Run, articles_dir: Path) -> None:
    assert run("import", str(SAMPLES / "sharepoint.aspx"))[0] == 0
    article = imported(articles_dir)["bestille-moterom"]
    assert article.language == "nb"
    assert [section.heading for section in article.sections] == [
        "Slik bestiller du et møterom",
        "På telefonen",
    ]


def test_servicenow(run: Run, articles_dir: Path) -> None:
    assert run("import", str(SAMPLES / "servicenow.json"))[0] == 1
    assert run("import", str(SAMPLES / "servicenow.xml"))[0] == 0
    found = imported(articles_dir)
    article = found["passwort-im-browser-loschen"]
    assert article.keywords == ("passwort", "browser", "edge")
    assert article.services == ("web-browser",)
    assert "siehe [Browser leeren](browser-leeren.md)" in article.body
    assert found["bring-your-own-phone-into-the-guest-network"].services == ("network",)


def test_nothing_imported_answers_an_employee(run: Run, articles_dir: Path) -> None:
    run("import", str(SAMPLES / "servicenow.xml"))
    assert run("search", "--language", "en", "--json", "--all", "guest network phone")[1] == "[]\n"


def test_lint_has_nothing_to_say_until_the_audience_is_set(run: Run, articles_dir: Path) -> None:
    run("import", str(SAMPLES / "servicenow.xml"))
    (path,) = articles_dir.glob("en/*.md")
    today = date(2025, 3, 2)
    assert lint(articles_dir, today=today) == []
    path.write_text(path.read_text().replace("audience: l1", "audience: all"))
    messages = " ".join(problem.message for problem in lint(articles_dir, today=today))
    for missing in ("no version in 'nb'", "0 wordings", "how to know it worked", "when to stop"):
        assert missing in messages


def test_what_is_there_already_stays_as_it_is(run: Run, articles_dir: Path) -> None:
    run("import", str(SAMPLES / "servicenow.xml"))
    (path,) = articles_dir.glob("en/*.md")
    path.write_text("reviewed by hand")
    code, out, err = run("import", str(SAMPLES / "servicenow.xml"))
    assert (code, out) == (1, "")
    assert "en/bring-your-own-phone-into-the-guest-network.md is there already" in err
    assert path.read_text() == "reviewed by hand"


def test_two_pages_of_one_title_get_two_names(run: Run, articles_dir: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / "export" / folder).mkdir(parents=True)
        shutil.copy(SAMPLES / "confluence" / "Get-a-card_98308.html", tmp_path / "export" / folder)
    assert run("import", str(tmp_path / "export"))[0] == 0
    assert sorted(imported(articles_dir)) == ["get-a-card", "get-a-card-2"]


def test_a_dry_run_writes_nothing(run: Run, articles_dir: Path) -> None:
    code, out, _ = run("import", str(SAMPLES / "servicenow.xml"), "--dry-run")
    assert (code, out.count("\n")) == (0, 1)
    assert imported(articles_dir) == {}


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<h1>Short</h1><p>a</p>", "has hardly any text"),
        (
            "<h1>!!!</h1>" + "<p>This is how you ask for a card, if you have none.</p>",
            "has no title to name a file by",
        ),
        (
            "<h1>Carte</h1><p>" + "Pour obtenir une carte, adressez-vous à votre responsable. " * 3,
            "is in none of nb, sv",
        ),
        (
            "<h1>Deep</h1>" + "<div>" * 5_000 + "This is how you ask for a card, if you have none.",
            "is nested too deeply",
        ),
    ],
    ids=["short", "no-title", "french", "deep"],  # or a name of a test is as long as its page
)
def test_a_page_that_makes_no_article_is_left_out_with_the_reason(
    run: Run, tmp_path: Path, html: str, reason: str
) -> None:
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    code, out, err = run("import", str(tmp_path / "page.html"))
    assert (code, out) == (1, "")
    assert f"left out: page.html: {reason}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.zip"], "there is no such file or folder"),
        ([__file__], "is no folder, zip, HTML, JSON or XML file"),
        ([str(SAMPLES), "--language", "fi"], "invalid choice"),
        ([], "EXPORT"),
    ],
)
def test_wrong_input_is_exit_2(run: Run, arguments: list[str], message: str) -> None:
    code, out, err = run("import", *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_a_missing_package_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bot.kb.importing.draft_files", None)
    code, _, err = run("import", str(SAMPLES))
    assert code == 2
    assert "make import-tools" in err
