"""What employees write in the tests on the running house: as people type, with two thoughts in one line."""

from __future__ import annotations

from dataclasses import dataclass

from bot.responses import label, say


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    forgotten: str
    locked: str
    question: str
    article: str  # the id of the article that answers it
    person: str
    problem: str
    details: str
    greeting: str
    order: str
    order_details: str
    order_when: str
    status: str
    outage: str
    incident: str
    incident_details: str
    complaint: str
    lunch: str
    this_language: str  # asks for it


WORDS = {
    "nb": Words(
        forgotten="husker ikke passordet mitt lenger, kan jeg få et nytt?",
        locked="hei, kommer ikke inn på pc-en, det står at kontoen er låst",
        question="har fått ny mobil, hvordan flytter jeg authenticator over?",
        article="mfa-new-phone",
        person="kan jeg få snakke med et menneske?",
        problem="Visma fryser hver gang jeg skal godkjenne en reiseregning",
        details="siden i går morges, bare meg, på pc-en i Oslo, det står «uventet feil 0x80004005»",
        greeting="heisann",
        order="jeg trenger en ny skjerm til hjemmekontoret",
        order_details="27 tommer med USB-C, hjem til meg",
        order_when="innen fredag, Ingrid har godkjent",
        status="hvordan går det med saken min?",
        outage="er det noe som er nede i dag?",
        incident="trykket på en lenke i en falsk e-post og skrev inn passordet mitt",
        incident_details="det var for ti minutter siden på jobb-pc-en, avsenderen kalte seg IT-support",
        complaint="nå er jeg skikkelig lei, dere hjelper jo aldri",
        lunch="hva er det til lunsj i kantina i dag?",
        this_language="norsk takk",
    ),
    "sv": Words(
        forgotten="kommer inte ihåg mitt lösenord längre, kan jag få ett nytt?",
        locked="hej, kommer inte in på datorn, det står att kontot är låst",
        question="har fått ny mobil, hur flyttar jag authenticator?",
        article="mfa-new-phone",
        person="kan jag få prata med en människa?",
        problem="Visma fryser varje gång jag ska godkänna en reseräkning",
        details="sedan i går morse, bara jag, på datorn i Stockholm, det står ”oväntat fel 0x80004005”",
        greeting="hejsan",
        order="jag behöver en ny skärm till hemmakontoret",
        order_details="27 tum med USB-C, hem till mig",
        order_when="före fredag, Annika har godkänt",
        status="hur går det med mitt ärende?",
        outage="är det något som ligger nere idag?",
        incident="klickade på en länk i ett falskt mejl och skrev in mitt lösenord",
        incident_details="det var för tio minuter sedan på jobbdatorn, avsändaren kallade sig IT-support",
        complaint="nu är jag riktigt trött på det här, ni hjälper ju aldrig",
        lunch="vad blir det för lunch i matsalen idag?",
        this_language="svenska tack",
    ),
    "de": Words(
        forgotten="weiß mein Passwort nicht mehr, kann ich ein neues bekommen?",
        locked="hallo, komme nicht in den Rechner, da steht mein Konto ist gesperrt",
        question="hab ein neues Handy, wie bekomme ich den Authenticator rüber?",
        article="mfa-new-phone",
        person="kann ich bitte mit einem Menschen sprechen?",
        problem="DATEV friert jedes Mal ein, wenn ich eine Reisekostenabrechnung freigeben will",
        details="seit gestern früh, nur bei mir, am Rechner in München, da steht „unerwarteter Fehler 0x80004005“",
        greeting="guten Morgen",
        order="ich brauche einen neuen Monitor fürs Homeoffice",
        order_details="27 Zoll mit USB-C, zu mir nach Hause",
        order_when="bis Freitag, Herr Weiß hat es genehmigt",
        status="wie weit ist mein Ticket?",
        outage="ist heute irgendwas ausgefallen?",
        incident="hab in einer gefälschten Mail auf einen Link geklickt und mein Passwort eingegeben",
        incident_details="vor zehn Minuten am Dienstrechner, der Absender nannte sich IT-Support",
        complaint="jetzt reicht es mir, ihr helft ja nie",
        lunch="was gibt es heute in der Kantine?",
        this_language="bitte auf Deutsch",
    ),
    "en": Words(
        forgotten="can't remember my password any more, can I have a new one?",
        locked="hi, can't get into my computer, it says my account is locked",
        question="got a new phone, how do I move my authenticator over?",
        article="mfa-new-phone",
        person="can I talk to a human please?",
        problem="Sage freezes every time I try to approve an expense claim",
        details='since yesterday morning, only me, on the PC in London, it says "unexpected error 0x80004005"',
        greeting="good morning",
        order="I need a new monitor for my home office",
        order_details="27 inch with USB-C, to my home",
        order_when="by Friday, James has approved it",
        status="how is my ticket coming along?",
        outage="is anything down today?",
        incident="clicked a link in a fake email and typed in my password",
        incident_details="ten minutes ago on my work laptop, the sender called himself IT support",
        complaint="I'm really fed up now, you people never help",
        lunch="what's for lunch in the canteen today?",
        this_language="in English please",
    ),
}

NEXT = {"nb": "sv", "sv": "de", "de": "en", "en": "nb"}  # another language for each


def fact_question(form: str, language: str, *, more: bool = False, one: bool = False) -> str:
    """What the question for several facts of this form, or for `one`, begins with."""
    name = ("facts_more" if more else "facts_first") + ("_one" if one else "")
    return str(
        say(f"utter_ask_{form}_details", language, before=label(name, language), question="")["text"]
    ).strip()
