"""A fault that was taken for an order: it becomes an incident with all that was said, and nobody approves it."""

from __future__ import annotations

import pytest

from bot.responses import label, say
from servicedesk.ticketing.port import TicketKind
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.journeys.test_other_intents import ORDER

DENIAL = {
    "nb": "dette er ingen bestilling, det er en feil: Visio starter ikke siden i går",
    "sv": "det är ingen beställning, det är ett fel: Visio startar inte sedan i går",
    "de": "das ist keine Bestellung, das ist eine Störung: Visio startet seit gestern nicht",
    "en": "this is not a request, it is a fault: Visio has not been starting since yesterday",
}
PURPOSE = {
    "nb": "til plantegningene, slik som alltid",
    "sv": "till planritningarna, precis som alltid",
    "de": "für die Lagepläne, so wie immer",
    "en": "for the floor plans, the same as always",
}
# Taken for orders by the model, and plainly faults.
FAULT = {
    "nb": "CAD-lisensen svarer ikke, ingen på tegnekontoret kan jobbe",
    "sv": "SolidWorks hittar inte licensservern, ingen på ritkontoret kan jobba",
    "de": "AutoCAD startet nicht, Lizenzserver nicht erreichbar, keiner von uns kann arbeiten",
    "en": "AutoCAD licence is not responding, nobody in the drawing office can work",
}
# What is the matter, and what reads like a wish for rights.
SYNC = {
    "nb": (
        "OneDrive synkroniserer ikke mappen Tegninger siden i går",
        "skrivetilgangen til mappen Tegninger på SharePoint virker ikke siden i går",
    ),
    "sv": (
        "OneDrive synkar inte mappen Ritningar sedan i går",
        "skrivbehörigheten till SharePoint-mappen fungerar inte sedan i går",
    ),
    "de": (
        "OneDrive synchronisiert den Ordner Pläne seit gestern nicht",
        "meine Schreibrechte auf den SharePoint-Ordner gehen nicht mehr, der Zugriff funktioniert nicht",
    ),
    "en": (
        "OneDrive has not been syncing the folder Drawings since yesterday",
        "my permission for the SharePoint folder Drawings is not working any longer",
    ),
}
MARRIED = {
    "nb": ("bytte etternavn på brukeren min, jeg har giftet meg", "Kari Holm fra 1. desember"),
    "sv": ("ändra mitt efternamn i systemen, jag har gift mig", "Erika Holm från 1 december"),
    "de": ("bitte meinen Nachnamen im Konto ändern, ich habe geheiratet", "Lena Holm ab 1. Dezember"),
    "en": ("please change my surname in all systems, I got married", "Emily Holm from 1 December"),
}


async def incident(talk, services, work):
    """The case that is open, sent as it stands; where the model saw the fault by itself, a person is offered first."""
    for offered in ("intent_kb_question", "not_solved", "yes_person", "person"):
        if label(offered, talk.language) in talk.buttons:
            await talk.choose(offered)
    if not talk.custom:
        await talk.choose("just_send")
    if not any(each.get("type") == "reference" for each in talk.custom):
        await talk.choose("send")
    work()
    reference = talk.reference()
    return ticket_of(services, reference), services.cases.form(reference)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("at_preview", [False, True], ids=["at a question", "at the preview"])
async def test_who_says_that_it_is_a_fault_gets_an_incident(talk_as, services, work, language, at_preview):
    talk = talk_as(WELL[language], language)
    await talk.say(ORDER[language])
    await talk.say(PURPOSE[language])
    if at_preview:
        await talk.say("Visio Professional")
        await talk.say("1.12., Nina Holm")
    await talk.say(DENIAL[language])
    assert talk.last.startswith(say("utter_no_order", language)["text"])
    opened, form = await incident(talk, services, work)
    assert opened.kind is TicketKind.INCIDENT
    said = form["words"].split("\n")
    assert said[0] == ORDER[language]
    assert {PURPOSE[language], DENIAL[language]} <= set(said)
    assert [reason["id"] for reason in form["because"]] == ["not_an_order"]
    told = {name for fact in form["facts"] for name in fact["ids"]}
    assert "since" in told
    assert {"approver", "by_when", "purpose"}.isdisjoint(told)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_plain_fault_is_never_written_as_an_order(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(FAULT[language])
    opened, form = await incident(talk, services, work)
    assert opened.kind is TicketKind.INCIDENT
    assert form["words"].startswith(FAULT[language])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_asked_before_it_looked_like_an_order_stands_first(talk_as, services, work, language):
    """The newest words are an order to the model; they go on about what an article was shown for."""
    talk = talk_as(WELL[language], language)
    first, more = SYNC[language]
    await talk.say(first)
    await talk.say(more)
    opened, form = await incident(talk, services, work)
    assert opened.kind is TicketKind.INCIDENT
    assert form["words"].split("\n") == [first, more]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_another_name_needs_no_purpose_and_nobodys_approval(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    wish, name = MARRIED[language]
    await talk.say(wish)
    kinds = services.handover.facts.kinds
    assert kinds["new_name"].ask[language] in talk.last
    await talk.say(name)
    assert "Identity and Access" in talk.last, "nothing more is asked"
    _, form = await incident(talk, services, work)
    assert form["category"] == "request.name_change"
    assert {name for fact in form["facts"] for name in fact["ids"]} == {"new_name", "name_from"}


LEAVES = {
    "nb": (
        "Kari slutter hos oss, kontoen hennes må sperres og pc-en leveres inn",
        "Kari Moe i lønn, 31. mars",
    ),
    "sv": ("Eva slutar hos oss, stäng hennes konto och ta tillbaka datorn", "Eva Lind på lön, 31 mars"),
    "de": (
        "Frau Weber verlässt uns, bitte das Konto sperren und den Laptop zurücknehmen",
        "Eva Weber aus der Buchhaltung, am 31. März",
    ),
    "en": (
        "Mrs Smith is leaving us, please close her account and collect the laptop",
        "Eva Smith in payroll, 31 March",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_leaves_when_and_with_what_is_asked_of_a_leaver(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    wish, who = LEAVES[language]
    await talk.say(wish)
    kinds = services.handover.facts.kinds
    assert kinds["leaver"].ask[language] in talk.last
    await talk.say(who)
    assert kinds["mailbox"].ask[language] in talk.last
    opened, form = await incident(talk, services, work)
    assert opened.kind is TicketKind.SERVICE_REQUEST
    assert form["category"] == "request.leaver"
    assert {name for fact in form["facts"] for name in fact["ids"]} >= {"leaver", "last_day", "handed_in"}


STARTS = {
    "nb": "på mandag begynner Per Dahl hos oss i salg, han trenger konto og pc",
    "sv": "på måndag börjar Per Dahl hos oss på sälj, han behöver konto och dator",
    "de": "am Montag fängt Peter Dahl bei uns im Vertrieb an, er braucht Konto und Laptop",
    "en": "Peter Dahl starts with us in sales on Monday, he needs an account and a laptop",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_leaves_is_not_added_to_the_order_for_who_starts(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(STARTS[language])
    await talk.choose("just_send")
    assert talk.reference()
    await talk.say(LEAVES[language][0])
    assert services.handover.facts.kinds["leaver"].ask[language] in talk.last


HANGS = {
    "nb": "Teams henger seg hver gang jeg deler skjerm, siden oppdateringen i går",
    "sv": "Teams hänger sig varje gång jag delar skärm, sedan uppdateringen i går",
    "de": "Teams hängt sich bei jedem Bildschirmteilen auf, seit dem Update gestern",
    "en": "Teams hangs every time I share my screen, since yesterday's update",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_fault_is_not_added_to_the_order_before_it(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(STARTS[language])
    await talk.choose("just_send")
    order = talk.reference()
    await talk.say(HANGS[language])
    assert order not in talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_send_at_a_question_sends_and_is_no_answer(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(STARTS[language])
    await talk.say("send")
    assert not any("send" in each["value"] for each in services.cases.form(talk.reference())["facts"])


REFUSED = {
    "nb": "hva? trenger ingenting, disken er full",
    "sv": "va? behöver ingenting, disken är full",
    "de": "wie bitte? brauche nichts, die Platte ist voll",
    "en": "what? I need nothing, the disk is full",
}
SPILT = {
    "nb": ("sølte te på tastaturet og nå virker ikke tallene, send et nytt", "virker ikke tallene"),
    "sv": (
        "spillde te på tangentbordet och nu funkar inte siffrorna, skicka ett nytt",
        "funkar inte siffror",
    ),
    "de": (
        "Tee verschüttet, jetzt gehen die Zahlen nicht mehr, bitte eine neue Tastatur",
        "gehen die Zahlen",
    ),
    "en": ("spilt tea on my keyboard and the digits are broken, please send a new one", "digits are broken"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_needs_nothing_has_ordered_nothing(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(ORDER[language])
    await talk.say(REFUSED[language])
    assert talk.last.startswith(say("utter_no_order", language)["text"]), talk.last
    opened, form = await incident(talk, services, work)
    assert opened.kind is TicketKind.INCIDENT
    assert REFUSED[language] in form["words"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_order_for_what_broke_holds_what_is_broken(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    wish, fault = SPILT[language]
    await talk.say(wish)
    if label("intent_service_request", language) in talk.buttons:
        await talk.choose("intent_service_request")
    assert services.handover.facts.kinds["purpose"].ask[language] not in talk.last
    _, form = await incident(talk, services, work)
    assert wish in form["words"]
    if form["kind"] == TicketKind.SERVICE_REQUEST.value:
        assert any(fault in fact["value"] for fact in form["facts"])
