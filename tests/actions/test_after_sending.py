"""The questions that everybody asks once their case is sent, and the look-alikes that are about something else."""

from __future__ import annotations

import pytest

from actions.after_sending import CALLED, HOW_LONG, question_in

ASKED = {
    HOW_LONG: (
        "hvor lang tid tar det", "Hvor lenge må jeg vente da?", "takk, når blir det fikset?", "når får jeg svar",
        "hur lång tid tar det?", "när kommer någon", "hur länge måste jag vänta?", "hur snabbt kan ni fixa det",
        "wie lange dauert das denn noch", "wann kommt jemand vorbei?", "Und wann ruft mich jetzt einer an?",
        "wann kann ich mit einer Antwort rechnen?",
        "how long will it take?", "How long will it be? I have nothing to work on", "when will someone come",
        "ok thanks, when can I expect an answer", "any idea when it'll be fixed?",
    ),
    CALLED: (
        "ringer dere?", "hvem ringer meg?", "får jeg en mail?", "ringer ni mig eller?", "vem hör av sig?", "får jag besked?",
        "wer meldet sich bei mir?", "ruft mich jemand an", "bekomme ich eine Mail?", "who calls me?",
        "So is somebody ringing me, yes or no", "do I get an email about it?", "will somebody call me back",
    ),
}  # fmt: skip
ABOUT_SOMETHING_ELSE = (
    "hvor lang tid tar oppdateringen", "hvordan ringer jeg noen i Teams?", "når jeg ringer noen hører de meg ikke",
    "får jeg bruke privat telefon?",
    "hur lång tid tar uppdateringen?", "när jag ringer någon hör de inget", "wie lange dauert das Update",
    "wie lang muss das Passwort sein?", "wann läuft mein Passwort ab", "wie rufe ich jemanden in Teams an?",
    "how long does the password have to be?", "how long does the update take on my phone", "when does my password expire",
    "nobody calls me", "they call it SAP", "how do I call somebody in Teams?", "who can see my calendar?",
)  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in ASKED.items() for text in texts])
def test_question_about_what_comes_next_is_seen(kind, text):
    assert question_in(text) == kind


@pytest.mark.parametrize("text", ABOUT_SOMETHING_ELSE)
def test_question_about_something_else_is_not_taken_for_one(text):
    assert question_in(text) is None
