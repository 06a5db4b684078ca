"""What is no order, and what stays one although something is broken."""

from __future__ import annotations

import pytest

from servicedesk.order_talk import fault_in, is_denial, is_fault

FAULT_TOLD = ["the plotter keeps crashing"]


@pytest.mark.parametrize(
    "text",
    [
        "Revit svarer ikke etter at jeg logget på",
        "lisensserveren er nede, ingen på tegnekontoret får jobbet",
        "Revit startar inte längre på min dator",
        "ritverktyget hittar inte licensservern",
        "der Plotter reagiert nicht mehr",
        "beim Hochladen steht „Sie haben keine Berechtigung“, bis gestern hab ich es immer können",
        "Revit won't start, it says 'licence pool exhausted'",
        "the wall display was fine on Thursday, now there is only snow",
    ],
)
def test_a_fault_is_seen_in_the_first_message(text: str) -> None:
    assert is_fault(text)


@pytest.mark.parametrize(
    "text",
    [
        "den gamle skjermen funker ikke lenger, jeg trenger en ny",
        "headsetet svarar inte längre, kan jag få ett nytt?",
        "mein altes Handy geht nicht mehr, ich brauche ein neues",
        "the old docking station is broken and won't start, please order a replacement",
        "tilgang til mappen «Prosjekt Fjord», takk",
        "kann mich jemand in den Verteiler „Bauleitung“ aufnehmen",
        "Revit isn't working without the new plug-in, please install it",
    ],
)
def test_what_asks_for_something_stays_an_order(text: str) -> None:
    assert not is_fault(text)


@pytest.mark.parametrize(
    "text",
    [
        "dette er ikke en bestilling, det er en feil",
        "trenger ikke noe nytt, programmet starter ikke",
        "jag beställer inget, det är ett fel på servern",
        "ingen behöver godkänna något, servern är nere",
        "das ist eine Störung",
        "ich brauche nichts Neues, der Plotter ist kaputt",
        "this is a fault, can it go to the right team?",
        "nobody has to approve anything, the server is down",
        "trenger ingenting, disken er full",
        "behöver ju ingenting, programmet crashar bara",
        "i brauch nix, die Platte ist voll",
        "I need nothing, it just crashes",
        "hab ja eh Zugriff, die Seite kommt nur nimmer",
    ],
)
def test_an_order_is_denied(text: str) -> None:
    assert is_denial(text)


@pytest.mark.parametrize(
    "text",
    [
        "ja, den gamle er ødelagt",
        "ja, den gamla är trasig",
        "ja, der alte ist kaputt",
        "yes, the old one is broken",
        "no order number yet",
        "keine Bestellung für mich, sondern für Anna",
        "ingen bestilling til meg, men til Per",
        "is this a fault?",
        "nothing new to approve, I approve it myself",
        "niemand muss das genehmigen, es ersetzt einen defekten Monitor",
        "det er en feil i linje 2",
        "I do not want to order anything any more",
        "trenger ingenting annet",
        "behöver inget mer, den gamla är trasig",
        "brauche nichts weiter, der alte ist defekt",
        "I need nothing else, the old one crashed",
    ],
)
def test_an_answer_to_an_order_denies_nothing(text: str) -> None:
    assert not is_denial(text)


def test_that_nothing_is_ordered_says_more_where_a_fault_was_told_of() -> None:
    assert is_denial("I am not ordering anything", FAULT_TOLD)
    assert not is_denial("I am not ordering anything", ["a second screen for my desk"])
    assert not is_denial("I need nothing", ["a second screen for my desk"])
    assert is_denial("jag behöver inget", ["raden är röd igen", "men jag beställer inget"]), "said twice"


def test_an_order_that_tells_a_fault_holds_it() -> None:
    assert fault_in("spilte te på tastaturet og nå virker ikke tallene, send et nytt") == (
        "spilte te på tastaturet og nå virker ikke tallene"
    )
    assert fault_in("spillt te, siffrorna funkar ente. skicka ett nytt") == "siffrorna funkar ente"
    assert fault_in("die Maus geht nicht mehr, bitte eine neue") == "die Maus geht nicht mehr"
    assert fault_in("the charger is broken. Please send another") == "the charger is broken"
    assert fault_in("a second screen, please") == ""
