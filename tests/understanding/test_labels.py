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
