"""Which words about an open incident are understood, and which only look like them."""

from __future__ import annotations

import pytest

from servicedesk.security_talk import beside_the_denial, is_denial, questions_in


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
    ("text", "kinds"),
    [
        ("Skal jeg slå av maskinen?", ["switch_off"]),
        ("Ska jag stänga av datorn?", ["switch_off"]),
        ("Soll ich den Rechner ausschalten?", ["switch_off"]),
        ("should I turn it off?", ["switch_off"]),
        ("ringer noen meg?", ["called"]),
        ("ringer ni mig?", ["called"]),
        ("Ruft mich jemand an?", ["called"]),
        ("will somebody call me?", ["called"]),
        ("ring meg, er du snill", ["called"]),
        ("skal jeg koble fra nettet og si fra til sjefen", ["network", "boss"]),
        ("måste jag ringa någon? får jag jobba så länge?", ["enough", "work"]),
        ("Darf ich weiterarbeiten? Und soll ich die Mail löschen?", ["work", "remove"]),
        ("do I have to call anybody, or should I warn the customers?", ["enough", "others"]),
        ("soll ich die Kundschaft und meinen Chef informieren?", ["boss", "others"]),
        ("får du den tilbake?", ["recall"]),
        ("hva var nummeret?", ["number"]),
        ("Vad är det för nummer? Alltså, vem ska jag ringa?", ["number"]),
        ("Wie war die Nummer noch mal?", ["number"]),
        ("I'll ring them then, what's the number?", ["number"]),
        ("hvem skal jeg ringe?", ["number"]),
        ("Wen soll ich anrufen?", ["number"]),
        ("er han inne på maskinen fortsatt?", ["intruder"]),
        ("tänk om han är kvar i datorn?", ["intruder"]),
        ("Ist der noch auf dem Rechner drauf?", ["intruder"]),
        ("could they still be in there?", ["intruder"]),
        ("skal jeg trekke den ut?", ["pull_out"]),
        ("ska jag dra ur stickan?", ["pull_out"]),
        ("Soll ich den Stick wieder abziehen?", ["pull_out"]),
        ("should I pull it out?", ["pull_out"]),
        ("should I pull the network cable out?", ["network"]),
        ("skal jeg si fra i resepsjonen?", ["guards"]),
        ("Ska jag ringa väktarna?", ["guards"]),
        ("Soll ich dem Empfang Bescheid sagen?", ["guards"]),
        ("should I tell the guards or my manager?", ["guards", "boss"]),
        ("skal jeg spørre ham hvem han er?", ["confront"]),
        ("ska jag prata med honom?", ["confront"]),
        ("Soll ich ihn ansprechen?", ["confront"]),
        ("Should I ask him what he is doing here?", ["confront"]),
        ("should I ask them to delete it?", ["others"]),
        ("skal vi ringe banken?", ["bank"]),
        ("måste jag ringa banken, eller gör ni det?", ["bank"]),
        ("Sollen wir die Bank anrufen?", ["bank"]),
        ("shall we ring the bank?", ["bank"]),
        ("er saken der fortsatt i dag?", []),
        ("är mina filer kvar?", []),
        ("my number is 555, is that right?", []),
        ("hva gjør jeg nå?", []),
        ("I turned it off", []),
        ("jeg sa det til sjefen og ringte kunden", []),
        ("mailen kom från min chef", []),
        ("vem skickade mejlet?", []),
        ("wer war das?", []),
    ],
)
def test_what_is_asked_right_after_a_report(text, kinds):
    assert sorted(questions_in(text)) == sorted(kinds)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("jeg vil bare bestille en mus", "jeg vil bare bestille en mus"),
        ("Jag har inte hackats. Jag vill bara beställa en mus.", "Jag vill bara beställa en mus."),
        ("Ich möchte doch nur eine Maus bestellen", "Ich möchte doch nur eine Maus bestellen"),
        ("I only want to order a mouse", "I only want to order a mouse"),
    ],
)
def test_who_says_what_they_want_instead_denies_it_and_keeps_the_wish(text, rest):
    assert is_denial(text)
    assert rest in beside_the_denial(text)


@pytest.mark.parametrize(
    "text",
    [
        "jeg ville bare spore en pakke",
        "jag ville bara se fakturan",
        "ich wollte nur das Paket verfolgen",
        "I only wanted to see the invoice",
        "det är inget lösenord på filen",
        "I just want to know whether it is safe",
    ],
)
def test_what_happened_is_no_denial(text):
    assert not is_denial(text)
