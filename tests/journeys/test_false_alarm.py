"""An incident that is none, and what is asked after one: the alarm stays, and the employee gets on."""

from __future__ import annotations

import re

import pytest

from actions import suspicion
from bot.responses import label, say
from servicedesk.ticketing.port import Priority, TicketKind
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.journeys.test_handover import PERSON, PROBLEM
from tests.journeys.test_preview import TOLD
from tests.words import WORDS

REPORT = {
    "nb": "jeg trykket på en lenke i en falsk e-post",
    "sv": "jag klickade på en länk i ett falskt mejl",
    "de": "ich habe in einer gefälschten Mail auf einen Link geklickt",
    "en": "I clicked a link in a fake email",
}
NONE = {
    "nb": "dette er ikke noe sikkerhetsproblem",
    "sv": "det är inget säkerhetsproblem",
    "de": "das ist gar kein Sicherheitsproblem",
    "en": "there is no security problem",
}
NONE_BUT = {
    "nb": ("ingen har hacket meg, skriveren tar bare ikke imot papir", "skriveren tar bare ikke imot papir"),
    "sv": (
        "ingen har hackat mig, skrivaren tar bara inte emot papper",
        "skrivaren tar bara inte emot papper",
    ),
    "de": (
        "niemand hat mich gehackt, der Drucker zieht nur kein Papier ein",
        "der Drucker zieht nur kein Papier ein",
    ),
    "en": ("I was not hacked, the printer just takes no paper", "the printer just takes no paper"),
}


def noted(services, work, reference: str, words: str) -> bool:
    """Whether the security team reads these words in an incident that is still theirs."""
    work()
    opened = ticket_of(services, reference)
    assert (opened.kind, opened.priority) == (TicketKind.SECURITY_INCIDENT, Priority.CRITICAL)
    assert services.cases.get(reference).open
    texts = [comment.text for comment in services.tickets.view(opened.ref).comments]
    return any(
        "The requester says that this is no security incident" in text and words in text for text in texts
    )


async def sent(talk) -> str:
    """The reference of the handover that is open, sent as it stands."""
    if label("send", talk.language) not in talk.buttons:
        await talk.choose("just_send")
    if not talk.custom:
        await talk.choose("send")
    return talk.reference()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_button_tells_the_team_and_the_report_goes_to_it_as_a_problem(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(REPORT[language])
    incident = talk.reference()
    await talk.choose("no_incident")
    assert talk.last.startswith(say("utter_incident_denied", language, reference=incident)["text"])
    assert noted(services, work, incident, "button")
    problem = await sent(talk)
    assert problem != incident
    work()
    assert REPORT[language] in ticket_of(services, problem).description
    assert ticket_of(services, problem).kind is not TicketKind.SECURITY_INCIDENT
    because = {reason["id"]: reason["text"] for reason in services.cases.form(problem)["because"]}
    assert incident in because["not_an_incident"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("details_first", [False, True])
async def test_typed_words_do_the_same_in_the_form_and_after_it(
    talk_as, services, work, language, details_first
):
    talk = talk_as(WELL[language], language)
    await talk.say(REPORT[language])
    incident = talk.reference()
    if details_first:
        await talk.choose("that_is_all")
    said, problem = NONE_BUT[language] if details_first else (NONE[language], REPORT[language])
    await talk.say(said)
    assert talk.last.startswith(say("utter_incident_denied", language, reference=incident)["text"]), talk.last
    assert noted(services, work, incident, said)
    given = await sent(talk)
    work()
    assert problem in ticket_of(services, given).description


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_answer_that_only_sounds_like_a_report_stays_an_answer_with_the_report_beside_it(
    talk_as, services, work, monkeypatch, language
):
    monkeypatch.setattr(suspicion, "CERTAIN", 1.1)  # so that these plain words are a suspicion only
    talk = talk_as(WELL[language], language)
    await talk.say(WORDS[language].person)
    await talk.say(WORDS[language].problem)
    await talk.say(REPORT[language])
    assert not talk.custom, "no case is open"
    title = label("intent_report_security_incident", language)
    assert title in talk.buttons
    problem = await sent(talk)
    work()
    assert REPORT[language] in ticket_of(services, problem).description

    await talk.say(WORDS[language].person)
    await talk.say(REPORT[language])
    incident = talk.reference()
    work()
    assert ticket_of(services, incident).kind is TicketKind.SECURITY_INCIDENT, "the matter itself is a report"


async def test_the_report_beside_an_answer_carries_the_problem_too(talk_as, services, work, monkeypatch):
    monkeypatch.setattr(suspicion, "CERTAIN", 1.1)
    talk = talk_as(WELL["en"], "en")
    for text in (WORDS["en"].person, WORDS["en"].problem, REPORT["en"]):
        await talk.say(text)
    await talk.choose("intent_report_security_incident")
    work()
    description = ticket_of(services, talk.reference()).description
    assert WORDS["en"].problem in description
    assert REPORT["en"] in description


async def test_the_risk_stop_outlasts_the_denial(talk_as, services):
    """Whoever sits at a hijacked session says the same."""
    talk = talk_as(WELL["en"], "en")
    await talk.say(REPORT["en"])
    await talk.say(NONE["en"])
    await talk.choose("cancel")
    await talk.say("I forgot my password")
    assert not any(custom.get("type") == "code_field" for custom in talk.custom), talk.last


SWITCH_OFF = {
    "nb": "skal jeg slå av PC-en?",
    "sv": "ska jag stänga av datorn?",
    "de": "soll ich den Rechner ausschalten?",
    "en": "should I turn the computer off?",
}
CALLED = {
    "nb": "er det noen som ringer meg?",
    "sv": "är det någon som ringer mig?",
    "de": "ruft mich jemand an?",
    "en": "is somebody going to ring me?",
}
STOLEN = {
    "nb": "telefonen min er stjålet",
    "sv": "min telefon har blivit stulen",
    "de": "mein Diensthandy wurde gestohlen",
    "en": "my work phone was stolen",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_everybody_asks_is_answered_and_the_team_reads_it(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(REPORT[language])
    incident = talk.reference()
    noted = say("utter_incident_noted", language, reference=incident)["text"]
    await talk.say(SWITCH_OFF[language])
    assert talk.last == f"{say('utter_incident_leave_on', language)['text']}\n{noted}", (
        "and no list of questions"
    )
    await talk.choose("that_is_all")
    assert talk.last == say("utter_incident_over", language, reference=incident)["text"]
    await talk.say(CALLED[language])
    assert talk.last == f"{say('utter_incident_called', language)['text']}\n{noted}"
    work()
    texts = [comment.text for comment in services.tickets.view(ticket_of(services, incident).ref).comments]
    assert all(any(asked in text for text in texts) for asked in (SWITCH_OFF[language], CALLED[language]))


TILL = {
    "nb": "kassa skriver ikke ut kvitteringer lenger, siden i dag tidlig",
    "sv": "kassan skriver inte ut kvitton längre, sedan i morse",
    "de": "die Kasse druckt keine Bons mehr, seit heute früh",
    "en": "the till has stopped printing receipts, since this morning",
}
SOMETHING_ELSE = {
    "nb": "nei, dette er noe annet, det gjelder nettet på den nye PC-en",
    "sv": "nej, det här är något annat, det gäller nätet på den nya datorn",
    "de": "nein, das ist etwas anderes, es geht um das Netz am neuen Rechner",
    "en": "no, this is something else, it's about the network on the new computer",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", [TILL, SOMETHING_ELSE])
async def test_another_matter_does_not_go_into_the_incident(talk_as, language, said):
    talk = talk_as(WELL[language], language)
    await talk.say(REPORT[language])
    incident = talk.reference()
    await talk.choose("that_is_all")
    await talk.say(said[language])
    assert incident not in talk.last


CANCEL = {"nb": "avbryt", "sv": "avbryt", "de": "abbrechen", "en": "cancel"}
OFFLINE = {
    "nb": "hvordan får jeg den SharePoint-lista frakoblet på PC-en da?",
    "sv": "hur får jag den där SharePoint-listan offline på datorn då?",
    "de": "wie geht das jetzt mit der SharePoint-Liste offline am Laptop?",
    "en": "so how do I get that SharePoint list offline on the laptop?",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_after_the_denial_a_question_is_none_of_the_incident(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(REPORT[language])
    incident = talk.reference()
    await talk.say(NONE[language])
    await talk.say(CANCEL[language])
    await talk.say(OFFLINE[language])
    assert incident not in talk.last


NUMBER = {
    "nb": "da ringer jeg det nummeret, hva var det?",
    "sv": "då ringer jag det numret, vad var det?",
    "de": "Dann rufe ich die Nummer an, wie war die?",
    "en": "I'll ring that number then, what was it?",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_asks_for_the_number_gets_it(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(REPORT[language])
    incident = talk.reference()
    await talk.say(NUMBER[language])
    assert say("utter_incident_number", language, reference=incident)["text"] in talk.last
    assert re.search(r"\+\d\d [\d ]{6,}", talk.last), "a number, not a place for one"


MISSENT = {
    "nb": "jeg har sendt personallisten til feil Per, den gikk til en leverandør",
    "sv": "jag har skickat personallistan till fel Per, den gick till en leverantör",
    "de": "ich habe die Personalliste an die falsche Petra geschickt, sie ging an einen Lieferanten",
    "en": "I have sent the staff list to the wrong Peter, it went to a supplier",
}
TWO_QUESTIONS = {
    "nb": "må sjefen min få vite det? og bør jeg kontakte mottakeren?",
    "sv": "måste min chef få veta det? och bör jag kontakta mottagaren?",
    "de": "muss meine Führungskraft das wissen? und soll ich den Empfänger kontaktieren?",
    "en": "do I have to let my manager know? and should I contact the recipient?",
}
STATEMENT = {
    "nb": "det var tretti navn i den lista",
    "sv": "det var trettio namn i den listan",
    "de": "da standen dreißig Namen drin",
    "en": "there were thirty names in that list",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_data_for_the_wrong_person_has_steps_and_answers_of_its_own(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(MISSENT[language])
    incident = talk.reference()
    assert say("utter_incident_steps_data_breach", language)["text"].strip() in talk.last
    assert talk.last.endswith(say("utter_ask_incident_details_data_breach", language)["text"])
    await talk.choose("that_is_all")
    await talk.say(TWO_QUESTIONS[language])
    answers = [say(f"utter_incident_{each}_data_breach", language)["text"] for each in ("boss", "others")]
    noted = say("utter_incident_noted", language, reference=incident)["text"]
    assert talk.last.split("\n") == [*answers, noted], "each half for itself, and nothing else"
    await talk.say(STATEMENT[language])
    assert incident in talk.last
    work()
    texts = [comment.text for comment in services.tickets.view(ticket_of(services, incident).ref).comments]
    assert all(any(said in text for text in texts) for said in (TWO_QUESTIONS[language], STATEMENT[language]))


PAID = {
    "nb": "jeg betalte en falsk faktura i går, svindel",
    "sv": "jag betalade en falsk faktura i går, bedrägeri",
    "de": "ich habe gestern eine gefälschte Rechnung bezahlt, Betrug",
    "en": "I paid a fake invoice from a scammer yesterday",
}
RING_THE_BANK = {
    "nb": "skal vi ringe banken?",
    "sv": "ska vi ringa banken?",
    "de": "sollen wir die Bank anrufen?",
    "en": "shall we ring the bank?",
}
CABLE = {"nb": "nettverkskabel", "sv": "nätverkskabel", "de": "Netzwerkkabel", "en": "network cable"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_money_for_fraudsters_is_the_banks_matter_first(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PAID[language])
    incident = talk.reference()
    assert say("utter_incident_steps_payment", language)["text"].strip() in talk.last
    assert CABLE[language] not in talk.last
    await talk.say(RING_THE_BANK[language])
    noted = say("utter_incident_noted", language, reference=incident)["text"]
    assert talk.last.split("\n") == [say("utter_incident_bank", language)["text"], noted]


INTRUDED = {
    "nb": "sikkerhetshendelse: en fremmed er inne på serverrommet og fotograferer skjermene",
    "sv": "säkerhetsincident: en främling är inne i serverrummet och fotograferar skärmarna",
    "de": "Sicherheitsvorfall: ein Fremder ist im Serverraum und fotografiert die Bildschirme",
    "en": "security incident: a stranger is in the server room photographing the screens",
}
ASK_HIM = {
    "nb": "skal jeg spørre ham hvem han er?",
    "sv": "ska jag fråga honom vem han är?",
    "de": "soll ich ihn ansprechen?",
    "en": "should I ask him who he is?",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_stranger_in_the_building_is_receptions_matter_first(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(INTRUDED[language])
    assert say("utter_incident_steps_stranger", language)["text"].strip() in talk.last
    assert talk.last.endswith(say("utter_ask_incident_details_stranger", language)["text"])
    await talk.say(ASK_HIM[language])
    assert talk.last.startswith(say("utter_incident_confront", language)["text"])


async def test_what_the_report_told_is_not_asked_and_what_was_typed_has_consequences(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    await talk.say("I clicked a link in a phishing mail on my laptop yesterday")
    incident = talk.reference()
    assert talk.last.endswith(say("utter_ask_incident_details_else", "en")["text"])
    await talk.say("Yes, I typed my password there")
    assert say("utter_incident_steps_stopped_typed", "en")["text"].strip() in talk.last
    assert say("utter_incident_details_added", "en", reference=incident)["text"] in talk.last


ALARMING = {
    "nb": "jeg trykket på en phishing-lenke og skrev inn passordet mitt",
    "sv": "jag klickade på en phishinglänk och skrev in mitt lösenord",
    "de": "ich habe auf einen Phishing-Link geklickt und mein Passwort eingegeben",
    "en": "I clicked a phishing link and typed my password",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", [False, True])
async def test_what_an_alarm_broke_into_goes_on_where_it_was(talk_as, services, work, language, typed):
    """A finished preview: nothing is asked again, nothing is lost, and the message goes where it was meant to go."""
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.say(", ".join(TOLD[language]))
    await talk.choose("urgency_2")
    shown = [line for line in talk.last.splitlines() if line[:2].rstrip(".").isdigit()]
    await talk.say(ALARMING[language])
    incident = talk.reference()
    await (talk.say(NONE[language]) if typed else talk.choose("no_incident"))
    denied = say("utter_incident_denied", language, reference=incident)["text"]
    assert talk.last.startswith(f"{denied}\n{say('utter_incident_denied_back', language)['text']}\n")
    assert all(line in talk.last for line in shown)
    assert ALARMING[language] in talk.last
    again = REPORT[language]
    await talk.say(again)
    assert incident not in talk.last, "said to be none: what looks like one goes on as an answer"
    await talk.choose("send")
    packet = services.cases.form(talk.reference())
    assert packet["words"] == PROBLEM[language]
    added = [fact["value"] for fact in packet["facts"] if fact["source"] == "added"]
    assert added == [ALARMING[language], again]
    work()
    texts = [each.text for each in services.tickets.view(ticket_of(services, incident).ref).comments]
    assert any(again in text for text in texts), "and the security team reads it all the same"
    assert noted(services, work, incident, NONE[language] if typed else "button")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_whose_phone_is_gone_is_asked_for_another_number_once(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(STOLEN[language])
    incident = talk.reference()
    await talk.choose("that_is_all")
    await talk.say(CALLED[language])
    assert talk.last.startswith(say("utter_incident_called_where", language)["text"]), talk.last
    await talk.say("+47 22 33 44 55")
    await talk.say(CALLED[language])
    assert talk.last.startswith(say("utter_incident_called_there", language)["text"]), talk.last
    work()
    texts = [comment.text for comment in services.tickets.view(ticket_of(services, incident).ref).comments]
    assert any("22 33 44 55" in text for text in texts)


async def test_a_question_that_only_the_team_can_answer_is_not_thanked_for(talk_as):
    talk = talk_as(WELL["en"], "en")
    await talk.say(REPORT["en"])
    incident = talk.reference()
    await talk.say("could they have read the salary list?")
    assert talk.last.startswith(say("utter_incident_question_added", "en", reference=incident)["text"])


STOPS = {
    "nb": "intranettet åpner seg ikke siden mandag",
    "sv": "intranätet öppnas inte sedan i måndags",
    "de": "das Intranet öffnet sich seit Montag nicht",
    "en": "the intranet has not opened since Monday",
}
# What a browser says of a page whose certificate has run out.
WARNING = {
    "nb": "det står at angripere kanskje prøver å stjele passordene og kortnumrene mine",
    "sv": "det står att angripare kanske försöker stjäla mina lösenord och kortnummer",
    "de": "da steht dass Angreifer möglicherweise versuchen meine Passwörter zu stehlen",
    "en": "it says attackers might be trying to steal my passwords and card numbers",
}


async def asked_for_the_error(talk, services) -> None:
    question = services.handover.facts.kinds["error"].ask[talk.language]
    await talk.say(WORDS[talk.language].person)
    await talk.say(STOPS[talk.language])
    while question[1:] not in talk.last:
        await talk.choose("dont_know")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_warning_that_was_asked_for_is_an_errors_text(talk_as, services, work, monkeypatch, language):
    monkeypatch.setattr(suspicion, "CERTAIN", 0.0)  # as if the model were sure of every one
    talk = talk_as(WELL[language], language)
    await asked_for_the_error(talk, services)
    await talk.say(WARNING[language])
    assert not talk.custom or talk.custom[0]["type"] == "preview", "no case is open"
    await talk.choose("just_send" if label("just_send", language) in talk.buttons else "send")
    if label("send", language) in talk.buttons:
        await talk.choose("send")
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    assert opened.kind is not TicketKind.SECURITY_INCIDENT
    assert WARNING[language] in opened.description


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_done_is_a_report_whatever_was_asked(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await asked_for_the_error(talk, services)
    await talk.say(REPORT[language])
    work()
    assert ticket_of(services, talk.reference()).kind is TicketKind.SECURITY_INCIDENT


def heard(text: str, confidence: float) -> dict:
    intent = {"name": "report_security_incident", "confidence": confidence}
    return {"text": text, "intent": intent, "intent_ranking": [intent]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_where_the_error_was_asked_for_are_a_browsers_words_no_report(language: str) -> None:
    said = heard(WARNING[language], 0.99)
    assert suspicion.is_mere(said, ("since", "error"))
    assert not suspicion.is_mere(said, ("since", "others"))
    assert not suspicion.is_mere(heard(REPORT[language], 0.99), ("error",))
