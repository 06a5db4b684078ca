"""Journey 5: everything else that contract.md names."""

from __future__ import annotations

import pytest

from bot.responses import label, say
from servicedesk.ticketing.port import Priority, TicketKind
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.words import WORDS, fact_question

INCIDENT = {
    "nb": "jeg klikket på en lenke i en falsk e-post og skrev inn passordet mitt",
    "sv": "jag klickade på en länk i ett falskt mejl och skrev in mitt lösenord",
    "de": "ich habe auf einen Link in einer gefälschten Mail geklickt und mein Passwort eingegeben",
    "en": "I clicked a link in a fake email and typed in my password",
}
MORE = {
    "nb": "det skjedde klokka ti på jobb-pc-en, avsenderen var IT-support",
    "sv": "det hände klockan tio på jobbdatorn, avsändaren var IT-support",
    "de": "das war um zehn am Dienstrechner, Absender war IT-Support",
    "en": "it was at ten on my work laptop, the sender was IT support",
}
ORDER = {
    "nb": "jeg trenger en lisens for Visio",
    "sv": "jag behöver en licens för Visio",
    "de": "ich brauche eine Lizenz für Visio",
    "en": "I need a licence for Visio",
}
STATUS = {
    "nb": "hva er status på saken min",
    "sv": "hur går det med mitt ärende",
    "de": "wie ist der Stand bei meinem Ticket",
    "en": "what's the status of my ticket",
}
UPDATE = {
    "nb": "jeg vil legge til noe i saken min",
    "sv": "jag vill lägga till något i mitt ärende",
    "de": "ich möchte zu meinem Ticket etwas ergänzen",
    "en": "I want to add something to my ticket",
}
OUTAGE = {
    "nb": "er det driftsforstyrrelser nå?",
    "sv": "är det driftstörningar just nu?",
    "de": "gibt es gerade eine Störung bei allen?",
    "en": "is there an outage right now?",
}
GREETING = {"nb": "hei", "sv": "hej", "de": "hallo", "en": "hello"}
LUNCH = {
    "nb": "hva er det til lunsj i kantina i dag",
    "sv": "vad blir det för lunch i matsalen idag",
    "de": "was gibt es heute in der Kantine",
    "en": "what's for lunch in the canteen today",
}
COMPLAINT = {
    "nb": "dette er helt håpløst, dere hjelper jo aldri",
    "sv": "det här är helt hopplöst, ni hjälper ju aldrig",
    "de": "das ist doch alles hoffnungslos, ihr helft ja nie",
    "en": "this is useless, you people never help",
}
NAMES = {"nb": "norsk", "sv": "svenska", "de": "deutsch", "en": "english"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_security_incident_is_p1_at_once_with_first_steps(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(INCIDENT[language])
    given = talk.reference()
    assert "1." in talk.last, "the first steps come in the same breath"
    work()
    opened = ticket_of(services, given)
    assert (opened.kind, opened.priority) == (TicketKind.SECURITY_INCIDENT, Priority.CRITICAL)
    await talk.say(MORE[language])
    work()
    view = services.tickets.view(opened.ref)
    assert any(MORE[language] in comment.text for comment in view.comments)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_order_asks_what_l1_would_ask(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(ORDER[language])
    assert talk.last.startswith(fact_question("request", language, one=True))
    await talk.say("Visio Professional, PC-4711")
    await talk.say("BIM 2026")
    await talk.say("1.12.")
    await talk.choose("send")
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    assert opened.kind is TicketKind.SERVICE_REQUEST
    assert "Visio Professional, PC-4711" in opened.description


@pytest.mark.parametrize("language", LANGUAGES)
async def test_own_tickets_and_nobody_elses_are_shown(talk_as, services, work, language):
    other = talk_as("oliver.smith", "en")
    await other.say("I want to talk to a human")
    await other.choose("just_send")
    foreign = other.reference()
    talk = talk_as(WELL[language], language)
    await talk.say(ORDER[language])
    await talk.choose("just_send")
    own = talk.reference()
    work()
    await talk.say(STATUS[language])
    assert own in talk.last
    assert foreign not in talk.last
    await talk.say(f"{STATUS[language]} {foreign}")
    assert "Service" not in talk.last or own in talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_words_are_added_to_the_ticket(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(ORDER[language])
    await talk.choose("just_send")
    given = talk.reference()
    work()
    await talk.say(UPDATE[language])
    await talk.say("PC-4711, Oslo, 2. etasje")
    work()
    comments = services.tickets.view(services.tickets.find(given)).comments
    assert any("PC-4711" in comment.text for comment in comments)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_outages_come_from_the_list(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(OUTAGE[language])
    assert services.outages.current()[0].text(language) in talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_greeting_says_that_it_is_a_machine(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(GREETING[language])
    assert talk.last == say("utter_greet", language)["text"]
    rest = talk_as(None, language, channel="rest")
    await rest.say(GREETING[language])
    assert rest.last.startswith(say("utter_intro", language)["text"]), "D5: the first reply says it"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_lunch_is_not_it(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(LUNCH[language])
    assert talk.last == say("utter_out_of_scope", language)["text"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_complaint_is_met_with_an_offer(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(COMPLAINT[language])
    assert talk.last == say("utter_complaint", language)["text"]
    await talk.choose("yes_person")
    await talk.choose("just_send")
    assert COMPLAINT[language] in _description(services, work, talk)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_chosen_language_stays(talk_as, services, language):
    other = "sv" if language != "sv" else "de"
    talk = talk_as(WELL[language], language)
    await talk.say(NAMES[other] + (" tack" if other == "sv" else " bitte"))
    assert services.conversations.get(talk.conversation).language == other
    await talk.say("403 error outlook")
    assert services.conversations.get(talk.conversation).language == other


async def test_other_language_gets_one_english_reply(talk_as):
    talk = talk_as("kari.nordmann", "nb")
    await talk.say("Bonjour, j'ai oublié mon mot de passe et mon compte est bloqué")
    assert talk.last == say("utter_other_language", "en")["text"]


def _description(services, work, talk):
    given = talk.reference()
    work()
    return ticket_of(services, given).description


# The tongue of a program, and what is typed at the preview of the handover that follows.
PROGRAM = {
    "nb": ("Teams er på svensk", "og Word er på svensk, det er det verste"),
    "sv": ("Teams är på norska", "och Word är på norska, det är värst"),
    "de": ("Teams ist auf Englisch", "und Word ist auf Englisch, das ist das Schlimmste"),
    "en": ("Teams is in German", "and Word is in German, that is the worst of it"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_language_of_a_program_is_no_wish_for_ours(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    first, more = PROGRAM[language]
    await talk.say(first)
    await talk.say(WORDS[language].person)
    while label("send", language) not in talk.buttons:
        await talk.choose("dont_know" if label("dont_know", language) in talk.buttons else "urgency_2")
    await talk.say(more)
    assert label("send", language) in talk.buttons, "the preview, in the same language"
    await talk.choose("send")
    form = services.cases.form(talk.reference())
    assert first in form["words"]
    assert more in str(form["facts"])


# A page or an app of the firm's that behaves wrongly, in words of other departments.
OTHER_DEPARTMENTS = {
    "nb": "byggedagbok-appen mister det jeg skriver, og prosjektportalen logger meg ut",
    "sv": "dagboksappen tappar det jag skriver, och projektportalen loggar ut mig",
    "de": "die App fürs Bautagebuch vergisst, was ich schreibe, und das Projektportal meldet mich ab",
    "en": "the site diary app loses what I write, and the project portal signs me out",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_app_that_behaves_wrongly_is_not_sent_away(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(OTHER_DEPARTMENTS[language])
    assert talk.last != say("utter_out_of_scope", language)["text"]
    await talk.say(WORDS[language].person)
    await talk.choose("just_send" if label("just_send", language) in talk.buttons else "send")
    form = services.cases.form(talk.reference())
    assert OTHER_DEPARTMENTS[language] in form["words"]
    assert form["kind"] == TicketKind.INCIDENT.value
