"""U16: an agent, or who has taken an agent's place, asks an employee for a password or a code, or sends one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desk.staff import Role
from servicedesk.bootstrap import Services
from servicedesk.worker import build_worker
from tests.desk.conftest import (
    Browser,
    Handed,
    app,
    browser,
    clock,
    desk,
    handed,
    hire,
    kari,
    services,
    signed_in,
)

__all__ = ["app", "browser", "clock", "desk", "handed", "hire", "kari", "services", "signed_in"]

ASKING = {
    "nb": (
        "Hei Kari! Jeg må inn på pc-en din. Kan du sende meg passordet ditt?",
        "Du får nå en kode på SMS. Svar med koden her, så ordner jeg resten.",
        "For å bekrefte at det er deg: hva er PIN-koden din?",
        "Skriv passordet ditt her i chatten, så tester jeg det for deg.",
        "Oppgi de seks sifrene du fikk på SMS, så låser jeg opp kontoen.",
    ),
    "sv": (
        "Hej! Jag behöver ditt lösenord för att kunna logga in åt dig.",
        "Du får en kod via SMS nu. Svara med koden här.",
        "För att bekräfta att det är du: vad är din PIN-kod?",
        "Skriv ditt lösenord här i chatten så testar jag det.",
        "Uppge de sex siffrorna du fick via SMS så låser jag upp kontot.",
    ),
    "de": (
        "Guten Tag, ich brauche Ihr Passwort, um mich für Sie anzumelden.",
        "Sie erhalten jetzt einen Code per SMS. Bitte antworten Sie mit dem Code.",
        "Zur Bestätigung: Wie lautet Ihre PIN?",
        "Schreiben Sie Ihr Passwort bitte hier in den Chat, ich teste es dann.",
        "Nennen Sie mir die sechs Ziffern aus der SMS, dann entsperre ich das Konto.",
    ),
    "en": (
        "Hi Kari, I need your password so that I can log in for you.",
        "You will get a code by text message now. Reply with the code here.",
        "To confirm that it is you: what is your PIN?",
        "Type your password here in the chat and I will test it.",
        "Tell me the six digits you just got and I will unlock the account.",
    ),
}
TELLING = {
    "nb": "Det nye passordet ditt er Vinter-2026-Oslo!",
    "sv": "Ditt nya lösenord är Vinter-2026-Malmö!",
    "de": "Ihr neues Passwort lautet Winter-2026-Berlin!",
    "en": "Your new password is Winter-2026-London!",
}
FINE = {
    "nb": "Hei Kari! Jeg ser på VPN-en nå. Hvilken feilkode står det i vinduet?",
    "sv": "Hej Kari! Jag tittar på VPN nu. Vilken felkod står det i fönstret?",
    "de": "Guten Tag, ich sehe mir das VPN gerade an. Welcher Fehlercode steht im Fenster?",
    "en": "Hi Kari, I am looking at the VPN now. Which error code does the window show?",
}


@pytest.mark.parametrize("language", ASKING)
def test_it_reaches_neither_the_chat_nor_the_ticket_nor_the_queue(
    language: str, signed_in: Callable[..., Browser], services: Services, handed: Handed
) -> None:
    agent = signed_in(Role.AGENT)
    agent.get(f"/desk/tickets/{handed.number}")
    said = len(services.conversations.messages(handed.conversation))
    queued = services.outbox.counts()
    texts = (*ASKING[language], TELLING[language])
    for text in texts:
        answer = agent.post(f"/desk/tickets/{handed.number}/reply", {"text": text})
        assert answer.status_code == 422, text
    assert services.outbox.counts() == queued
    build_worker(services).round()
    assert len(services.conversations.messages(handed.conversation)) == said
    found = services.tickets.find(handed.reference)
    assert found is not None
    assert not services.tickets.view(found).comments
    outcomes = [row["outcome"] for row in services.audit.export() if row["event"] == "case.agent_reply"]
    assert len(outcomes) == len(texts), "it stands in the trail that it was tried"
    assert "sent" not in outcomes


@pytest.mark.parametrize("language", FINE)
def test_what_an_honest_agent_asks_arrives(
    language: str, signed_in: Callable[..., Browser], services: Services, handed: Handed
) -> None:
    agent = signed_in(Role.AGENT)
    agent.get(f"/desk/tickets/{handed.number}")
    assert agent.post(f"/desk/tickets/{handed.number}/reply", {"text": FINE[language]}).status_code == 303
    build_worker(services).round()
    assert services.conversations.messages(handed.conversation)[-1].text == FINE[language]
