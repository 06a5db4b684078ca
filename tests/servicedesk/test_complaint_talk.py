"""Who says that they complain, who says that somebody else does, and what a complaint wants."""

from __future__ import annotations

import time

import pytest

from servicedesk.complaint_talk import LONGEST, complains, wish_in


@pytest.mark.parametrize(
    "text",
    [
        "Jeg vil klage på at jeg aldri får svar.",
        "æ vil KLAGE. ingen av de der",
        "æ klage på at dokker restarta maskina mi",
        "eg vil klaga på dykk",
        "Nå er det nok! Dette er en formell klage.",
        "Det kan dere notere. Ta dette som en klage",
        "klage",
        "jag vill verkligen klaga på er",
        "Jag klagar på att ingen ringer tillbaka",
        "Det här är ett klagomål!",
        "jag vill lämna in ett formellt klagomål",
        "Ich möchte mich beschweren.",
        "Hiermit beschwere ich mich über die Wartezeit",
        "ich will mich über den Service Desk beschweren",
        "Das ist eine Beschwerde!",
        "Ich reiche hiermit eine förmliche Beschwerde ein",
        "I want to complain. Nobody has called back.",
        "I’d like to make a formal complaint about the service desk",
        "This is a complaint: your team rebooted my PC",
        "we are complaining about the wait",
        "Complaint: three weeks without a monitor",
    ],
)
def test_a_complaint_says_so(text: str) -> None:
    assert complains(text)


@pytest.mark.parametrize(
    "text",
    [
        "jeg vil ikke klage, men skriveren er treg",
        "dette er ingen klage",
        "folk på møter klager over ekko",
        "kunden vil klage på fakturaen i portalen",
        "hvem kan jeg klage til?",
        "sjefen truer meg hvis jeg klager på noe",
        "jag vill inte klaga",
        "det här är inget klagomål",
        "alla kunder klagar på portalen",
        "ich will mich nicht beschweren",
        "Das ist keine Beschwerde",
        "die Kundin will sich beschweren und das Formular geht nicht",
        "wenn ich mich beschwere, droht er mir",
        "I don't want to complain, but the printer is slow",
        "I am not complaining about that",
        "this is not a complaint",
        "the customer complained about the invoice",
        "the disk complains that it is full",
        "OneDrive complains the file name is too long",
        "where is my complaint?",
        "keep my complaint open, the issue is persisting",
        "my manager threatens me if I complain about it",
    ],
)
def test_what_is_none(text: str) -> None:
    assert not complains(text)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Dette er en klage. Jeg vil ha et navn og en dato!", "Jeg vil ha et navn og en dato!"),
        (
            "Det är ett klagomål. Jag vill att en ansvarig chef ringer.",
            "Jag vill att en ansvarig chef ringer.",
        ),
        ("Ich will mich beschweren. Ich erwarte einen Rückruf.", "Ich erwarte einen Rückruf."),
        ("I want to complain. I want a name and a date.", "I want a name and a date."),
        ("Somebody in charge has to ring me", "Somebody in charge has to ring me"),
        ("Jeg vil klage på dere", ""),
        ("Jag vill verkligen klaga", ""),
        ("Ich möchte mich über den Service Desk beschweren", ""),
        ("I'd like to make a formal complaint", ""),
        ("nobody answers, and the network is bad", ""),
    ],
)
def test_what_it_wants(text: str, wish: str) -> None:
    assert wish_in(text) == wish


def test_a_long_message_is_read_in_no_time() -> None:
    for words in ("ich will mich über ", "i want to ", "jeg vil å ", "somebody in the "):
        before = time.process_time()
        complains(words * (LONGEST // len(words)))
        wish_in(words * (LONGEST // len(words)))
        assert time.process_time() - before < 1
