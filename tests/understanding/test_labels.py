"""The models behind the ticket, on what people wrote in played conversations that no example was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from actions import case_category
from actions.case_category import ORDER
from benchmarks.understanding.dataset import DEV
from bot.labels.model import EXAMPLES, MODELS, examples, labeller
from bot.nlu.language import LANGUAGES
from bot.nlu.text import clean
from servicedesk.categories import categories
from servicedesk.handover import meaning
from servicedesk.handover.policy import load

FACTS = load().facts
Row = dict[str, Any]


def rows(name: str, language: str) -> list[Row]:
    lines = (DEV / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["language"] == language]


def share(right: Iterable[bool]) -> float:
    each = list(right)
    return sum(each) / len(each)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_matter_is_filed_where_l1_would_file_it(language: str) -> None:
    def right(row: Row) -> bool:
        if row["category"].startswith(ORDER):
            found = ORDER + case_category.of_order({}, row["texts"])
        else:
            found = case_category.of_fault("kb_question", {}, row["texts"]).id
        return found in (row["category"], *row["also"])

    assert share(map(right, rows("categories", language))) >= 0.85


# Of nobody's conversation and no example: somebody leaves, and what only sounds like it.
LEAVERS = {
    "nb": [
        "Fru Solberg forlater oss den 31., sperr kontoen hennes og ta inn utstyret",
        "medarbeider slutter til sommeren, hva gjør vi med pc og mobil",
        "han Kåre e ferdig hos oss på onsdag, steng alt",
        "konsulenten reiser hjem for godt, tilgangene hans kan fjernes",
        "jeg har sagt opp jobben, hvem tar imot pc-en",
    ],
    "sv": [
        "Fru Ek lämnar oss den 31, spärra hennes konto och ta in utrustningen",
        "en medarbetare slutar i sommar, vad gör vi med dator å mobil",
        "han Pelle e färdig hos oss på onsdag, stäng allt",
        "konsulten åker hem för gott, hans behörigheter kan tas bort",
        "jag har sagt upp mig, vem tar emot datorn",
    ],
    "de": [
        "Frau Ott verlässt uns zum 31., bitte Konto sperren, Geräte kommen zurück",
        "mitarbeiter scheidet im sommer aus, wohin mit rechner und handy",
        "da Karl is ab Mittwoch nimmer bei uns, sperrts bitte alles",
        "der Berater ist fertig und fährt heim, seine Zugänge können weg",
        "ich habe gekündigt, wer nimmt den Laptop entgegen",
    ],
    "en": [
        "Mrs Lowe leaves us on the 31st, lock her account please, devices will be handed in",
        "a member of staff is leaving in summer, what do we do with his pc and mobile",
        "auld Jim's done here on Wednesday, shut everything",
        "the consultant is going home for good, his access can be removed",
        "I've resigned, who takes the laptop",
    ],
}
NO_LEAVERS = {
    "nb": [
        ("ny kollega fra mandag, hun overtar etter han som sluttet", "request.new_starter"),
        ("jeg har bytta jobb internt og trenger andre mapper nå", "request.access"),
        ("Mona går over til HR 1. mai, hun må få HR-mappa i stedet for lager", "request.access"),
    ],
    "sv": [
        ("ny kollega från måndag, hon tar över efter han som slutade", "request.new_starter"),
        ("jag har bytt jobb internt och behöver andra mappar nu", "request.access"),
        ("Mona går över till HR 1 maj, hon ska ha HR-mappen istället för lagrets", "request.access"),
    ],
    "de": [
        ("neue Kollegin ab Montag, sie folgt auf den, der gegangen ist", "request.new_starter"),
        ("ich habe intern gewechselt und brauche jetzt andere Ordner", "request.access"),
        (
            "Mona wechselt am 1. Mai in die Personalabteilung und braucht deren Ordner statt Lager",
            "request.access",
        ),
    ],
    "en": [
        ("new colleague from Monday, she follows the one who left", "request.new_starter"),
        ("I've changed jobs internally and need other folders now", "request.access"),
        ("Mona moves to HR on 1 May, she needs the HR folder instead of the warehouse one", "request.access"),
    ],
}
LEFT_BEHIND = {
    "nb": "laptopen til kollegaen som sluttet vil ikke starte, skjermen er svart",
    "sv": "datorn efter kollegan som slutat startar inte, skärmen är svart",
    "de": "der Laptop vom Kollegen, der gegangen ist, startet nicht, Bildschirm schwarz",
    "en": "the laptop of the colleague who left won't start, the screen is black",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_leaves_is_a_leaver(language: str) -> None:
    found = [case_category.of_order({}, [text]) for text in LEAVERS[language]]
    assert share(each == "leaver" for each in found) >= 0.8
    assert not any(case_category.tells_fault(text) for text in LEAVERS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_comes_or_moves_inside_the_company_is_none(language: str) -> None:
    for text, category in NO_LEAVERS[language]:
        assert ORDER + case_category.of_order({}, [text]) == category, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_leaver_left_behind_breaks_like_anything_else(language: str) -> None:
    text = LEFT_BEHIND[language]
    assert case_category.tells_fault(text)
    assert case_category.of_fault("kb_question", {}, [text]).id == "hardware.laptop"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clause_tells_what_it_means(language: str) -> None:
    """Where the meaning is taken at its word, it is right; and it mostly is."""
    guesser = labeller("facts")
    assert guesser is not None
    sure, right = 0, 0
    told = rows("facts", language)
    for row in told:
        labels = {row["label"], *row["also"], *row["asked"]}
        about = meaning.OF_AN_ORDER if labels - meaning.OF_A_FAULT - {meaning.WISH} else meaning.OF_A_FAULT
        among = about | {row["label"]}
        [guess] = meaning.meanings(guesser, [row["text"]], row["asked"], among)
        if guess.chance >= meaning.SURE:
            sure += 1
            right += guess.label in (row["label"], *row["also"])
    assert right / sure >= 0.8
    assert right / len(told) >= 0.6


@pytest.mark.parametrize("name", MODELS)
def test_no_example_is_a_sentence_of_the_dev_set(name: str) -> None:
    known = {(each.language, clean(each.text).casefold()) for each in examples(name)}
    for language in LANGUAGES:
        for row in rows(name, language):
            for text in row.get("texts") or [row["text"]]:
                assert (language, clean(text).casefold()) not in known, text


def test_every_label_is_one_that_a_ticket_knows() -> None:
    assert {each.label for each in examples("categories")} <= set(categories())
    read_as = {label for kind in FACTS.kinds.values() for label in (kind.read_as, *kind.also_read_as)}
    told = {each.label for each in examples("facts")}
    assert told <= read_as | meaning.EMPTY | {meaning.OBJECTION, meaning.CAN_WORK}
    assert told >= meaning.OF_A_FAULT | meaning.OF_AN_ORDER


@pytest.mark.parametrize("name", MODELS)
def test_every_label_has_its_examples_in_each_language(name: str) -> None:
    assert sorted(each.stem for each in (EXAMPLES / name).glob("*.yml")) == sorted(LANGUAGES)
    labels = {each.label for each in examples(name)}
    for language in LANGUAGES:
        own = [each.label for each in examples(name) if each.language == language]
        assert all(own.count(label) >= 10 for label in labels), language
