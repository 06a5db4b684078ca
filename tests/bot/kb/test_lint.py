"""Each finding, and none where nothing is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.kb.lint import lint, root_of
from tests.bot.kb.conftest import PHONE, PRINTER, VPN, VPN_NB

TODAY = date(2026, 11, 1)
ENGLISH_IN_NORWEGIAN = (
    "You should not do this when the computer is in the office and you have to wait for us to help."
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One sound article in all four languages."""
    sources = {
        "en": VPN.replace(", see [moving your phone](mfa-new-phone.md#transfer)", ""),
        "nb": VPN_NB,
        "sv": _translated("sv", "Det här ser du", "Så ser du att det fungerade", "Sluta och kontakta oss"),
        "de": _translated(
            "de", "Das sehen Sie", "So erkennen Sie, dass es geklappt hat", "Wann Sie uns brauchen"
        ),
    }
    for language, source in sources.items():
        _write(tmp_path, language, "vpn-connect", source)
    return tmp_path


def _translated(language: str, symptoms: str, result: str, stop: str) -> str:
    headings = {"Dette ser du": symptoms, "Slik ser du at det virket": result, "Stopp og ta kontakt": stop}
    source = VPN_NB.replace("language: nb", f"language: {language}")
    for old, new in headings.items():
        source = source.replace(old, new)
    # Too few words of any language to tell which it is.
    return (
        source.replace("Slik kommer du inn på bedriftsnettet hjemmefra.", "VPN.")
        .replace("får ikke koblet til vpn hjemmefra", f"vpn {language}")
        .replace("cisco sier at tilkoblingen feilet", f"cisco {language}")
    )


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
            "nb:17: 'Dette ser du' reads like 'en'",
        ),
        ("en", "revision: 2", "revision: 3", "nb:12: is outdated: says revision 2, en is at 3"),
        ("en", "revision: 2", "revision: 1", "nb:12: 'source_revision' 2 does not exist, en is at 1"),
        ("en", "reviewed: 2026-10-15", "reviewed: 2025-10-15", "en:10: review is overdue since 2026-04-13"),
        ("en", "reviewed: 2026-10-15", "reviewed: 2027-10-15", "en:10: 'reviewed' lies in the future"),
        (
            "en",
            "Restart the computer.",
            "See [x](vpn-drop.md).",
            "en:34: link to 'vpn-drop.md': there is no such article",
        ),
        (
            "en",
            "Restart the computer.",
            "See [x](http://x.example).",
            "en:34: link 'http://x.example' is neither",
        ),
        (
            "en",
            "Restart the computer.",
            "![](https://x.example/a.png)",
            "en:34: image 'https://x.example/a.png' has no",
        ),
        ("en", "## In a hotel", "# In a hotel", "en:26: a '# ' heading"),
        ("en", "## In a hotel", "#### In a hotel", "en:26: heading level 4 after level 2"),
        ("en", "How to know it worked", "Good to know", "en:20: steps, but no section that says how to know"),
        ("en", "When to stop and contact us", "More", "en:17: no section that says when to stop"),
        (
            "en",
            "Call us when it says you have no permission.\n",
            "",
            "en:36: nothing stands under 'When to stop",
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
    _write(root, "en", "vpn-connect", hours)
    assert _findings(root) == []
