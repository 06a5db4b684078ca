"""What an author sees before an employee does: the chat's own words, as text and as a page."""

from __future__ import annotations

from pathlib import Path

from bot.kb.answer import chat_values
from bot.kb.articles import parse_article
from bot.responses import say
from tests.bot.kb.commands.conftest import Run
from tests.bot.kb.conftest import PRINTER, VPN

DESK = "https://desk.example"


def test_the_text_is_what_the_chat_says(run: Run) -> None:
    code, out, err = run("preview", "vpn-connect", "--language", "en", "--desk", DESK)
    article = parse_article(VPN, Path("en/vpn-connect.md"))
    reply = say("utter_article", "en", **chat_values(article, -1, desk_url=DESK))
    assert (code, err) == (0, "")
    assert out.startswith(reply["text"])
    assert "Network team, 2026-10-15, https://desk.example/articles/en/vpn-connect" in out
    assert all(f"[{button['title']}]" in out for button in reply["buttons"])


def test_a_question_chooses_the_passage(run: Run) -> None:
    _, out, _ = run("preview", "vpn-connect", "--language", "en", "--query", "vpn in a hotel")
    assert "**In a hotel or on a train**\n\n1. Open a browser" in out


def test_an_article_in_another_language_is_said_to_be_so(run: Run) -> None:
    code, out, err = run("preview", "printer-add", "--language", "nb")
    assert code == 0
    assert out.startswith(say("utter_article_other_language", "nb", article_language="engelsk")["text"])
    assert "Add the office printer" in out
    assert "no version in 'nb'" in err


def test_what_only_l1_reads_can_be_previewed_and_is_said_to_be_so(run: Run, articles_dir: Path) -> None:
    (articles_dir / "en" / "printer-add.md").write_text(PRINTER.replace("audience: all", "audience: l1"))
    code, out, err = run("preview", "printer-add", "--language", "en", "--query", "add a printer")
    assert code == 0
    assert "Open **Settings**" in out
    assert "audience is 'l1': employees do not get this article" in err


def test_a_file_with_a_mistake_in_it_is_named(run: Run, articles_dir: Path) -> None:
    (articles_dir / "en" / "drone-loan.md").write_text("no front matter")
    code, _, err = run("preview", "drone-loan", "--language", "en")
    assert code == 2
    assert "en/drone-loan.md:1: does not start with front matter" in err


def test_the_page_has_the_chats_scripts_and_words_with_it(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "preview.html"
    code, out, err = run("preview", "vpn-connect", "--language", "nb", "--html", str(page))
    assert (code, out) == (0, "")
    assert f"{page} is written" in err
    html = page.read_text(encoding="utf-8")
    assert "data:text/javascript;base64," in html
    assert "Koble til VPN n" in html
    assert 'src="' not in html


def test_no_text_of_an_article_becomes_markup_of_the_page(
    run: Run, articles_dir: Path, tmp_path: Path
) -> None:
    """U10."""
    attack = PRINTER.replace("title: Add the office printer", "title: 'x</script><script>alert(1)</script>'")
    (articles_dir / "en" / "printer-add.md").write_text(attack)
    run("preview", "printer-add", "--language", "en", "--html", str(tmp_path / "x.html"))
    html = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert html.count("</script>") == 2
