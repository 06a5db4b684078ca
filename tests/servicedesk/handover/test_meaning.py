"""Clauses that no list of words knows, read by what they mean."""

from __future__ import annotations

import pytest

from bot.labels.model import labeller
from servicedesk.handover import meaning, reading
from servicedesk.handover.policy import load
from servicedesk.handover.reading import Read

FACTS = load().facts
READER = labeller("facts")


def kinds_of(category: str) -> list:
    wanted = FACTS.of(category)
    return [*wanted.needed, *wanted.nice]


def answered(category: str, asked: str, text: str, language: str = "en") -> Read:
    kinds = [FACTS.kinds[name] for name in asked.split()]
    others = [kind for kind in kinds_of(category) if kind not in kinds]
    return reading.answer(FACTS, kinds, others, (text, {}), language, READER)


@pytest.mark.parametrize(
    ("language", "asked", "text", "told"),
    [
        ("nb", "since others", "i går kveld, og Marte sliter med det samme",
         {"since": "i går kveld", "others": "Marte sliter med det samme"}),
        ("sv", "since", "sen i helgen, lastbilen går klockan fyra",
         {"since": "sen i helgen", "by_when": "lastbilen går klockan fyra"}),
        ("de", "others", "nur ich, bei Sabine nebenan läuft alles, bis Donnerstag muss die Offerte raus",
         {"others": "nur ich, bei Sabine nebenan läuft alles", "by_when": "bis Donnerstag muss die Offerte raus"}),
        ("en", "since", "this morning, I swapped the cable and it made no difference",
         {"since": "this morning", "tried": "I swapped the cable and it made no difference"}),
    ],
)  # fmt: skip
def test_each_clause_goes_where_it_belongs(
    language: str, asked: str, text: str, told: dict[str, str]
) -> None:
    assert answered("software.error", asked, text, language).told == told


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "som jeg skrev"),
        ("sv", "det har jag ju redan skrivit"),
        ("de", "hab ich doch schon gesagt"),
        ("en", "like I said before"),
    ],
)
def test_a_pointer_is_no_value_and_points_at_what_was_told(language: str, text: str) -> None:
    read = answered("software.error", "error", text, language)
    assert read.points_back
    assert "error" not in read.told
    assert read.rest == ""
    said = [("the page goes all white when I press send", {}), ("it began on Monday", {})]
    found = reading.recalled(FACTS.kinds["error"], said, READER)
    assert found == "the page goes all white when I press send"
    assert reading.recalled(FACTS.kinds["error"], [("thank you very much", {})], READER) == ""


def test_that_it_does_not_work_is_not_yet_what_one_sees() -> None:
    kinds = kinds_of("software.error")
    assert "error" not in reading.story(
        kinds, [("Navision crashes when I post an invoice", {})], "en", READER
    )
    two = "Navision crashes when I post an invoice. The window turns grey and nothing can be clicked."
    assert "turns grey" in reading.story(kinds, [(two, {})], "en", READER)["error"]


def test_a_list_goes_on_to_the_end_of_its_sentence() -> None:
    story = "Per starts in January. He needs a laptop, a big monitor, the buyer's role in IFS and a badge. Thanks!"
    told = reading.story(kinds_of("request.new_starter"), [(story, {})], "en", READER)
    assert told["items"].endswith("the buyer's role in IFS and a badge")


def test_a_bare_yes_keeps_its_sense_beside_other_words() -> None:
    read = answered("software.error", "others", "ja. Kollegorna har inte fått nya datorer än", "sv")
    assert read.told["others"].endswith("(bara jag)")


def test_without_the_engine_words_alone_decide() -> None:
    [unknown] = meaning.meanings(None, ["since yesterday"], [], meaning.OF_A_FAULT)
    assert (unknown.label, unknown.chance) == ("", 0.0)
    kinds = kinds_of("software.error")
    assert reading.story(kinds, [("broken since yesterday, only me", {})])["others"] == "only me"
