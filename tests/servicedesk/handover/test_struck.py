"""D3: what the requester took back leaves the transcript, and nothing beside it does."""

from __future__ import annotations

from datetime import datetime, timezone

from servicedesk.handover.packet import STRUCK, Line
from servicedesk.handover.struck import without

AT = datetime(2026, 11, 2, 9, 1, tzinfo=timezone.utc)


def _texts(said: list[tuple[str, str]], struck: list[str], kept: list[str]) -> list[str]:
    lines = [Line(at=AT, author=author, text=text) for author, text in said]
    return [line.text for line in without(lines, struck, kept)]


def test_the_clause_that_said_it_goes_and_our_line_that_showed_it() -> None:
    said = [
        ("employee", "seit Montag, nur ich, am privaten Rechner."),
        (
            "bot",
            "Das schicke ich:\n1. **Problem:** VPN\n2. **Gerät:** am privaten Rechner\n3. **Seit wann:** seit Montag",
        ),
        ("employee", "am privaten Rechner ist es auch langsam"),
    ]
    assert _texts(said, ["am privaten Rechner"], ["VPN", "seit Montag", "nur ich"]) == [
        f"seit Montag, nur ich, {STRUCK}",
        f"Das schicke ich:\n1. **Problem:** VPN\n2. **Gerät:** {STRUCK}\n3. **Seit wann:** seit Montag",
        "am privaten Rechner ist es auch langsam",
    ], "the same words in another message say something else"


def test_what_another_line_or_a_later_correction_still_says_stays() -> None:
    said = [
        ("employee", "Mappen „Protokoller 2025“ er borte"),
        ("employee", "4: disk P:, mappen Protokoller 2025"),
    ]
    kept = ["Mappen „Protokoller 2025“ er borte", "disk P:, mappen Protokoller 2025"]
    assert _texts(said, ["Protokoller 2025"], kept) == [text for _, text in said]


def test_a_clause_that_told_other_facts_too_stays_whole() -> None:
    said = [("employee", "jag har provat en annan laddare i Malmö")]
    assert _texts(said, ["Malmö"], ["provat en annan laddare"]) == ["jag har provat en annan laddare i Malmö"]


def test_a_value_put_together_of_two_answers_leaves_both() -> None:
    said = [("employee", "på toget til Hamar"), ("employee", "hos svigermor, siden i går")]
    assert _texts(said, ["på toget til Hamar; hos svigermor"], ["siden i går"]) == [
        STRUCK,
        f"{STRUCK}, siden i går",
    ]


def test_a_bare_yes_says_nothing_without_its_question() -> None:
    said = [("employee", "yes"), ("employee", "ka? since Monday"), ("bot", "2. **Others:** yes (only me)")]
    assert _texts(said, ["yes (only me)"], []) == ["yes", "ka? since Monday", f"2. **Others:** {STRUCK}"]
    assert _texts(said, ["ka?"], ["since Monday"])[1] == f"{STRUCK} since Monday", "however short it is"
