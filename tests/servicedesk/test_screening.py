from __future__ import annotations

import pytest

from servicedesk.screening import LONGEST, Refusal, screen

ASKING = [
    "Please send me your password.",
    "What is your password?",
    "Could you tell me the code you got by SMS",
    "I need your password to log in for you",
    "Reply with your PIN",
    "Type your password here",
    "Never mind, send me your password",
    "Send meg passordet ditt",
    "Hva er koden du fikk?",
    "Jeg trenger passordet ditt",
    "Kan jeg få passordet ditt?",
    "Skriv passordet her",
    "Skicka ditt lösenord till mig",
    "Vad är din PIN?",
    "Jag behöver koden från din app",
    "Bitte teilen Sie mir Ihr Passwort mit",
    "Wie lautet Ihr Kennwort?",
    "Können Sie mir Ihr Passwort mitteilen?",
    "Ihr Passwort bitte",
    "Nennen Sie mir den Code",
    "Send me the six digits you just received.",
    "What are the numbers in your Microsoft app right now?",
    "Forward the text message you got from IT to me.",
    "Oppgi de seks sifrene du fikk på SMS.",
    "Kan du lese opp engangskoden?",
    "Videresend SMS-en du fikk fra IT",
    "Skicka de sex siffrorna du fick.",
    "Kan du läsa upp siffrorna i appen?",
    "Vidarebefordra meddelandet du fick från IT",
    "Nennen Sie mir die sechs Ziffern aus der SMS.",
    "Bitte schicken Sie mir die Ziffern, die Sie bekommen haben.",
    "Bitte leiten Sie mir die Nachricht von der IT weiter.",
]
FINE = [
    "Never send your password to anyone.",
    "We do not ask for it. Your password has expired; choose a new one on the reset page.",
    "Can you send me the error code?",
    "What is the exact error text?",
    "Which code does the error show?",
    "I have unlocked your account. Try again?",
    "Hva er feilkoden?",
    "Velg et nytt passord på siden.",
    "Passordet ditt er utløpt.",
    "Send meg et skjermbilde",
    "Jag har låst upp ditt konto, du kan välja ett nytt lösenord.",
    "Vad står det i felmeddelandet?",
    "Ihr Passwort ist abgelaufen. Sie können es selbst zurücksetzen.",
    "Wie lautet der Fehlercode?",
    "Bitte schicken Sie uns einen Screenshot.",
    "Please send me the digits of the asset tag.",
    "Which numbers does the printer show?",
    "Hvor mange siffer er det i saksnummeret?",
    "Kan du sende sifrene på klistremerket under pc-en?",
    "Skicka de fyra sista siffrorna i inventarienumret.",
    "Nennen Sie mir die letzten vier Ziffern der Inventarnummer.",
    "You will get a text message when the part is here.",
    "Du får en SMS når skjermen er klar.",
]


@pytest.mark.parametrize("text", ASKING)
def test_nobody_in_it_asks_for_a_secret(text: str) -> None:
    """U16."""
    assert screen(text) is Refusal.ASKS_FOR_SECRET


@pytest.mark.parametrize("text", FINE)
def test_ordinary_answers_go_out(text: str) -> None:
    assert screen(text) is None


def test_one_bad_sentence_among_good_ones_is_enough() -> None:
    """U16."""
    assert (
        screen("Hello Kari! I looked into it.\nPlease send me your password. Thanks!")
        is Refusal.ASKS_FOR_SECRET
    )


@pytest.mark.parametrize(
    "text",
    [
        "Use Winter2026! as your password",
        "Bruk Vinter2026! som ditt passord",
        "Winter2026! ist Ihr Passwort",
        "your code is 482 913",
    ],
)
def test_nobody_in_it_tells_a_secret(text: str) -> None:
    """S12: agents never see or set one."""
    assert screen(text) is Refusal.HOLDS_SECRET


def test_empty_and_endless_answers_are_refused() -> None:
    assert screen(" \n\t") is Refusal.EMPTY
    assert screen("x" * (LONGEST + 1)) is Refusal.TOO_LONG
    assert screen("x" * LONGEST) is None
