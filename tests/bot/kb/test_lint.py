"""Each finding, and none where nothing is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.kb.articles import read_article
from bot.kb.lint import lint, root_of
from tests.bot.kb.conftest import PHONE, PRINTER, VPN, VPN_NB
from tests.bot.kb.samples import with_wordings

TODAY = date(2026, 11, 1)
ENGLISH_IN_NORWEGIAN = (
    "You should not do this when the computer is in the office and you have to wait for us to help."
)


# What the Norwegian article says, and how little of it makes the Swedish and the German one.
NORWEGIAN = (
    "Koble til VPN når det ikke vil",
    "Slik kommer du inn på bedriftsnettet hjemmefra.",
    "får ikke koblet til vpn hjemmefra",
    "cisco sier at tilkoblingen feilet",
    "Dette ser du",
    "Klienten sier at tilkoblingen ikke gikk.",
    "På Windows",
    "Åpne **Cisco Secure Client**.",
    "Velg profilen og klikk **Koble til**.",
    "Slik ser du at det virket",
    "Hengelåsen er lukket.",
    "Stopp og ta kontakt",
    "Ring oss når du mangler tilgang.",
)
SWEDISH = (
    *("Anslut till VPN när det inte går", "Så kommer du in på företagets nät hemifrån."),
    *("kan inte ansluta till vpn hemifrån", "cisco säger att anslutningen misslyckades", "Det här ser du"),
    *("Klienten säger att anslutningen misslyckades.", "På Windows", "Öppna **Cisco Secure Client**."),
    *("Välj profilen och klicka på **Anslut**.", "Så ser du att det fungerade", "Hänglåset är stängt."),
    *("Sluta och kontakta oss", "Ring oss när du saknar behörighet."),
)
GERMAN = (
    *("Mit dem VPN verbinden, wenn es nicht will", "So kommen Sie von zu Hause in das Firmennetz."),
    *("komme von zu Hause nicht ins vpn", "cisco meldet dass die Verbindung scheitert", "Das sehen Sie"),
    *("Das Programm meldet, dass die Verbindung gescheitert ist.", "Unter Windows"),
    *("Öffnen Sie **Cisco Secure Client**.", "Wählen Sie das Profil und klicken Sie auf **Verbinden**."),
    *("So erkennen Sie, dass es geklappt hat", "Das Schloss ist zu.", "Wann Sie uns brauchen"),
    "Rufen Sie uns an, wenn Ihnen eine Berechtigung fehlt.",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One sound article in all four languages."""
    sources = {
        "en": VPN.replace(", see [moving your phone](mfa-new-phone.md#transfer)", ""),
        "nb": VPN_NB,
        "sv": _translated("sv", SWEDISH),
        "de": _translated("de", GERMAN),
    }
    for language, source in sources.items():
        _write(tmp_path, language, "vpn-connect", with_wordings(source))
    return tmp_path


def _translated(language: str, texts: tuple[str, ...]) -> str:
    source = VPN_NB.replace("language: nb", f"language: {language}")
    for old, new in zip(NORWEGIAN, texts, strict=True):
        assert old in source
        source = source.replace(old, new)
    return source


def _write(root: Path, language: str, name: str, source: str) -> Path:
    path = root / language / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


def _findings(root: Path) -> list[str]:
    return [
        f"{problem.path.parent.name}:{problem.line}: {problem.message}" for problem in lint(root, today=TODAY)
    ]


def test_sound_articles_have_no_finding(root: Path) -> None:
    assert _findings(root) == []


@pytest.mark.parametrize(
    ("language", "old", "new", "finding"),
    [
        ("nb", "title: Koble til VPN når det ikke vil\n", "", "nb:1: front matter: 'title' is missing"),
        (
            "nb",
            "Klienten sier at tilkoblingen ikke gikk.",
            ENGLISH_IN_NORWEGIAN,
            "nb:23: 'Dette ser du' reads like 'en'",
        ),
        ("en", "revision: 2", "revision: 3", "nb:12: is outdated: says revision 2, en is at 3"),
        ("en", "revision: 2", "revision: 1", "nb:12: 'source_revision' 2 does not exist, en is at 1"),
        ("en", "reviewed: 2026-10-15", "reviewed: 2025-10-15", "en:10: review is overdue since 2026-04-13"),
        ("en", "reviewed: 2026-10-15", "reviewed: 2027-10-15", "en:10: 'reviewed' lies in the future"),
        (
            "en",
            "Restart the computer.",
            "See [x](vpn-drop.md).",
            "en:40: link to 'vpn-drop.md': there is no such article",
        ),
        (
            "en",
            "Restart the computer.",
            "See [x](http://x.example).",
            "en:40: link 'http://x.example' is neither",
        ),
        (
            "en",
            "Restart the computer.",
            "![](https://x.example/a.png)",
            "en:40: image 'https://x.example/a.png' has no",
        ),
        ("en", "## In a hotel", "# In a hotel", "en:32: a '# ' heading"),
        ("en", "## In a hotel", "#### In a hotel", "en:32: heading level 4 after level 2"),
        ("en", "How to know it worked", "Good to know", "en:26: steps, but no section that says how to know"),
        ("en", "When to stop and contact us", "More", "en:23: no section that says when to stop"),
        (
            "en",
            "Call us when it says you have no permission.\n",
            "",
            "en:42: nothing stands under 'When to stop",
        ),
        (
            "en",
            "owner: Network",
            "asked-as: [x]\nowner: Network",
            "en:9: front matter: there is no entry 'asked-as'",
        ),
        ("nb", "owner: Nett", "revision: 2\nowner: Nett", "nb:9: front matter: there is no entry 'revision'"),
        ("en", "Restart the computer.", "TODO: say which.", "en:40: 'TODO': this is still to be written"),
        (
            "en",
            "Restart the computer.",
            "See [x](#at-home).",
            "en:40: link to '#at-home': there is no such heading",
        ),
        (
            "en",
            "Restart the computer.",
            "See [x](vpn-connect.md#at-home).",
            "en:40: link to 'vpn-connect.md#at-home': there is no such heading",
        ),
        (
            "en",
            "Restart the computer.",
            "![Screenshot_1.png](https://x.example/a.png)",
            "en:40: image 'https://x.example/a.png' has no alternative text",
        ),
        (
            "en",
            "Restart the computer.",
            "![the padlock](padlock.png)",
            "en:40: image 'padlock.png' has no https address",
        ),
        ("en", "  - vpn-connect delta\n", "", "en:16: 4 wordings in 'asked_as': the search hardly knows"),
        (
            "en",
            "  - vpn-connect delta\n",
            "  - VPN connect beta!\n",
            "en:20: wording 'VPN connect beta!' is in 'asked_as' twice",
        ),
        (
            "en",
            "  - vpn-connect delta\n",
            "  - Cannot reach the VPN from home?\n",
            "en:20: wording 'Cannot reach the VPN from home?' is also a test question of vpn-connect.md",
        ),
    ],
)
def test_a_finding_names_its_line(root: Path, language: str, old: str, new: str, finding: str) -> None:
    path = root / language / "vpn-connect.md"
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new), encoding="utf-8")
    found = _findings(root)
    assert any(line.startswith(finding) for line in found), found


def test_links_to_headings_that_are_there_are_no_finding(root: Path) -> None:
    path = root / "en" / "vpn-connect.md"
    links = "[x](#on-windows) [y](vpn-connect.md#in-a-hotel-or-on-a-train)"
    path.write_text(path.read_text().replace("Restart the computer.", links))
    assert _findings(root) == []


def test_a_wording_of_two_articles_is_found_in_the_later_one(root: Path) -> None:
    wordings = ("no printer", "Vpn connect ALPHA", "a", "b", "c")
    _write(root, "en", "wifi-office", with_wordings(PRINTER.replace("printer-add", "wifi-office"), *wordings))
    found = [line for line in _findings(root) if "wording" in line]
    assert found == ["en:18: wording 'Vpn connect ALPHA' is also one of vpn-connect.md"]


def test_a_wording_that_tests_another_article_is_found(root: Path) -> None:
    wordings = ("cisco says connection failed", "a", "b", "c", "d")
    _write(root, "en", "printer-add", with_wordings(PRINTER, *wordings))
    assert any(
        line == "en:17: wording 'cisco says connection failed' is also a test question of vpn-connect.md"
        for line in _findings(root)
    )


def test_the_same_wording_in_two_languages_is_no_finding(root: Path) -> None:
    assert all("vpn-connect alpha" in path.read_text() for path in root.glob("*/*.md"))
    assert _findings(root) == []


def test_wordings_in_another_language_are_found(root: Path) -> None:
    path = root / "nb" / "vpn-connect.md"
    path.write_text(path.read_text().replace("vpn-connect beta", ENGLISH_IN_NORWEGIAN))
    assert any(line.startswith("nb:16: 'asked_as' reads like 'en'") for line in _findings(root))


def test_a_text_in_another_language_is_found_where_each_section_is_too_short_to_tell(root: Path) -> None:
    german = (root / "de" / "vpn-connect.md").read_text()
    _write(root, "sv", "vpn-connect", german.replace("language: de", "language: sv"))
    assert any(line.startswith("sv:23: the text reads like 'de'") for line in _findings(root))


def test_what_only_l1_reads_may_be_rough(root: Path) -> None:
    """An import that nobody has looked at yet: one language, no wordings, no sections of ours."""
    rough = PRINTER.replace("audience: all", "audience: l1").replace(
        "## How to know it worked", "## Good to know"
    )
    _write(root, "en", "printer-add", rough.split("## When to stop")[0])
    assert _findings(root) == []
    _write(root, "en", "printer-add", rough.split("## When to stop")[0].replace(": l1", ": all"))
    messages = " ".join(_findings(root))
    for missing in ("no version in 'nb'", "0 wordings", "how to know it worked", "when to stop"):
        assert missing in messages


def test_the_articles_of_this_repository_have_no_finding() -> None:
    root = Path(__file__).parents[3] / "kb_articles"
    newest = max(read_article(path).reviewed for path in root.glob("*/*.md"))
    assert [str(problem) for problem in lint(root, today=newest)] == []


def test_sections_in_the_wrong_order_are_found(root: Path) -> None:
    path = root / "en" / "vpn-connect.md"
    head, stop = path.read_text().split("## When to stop and contact us")
    front, steps = head.split("## What you see")
    path.write_text(f"{front}## When to stop and contact us{stop}\n## What you see{steps}")
    assert any(
        "'What you see' belongs before 'When to stop and contact us'" in line for line in _findings(root)
    )


def test_front_matter_in_another_language_is_found(root: Path) -> None:
    path = root / "nb" / "vpn-connect.md"
    source = path.read_text(encoding="utf-8")
    source = source.replace("Slik kommer du inn på bedriftsnettet hjemmefra.", ENGLISH_IN_NORWEGIAN)
    path.write_text(
        source.replace("cisco sier at tilkoblingen feilet", "what can you do when it is not there")
    )
    assert any(line.startswith("nb:4: front matter reads like 'en'") for line in _findings(root))


def test_a_missing_translation_is_found(root: Path) -> None:
    (root / "sv" / "vpn-connect.md").unlink()
    assert _findings(root) == ["en:1: no version in 'sv'"]


def test_a_broken_translation_is_not_called_missing(root: Path) -> None:
    (root / "sv" / "vpn-connect.md").write_text("broken")
    assert _findings(root) == ["sv:1: does not start with front matter between two lines of '---'"]


def test_a_duplicate_id_is_found(root: Path) -> None:
    _write(root, "en", "vpn-copy", VPN)
    assert any("id 'vpn-connect' is already that of vpn-connect.md" in line for line in _findings(root))


def test_near_duplicates_and_shared_questions_are_found(root: Path) -> None:
    copy = VPN.replace("id: vpn-connect", "id: vpn-drops").replace(
        "cisco says connection failed", "vpn drops"
    )
    _write(root, "en", "vpn-drops", copy)
    found = _findings(root)
    assert any("says nearly the same as vpn-connect.md" in line for line in found)
    assert any(
        "question 'cannot reach the vpn from home' is also one of vpn-connect.md" in line for line in found
    )


def test_different_articles_are_no_near_duplicates(root: Path) -> None:
    _write(root, "en", "printer-add", PRINTER)
    _write(root, "en", "mfa-new-phone", PHONE)
    assert not any("nearly the same" in line or "also one of" in line for line in _findings(root))


def test_a_file_outside_the_language_folders_is_found(root: Path) -> None:
    (root / "stray.md").write_text(VPN)
    assert any("outside a language folder" in line for line in _findings(root))


def test_one_file_can_be_checked_with_the_others_in_view(root: Path) -> None:
    (root / "sv" / "vpn-connect.md").unlink()
    norwegian = root / "nb" / "vpn-connect.md"
    assert root_of(norwegian) == root_of(norwegian.parent) == root_of(root) == root
    assert lint(root, norwegian, today=TODAY) == []
    assert len(lint(root, root / "en", today=TODAY)) == 1


def test_an_article_that_informs_needs_no_result(root: Path) -> None:
    hours = (
        VPN.replace("What you see", "Opening hours")
        .replace("- The client says **Connection attempt failed**.", "From seven to six.")
        .replace("How to know it worked", "What to have ready")
        .replace(", see [moving your phone](mfa-new-phone.md#transfer)", "")
    )
    _write(root, "en", "vpn-connect", with_wordings(hours))
    assert _findings(root) == []
