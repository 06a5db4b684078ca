"""The examples: complete, without contradiction, and apart from the dev set."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from benchmarks.understanding.beyond import rows
from benchmarks.understanding.dataset import dev_set, examples
from bot.nlu import follow_ups
from bot.nlu.language import LANGUAGES
from bot.nlu.text import clean

INTENTS = {
    "password_reset", "account_unlock", "kb_question", "service_request", "report_security_incident",
    "outage_check", "ticket_status", "ticket_update", "talk_to_human", "complaint", "greet", "goodbye", "thank",
    "affirm", "deny", "cancel", "help", "bot_challenge", "change_language", "out_of_scope",
}  # fmt: skip
OWN_SET = "distress"  # in distress/, not in dev/


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_intent(language: str) -> None:
    counts = Counter(s.intent for s in examples() if s.language == language)
    assert set(counts) == INTENTS | {OWN_SET}
    assert min(counts.values()) >= 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dev_set_has_every_intent(language: str) -> None:
    assert {s.intent for s in dev_set() if s.language == language} == INTENTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_under_two_intents(language: str) -> None:
    """Within a language: "fint" accepts in Norwegian and thanks in Swedish."""
    intents = defaultdict(set)
    for sentence in examples():
        if sentence.language == language:
            intents[sentence.plain].add(sentence.intent)
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_no_sentence_stands_twice_in_a_language() -> None:
    counts = Counter((s.language, s.plain) for s in examples())
    assert [key for key, count in counts.items() if count > 1] == []


def test_no_dev_sentence_is_an_example() -> None:
    """What everybody says in up to five words ("close my ticket") may be in both: it is not counted."""
    known = {s.plain for s in examples()}
    both = [s.text for s in dev_set() if s.plain in known]
    assert [text for text in both if len(text.split()) > 5] == []
    assert len(both) <= 0.05 * len(dev_set())


@pytest.mark.parametrize("name", ["wishes", "distress", "follow_ups"])
def test_no_sentence_of_another_set_is_an_example(name: str) -> None:
    known = {s.plain for s in examples()} | {clean(text).casefold() for text, _ in follow_ups.examples()}
    both = {row["text"] for _, row in rows(name) if clean(row["text"]).casefold() in known}
    assert {text for text in both if len(text.split()) > 5} == set()
    assert len(both) <= 25  # "takk", "min konto är låst": what everybody says


def test_no_example_is_a_command_or_markup() -> None:
    marked = [s.text for s in examples() if s.text.startswith("/") or set("[]{}") & set(s.text)]
    assert marked == []
