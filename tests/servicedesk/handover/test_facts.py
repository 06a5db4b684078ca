"""What L1 would ask, and what of it can be read in a story or in an answer."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from servicedesk.categories import categories
from servicedesk.conversations import LANGUAGES
from servicedesk.handover import reading
from servicedesk.handover.policy import load
from servicedesk.handover.reading import Read

FACTS = load().facts


def told(category: str, text: str, entities: Mapping[str, str] | None = None) -> dict[str, str]:
    wanted = FACTS.of(category)
    return reading.story((*wanted.needed, *wanted.nice), [(text, entities or {})])


def answered(category: str, asked: str, text: str) -> Read:
    wanted = FACTS.of(category)
    kinds = [FACTS.kinds[name] for name in asked.split()]
    others = [kind for kind in (*wanted.needed, *wanted.nice) if kind not in kinds]
    return reading.answer(FACTS, kinds, others, (text, {}), "en")


def test_every_category_says_what_l1_would_ask() -> None:
    assert set(FACTS.categories) == set(categories())


def test_every_fact_is_asked_for_in_four_languages() -> None:
    for kind in FACTS.kinds.values():
        asked = [kind.ask[language] for language in LANGUAGES]
        assert all(text.rstrip().endswith("?") for text in asked)
        assert len(set(asked)) == len(LANGUAGES), f"{kind.id}: one language stands for another"


def test_what_is_needed_fits_into_the_questions() -> None:
    for name, wanted in FACTS.categories.items():
        assert len(wanted.needed) <= FACTS.at_once * (FACTS.questions - 1), name


@pytest.mark.parametrize(
    ("text", "entities", "facts"),
    [
        ("VPN faller ut siden i går. Bare meg.", {}, {"since": "siden i går", "others": "Bare meg"}),
        ("vpn:t strular sen i mandags o flera av oss har samma problem", {},
         {"since": "sen i mandags", "others": "flera av oss har samma problem"}),
        ("vpn bricht seit grad eben im homeoffice ab, kollegen auch", {},
         {"since": "seit grad eben", "place": "im homeoffice", "others": "kollegen auch"}),
        ("vpn dead since yesterday morning on my work laptop, only happens to me. it says “no route to host”", {},
         {"since": "since yesterday morning", "device": "on my work laptop", "others": "only happens to me",
          "error": "no route to host"}),
        ("VPN 809", {"error_code": "809"}, {"error": "809"}),
        ("det står helt still", {}, {}),
        ("nettsiden laster ikke, siden er tom", {}, {}),
        ("VPN funker ikke", {}, {}),
    ],
)  # fmt: skip
def test_a_story_tells_each_fact_in_its_own_words(
    text: str, entities: dict[str, str], facts: dict[str, str]
) -> None:
    assert told("network.vpn", text, entities) == facts


def test_of_two_messages_the_newer_counts() -> None:
    kinds = FACTS.of("hardware.laptop").needed
    assert reading.story(kinds, [("", {"device": "laptop"}), ("", {"device": "phone"})])["device"] == "phone"


@pytest.mark.parametrize(
    ("asked", "text", "facts", "rest"),
    [
        ("since others", 'yesterday, me, it says "lost, try again"',
         {"since": "yesterday", "others": "me", "error": 'it says "lost, try again"'}, ""),
        ("since others", "since yesterday and only me", {"since": "since yesterday", "others": "only me"}, ""),
        ("since others", "monday, yes", {"since": "monday", "others": "yes (only me)"}, ""),
        ("since others", "no, Per and Kari too", {"others": "no, Per and Kari too (others too)"}, ""),
        ("since others", "nei", {"others": "nei (others too)"}, ""),
        ("since others", "right after lunch, Kim and Ola", {"since": "right after lunch", "others": "Kim and Ola"}, ""),
        ("since others", "ingen aning, bara jag", {"since": "ingen aning", "others": "bara jag"}, ""),
        ("since others", "weiss nicht.", {"since": "weiss nicht.", "others": "weiss nicht."}, ""),
        ("since others", "please just fix it", {}, "please just fix it"),
        ("since others", "since monday. it drives me mad and I really need that report today",
         {"since": "since monday"}, "it drives me mad and I really need that report today"),
        ("since error", "white page", {"error": "white page"}, ""),
        ("error", "it hangs, then nothing", {"error": "it hangs, then nothing"}, ""),
        ("error", "only me", {"others": "only me", "error": "only me"}, ""),
    ],
)  # fmt: skip
def test_an_answer_goes_to_what_was_asked(asked: str, text: str, facts: dict[str, str], rest: str) -> None:
    assert answered("network.vpn", asked, text) == Read(facts, rest)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("får ikke jobba i det hele tatt", "1"),
        ("det står helt still", "1"),
        ("ich kann so nicht arbeiten", ""),
        ("I cant work at all", "1"),
        ("wir können alle nicht arbeiten", "team"),
        ("no rush", "3"),
        ("the printer prints stripes", ""),
    ],
)
def test_whether_work_goes_on_can_be_told_without_a_question(text: str, code: str) -> None:
    assert FACTS.urgency_of(text) == code


@pytest.mark.parametrize(
    ("text", "entities", "device", "place"),
    [
        ("mein Gerät verbindet sich nicht", {"device": "Gerät"}, "", ""),
        ("enheten", {"device": "enheten"}, "", ""),
        ("vpn verbindet nicht, am Handy geht es", {"device": "Handy"}, "", ""),
        ("vpn kopplar inte upp, men med mobilen funkar det", {"device": "mobilen"}, "", ""),
        ("vpn kobler ikke opp på laptopen, med mobilen virker det", {"device": "laptopen"}, "laptopen", ""),
        ("no connection on the laptop, with the phone it works", {"device": "laptop"}, "laptop", ""),
        ("on the phone it does not work", {"device": "phone"}, "phone", ""),
        ("am Laptop geht es nicht", {"device": "Laptop"}, "Laptop", ""),
        ("der Laptop geht dauernd aus", {}, "Laptop", ""),
        ("vpn bricht ab, ich bin nicht im Hotel", {}, "", ""),
        ("vpn bricht ab, im Büro geht es", {"site": "Büro"}, "", ""),
        ("vpn funktioniert nicht im Hotel", {}, "", "im Hotel"),
        ("vpn drops at home, not at the office", {}, "", "at home"),
    ],
)  # fmt: skip
def test_where_it_works_is_not_what_is_concerned(
    text: str, entities: dict[str, str], device: str, place: str
) -> None:
    found = told("network.vpn", text, entities)
    assert (device in found.get("device", "")) if device else "device" not in found
    assert (place in found.get("place", "")) if place else "place" not in found


@pytest.mark.parametrize(
    ("asked", "text", "facts"),
    [
        ("approver", "Kostenstelle 4711", {"cost_centre": "4711"}),
        ("by_when approver", "inte bråttom, kostnadsställe 4711",
         {"by_when": "inte bråttom", "cost_centre": "4711"}),
        ("by_when approver", "ingen hast, Kari Moe, kostnadssted 4711",
         {"by_when": "ingen hast", "approver": "Kari Moe", "cost_centre": "4711"}),
        ("approver", "my manager, cost centre 4711", {"approver": "my manager", "cost_centre": "4711"}),
    ],
)  # fmt: skip
def test_a_cost_centre_approves_nothing(asked: str, text: str, facts: dict[str, str]) -> None:
    assert dict(answered("request.hardware", asked, text).told) == facts


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("She was giving out to me again this morning", {"since": "this morning"}),
        ("since about quarter past eight this morning the vpn won't connect from home",
         {"since": "since about quarter past eight this morning", "place": "from home"}),
        ("slow since I got back from holiday, it's a Dell Latitude 5520",
         {"since": "since I got back from holiday", "device": "a Dell Latitude 5520"}),
        ("we're on the 3rd floor in London", {"place": "on the 3rd floor in London"}),
        ("I'm writing this from my phone because my pc won't start", {"device": "my pc"}),
        ("siden i går får jeg ikke åpnet Visma på jobb-pcen min", {"since": "siden i går", "device": "på jobb-pcen min"}),
        ("skanneren i 4. etasje i Oslo sender ikke til e-post", {"place": "i 4. etasje i Oslo"}),
        ("jeg skriver fra mobilen fordi pc-en er død", {"device": "pc-en"}),
        ("sedan i måndags hänger sig datorn när jag öppnar Excel", {"since": "sedan i måndags", "device": "datorn"}),
        ("hon har ju ingen skärm", {}),
        ("jag skriver från mobilen eftersom datorn inte startar", {"device": "datorn"}),
        ("mein Notebook geht seit heute früh nicht mehr an, ich schreibe vom Handy",
         {"device": "mein Notebook", "since": "seit heute früh"}),
        ("am Wochenende startet Outlook nicht mehr auf meinem neuen iPad Pro",
         {"since": "am Wochenende", "device": "auf meinem neuen iPad Pro"}),
        ("der Drucker im 2. Stock in München druckt nur Streifen", {"place": "im 2. Stock in München"}),
    ],
)  # fmt: skip
def test_of_a_story_only_the_words_that_say_it_are_taken(text: str, facts: dict[str, str]) -> None:
    kinds = [FACTS.kinds[name] for name in ("since", "device", "place")]
    assert reading.story(kinds, [(text, {"device": "skärm"} if "skärm" in text else {})]) == facts


STARTERS = {
    "nb": ("Hei, ny kollega: Ola Berg Haugen begynner hos oss i salg 4. januar. Han trenger laptop, to skjermer, mobil med "
           "abonnement og tilgang til CRM, på Oslo-kontoret",
           "Ola Berg Haugen", "4. januar", ("laptop", "to skjermer", "mobil", "CRM"), "Oslo-kontoret"),
    "sv": ("Den 14 december börjar vår nya kollega Stina Ek på lager i Malmö. Hon behöver dator, headset och "
           "behörighet till Unit4",
           "Stina Ek", "Den 14 december", ("dator", "headset", "Unit4"), "Malmö"),
    "de": ("zum 4. Januar 2027 beginnt bei uns in Berlin Frau Hanna Brandt. Sie braucht ein Notebook, zwei Bildschirme "
           "sowie Zugriff auf das Postfach einkauf@",
           "Hanna Brandt", "zum 4. Januar 2027", ("Notebook", "zwei Bildschirme", "einkauf@"), "Berlin"),
    "en": ("We get a new colleague from 4th of January, Moira Hill, engineer in London. She needs a PC with AutoCAD, two "
           "screens and access to the project room",
           "Moira Hill", "from 4th of January", ("PC with AutoCAD", "two screens", "project room"), "London"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_ordered_for_somebody_new_is_read(language: str) -> None:
    text, name, day, items, place = STARTERS[language]
    site = next(each for each in ("Oslo", "Malmö", "Berlin", "London") if each in text)
    read = told("request.new_starter", text, {"site": site})
    assert read["starter"] == name
    assert read["first_day"] == day
    assert place in read["workplace"]
    assert all(each in read["items"] for each in items), read["items"]


# Who leaves, when, what becomes of the mailbox and what is handed in.
LEAVERS = {
    "nb": ("Hei, Grete Solberg i lønn slutter 31. mars. Postkassa hennes skal videresendes til meg, og hun leverer "
           "inn laptop og mobil",
           "Grete Solberg", "31. mars", "videresendes til meg", "laptop og mobil"),
    "sv": ("Hej, Petra Ek på inköp slutar den 31 maj. Hennes brevlåda ska vidarebefordras till mig, och hon lämnar "
           "in dator och mobil",
           "Petra Ek", "den 31 maj", "vidarebefordras till mig", "dator och mobil"),
    "de": ("Frau Petra Ott aus der Buchhaltung verlässt uns zum 31.3. Das Postfach bitte an mich weiterleiten, Laptop "
           "und Handy gibt sie zurück",
           "Petra Ott", "zum 31.3", "an mich weiterleiten", "Laptop und Handy"),
    "en": ("Claire Lowe in finance leaves us on the 31st of March. Her mailbox should be forwarded to me, and she hands "
           "in a laptop and a phone",
           "Claire Lowe", "the 31st of March", "forwarded to me", "a laptop and a phone"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_to_be_done_for_a_leaver_is_read(language: str) -> None:
    text, name, day, mailbox, devices = LEAVERS[language]
    read = told("request.leaver", text)
    assert read["leaver"] == name
    assert day in read["last_day"]
    assert mailbox in read["mailbox"]
    assert devices in read["handed_in"]


@pytest.mark.parametrize(
    "text",
    ["Vi trenger Adobe Creative Cloud og Microsoft Teams", "Sehr geehrte Damen und Herren, im Team Einkauf in Berlin",
     "Access to SharePoint Online on Monday in London"],
)  # fmt: skip
def test_a_product_is_nobodys_name(text: str) -> None:
    assert "starter" not in told("request.new_starter", text)


@pytest.mark.parametrize(
    ("asked", "text", "facts", "rest"),
    [
        ("approver", "Göran Wik godkänner, 4410 är kostnadsstället",
         {"approver": "Göran Wik", "cost_centre": "4410"}, ""),
        ("approver", "Det blir Lise Bakke, kostnadssted 4120. Han skal jobbe med salgsstøtte.",
         {"approver": "Lise Bakke", "cost_centre": "4120"}, "Han skal jobbe med salgsstøtte"),
        ("approver", "Helen Ward will approve, cost centre 4410", {"approver": "Helen Ward", "cost_centre": "4410"}, ""),
        ("approver", "Genehmigt hat's Frau Huber, Kostenstelle 3300 ist meine",
         {"approver": "Frau Huber", "cost_centre": "3300"}, ""),
        ("approver", "I'm approving it meself, haven't a clue about the cost centre",
         {"approver": "the requester", "cost_centre": "don't know"}, ""),
        ("by_when approver", "Mitte Januar, wie erwähnt. Bewilligen tu ich das selbst",
         {"by_when": "Mitte Januar", "approver": "the requester"}, ""),
        ("approver", "ich genehmige das selbst", {"approver": "the requester"}, ""),
        ("approver", "jeg godkjenner det selv", {"approver": "the requester"}, ""),
        ("approver", "Göran Wik godkänner inte", {"approver": "Göran Wik godkänner inte"}, ""),
        ("approver", "my boss, cost centre 4410 or 5520",
         {"approver": "my boss", "cost_centre": "4410 or 5520"}, ""),
    ],
)  # fmt: skip
def test_a_value_stands_without_the_words_round_it(
    asked: str, text: str, facts: dict[str, str], rest: str
) -> None:
    assert answered("request.hardware", asked, text) == Read(facts, rest)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ja och jag vill att nån RINGER mig", "yes"),
        ("yes, and I want somebody to call me", "yes"),
        ("ich will angerufen werden", "yes"),
        ("jeg vil at noen ringer meg i dag", "jeg vil at noen ringer meg i dag"),
        ("ring me on 0161 496 0000", "ring me on 0161 496 0000"),
        ("somebody in charge has to ring me", "somebody in charge has to ring me"),
        ("you don't need to call me", "you don't need to call me"),
    ],
)
def test_a_wish_to_be_called_is_a_yes_and_its_time_or_number_stays(text: str, value: str) -> None:
    assert answered("complaint", "wish", text).told["call_back"] == value


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("det började efter uppdateringen i förra veckan", "since", "förra veckan"),
        ("det började när jag bytte dator", "since", "när jag bytte dator"),
        ("it started when the new dock came", "since", "when the new dock came"),
        ("Die Kollegin nebenan, die Frau Huber, kann das ganz normal.", "others",
         "Die Kollegin nebenan, die Frau Huber, kann das ganz normal"),
        ("my colleague, she can open it", "others", "my colleague, she can open it"),
        ("mein Kollege, der hat es auch", "others", "mein Kollege"),
    ],
)  # fmt: skip
def test_a_part_does_not_say_less_or_the_opposite(text: str, fact: str, value: str) -> None:
    assert value in told("network.vpn", text)[fact]
