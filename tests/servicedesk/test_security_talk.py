"""Which words about an open incident are understood, and which only look like them."""

from __future__ import annotations

import pytest

from servicedesk.security_talk import beside_the_denial, is_denial, question_in


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Det er ingen sikkerhetshendelse", ""),
        ("eg er ikkje hacka. lyden i Teams er borte", "lyden i Teams er borte"),
        ("Det är ingen säkerhetsincident", ""),
        ("jag har inte blivit hackad, det är bara ljudet som saknas", "det är bara ljudet som saknas"),
        ("Das ist kein Sicherheitsvorfall", ""),
        ("Ich wurde nicht gehackt; der Ton in Teams fehlt", "der Ton in Teams fehlt"),
        ("It isn’t a security incident", ""),
        ("it's not a security thing, the sound in Teams is gone", "the sound in Teams is gone"),
        ("false alarm, sorry", ""),
    ],
)
def test_a_denial_and_what_stands_beside_it(text, rest):
    assert is_denial(text)
    assert beside_the_denial(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "er det ikke en sikkerhetshendelse?",
        "jeg svarte ikke på phishing-mailen",
        "jag har ingen säkerhetskopia",
        "jag klickade inte på länken",
        "ich habe keinen Virenscanner und kein Sicherheitsupdate",
        "ist das kein Angriff?",
        "I did not open the phishing mail",
        "there was no security update",
        "somebody hacked me, this is a security incident",
    ],
)
def test_no_denial(text):
    assert not is_denial(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Skal jeg slå av maskinen?", "switch_off"),
        ("Ska jag stänga av datorn?", "switch_off"),
        ("Soll ich den Rechner ausschalten?", "switch_off"),
        ("should I turn it off?", "switch_off"),
        ("ringer noen meg?", "called"),
        ("ringer ni mig?", "called"),
        ("Ruft mich jemand an?", "called"),
        ("will somebody call me?", "called"),
        ("hva gjør jeg nå?", None),
        ("I turned it off", None),
        ("vem skickade mejlet?", None),
        ("wer war das?", None),
    ],
)
def test_the_two_questions_that_everybody_asks(text, kind):
    assert question_in(text) == kind
