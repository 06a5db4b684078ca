"""Where a message is cut, and when two parts of it are two wishes. The model is played by a table of words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import yaml

from bot.nlu.language import LANGUAGES
from bot.nlu.wishes import LONGEST, MOST_PARTS, Ranking, find, parts
from bot.nlu.wishes import WORDS as WORDS_FILE

WORDS = {
    "password": ("password_reset", 0.95),
    "locked": ("account_unlock", 0.95),
    "screen": ("service_request", 0.95),
    "mouse": ("service_request", 0.7),
    "stolen": ("report_security_incident", 0.95),
    "outlook": ("kb_question", 0.95),
    "call": ("talk_to_human", 0.95),
    "die": ("distress", 0.95),
    "lunch": ("out_of_scope", 0.95),
}
UNSURE = ("complaint", 0.3)


def rank(texts: Sequence[str]) -> list[Ranking]:
    """The last known word of a text decides."""
    return [[next((WORDS[w] for w in reversed(_words(text)) if w in WORDS), UNSURE)] for text in texts]


def _words(text: str) -> list[str]:
    return [word.strip(".,!?").lower() for word in text.split()]


def intents(text: str, language: str = "en", whole: Ranking | None = None) -> list[str]:
    everything = [(name, 0.2) for name, _ in WORDS.values()]
    return [wish.intent for wish in find(text, language, whole or everything, rank)]


@pytest.mark.parametrize(
    ("language", "text", "cut"),
    [
        ("nb", "glemt passord, og så trenger jeg en ny skjerm", ["glemt passord", "og så trenger jeg en ny skjerm"]),
        ("sv", "glömt lösenordet. Sen undrar jag om vpn", ["glömt lösenordet.", "Sen undrar jag om vpn"]),
        ("de", "Passwort weg und der Drucker streikt", ["Passwort weg", "und der Drucker streikt"]),
        ("en", "new password please\nand is vpn down?", ["new password please", "and is vpn down?"]),
        ("en", "fix my mouse + order a screen", ["fix my mouse", "order a screen"]),
        ("en", "my password is gone, I also need a mouse", ["my password is gone", "I also need a mouse"]),
        ("en", "it is slow, it hangs, it stinks", ["it is slow, it hangs, it stinks"]),
        ("en", "screen and mouse", ["screen and mouse"]),
        ("en", "yes", ["yes"]),
        ("en", "", [""]),
    ],
)  # fmt: skip
def test_a_message_is_cut_where_another_wish_may_begin(language: str, text: str, cut: list[str]) -> None:
    assert [text[start:end] for start, end in parts(text, language)] == cut


@pytest.mark.parametrize(
    "text", ["a b. " * 400, "!" * 4_000, "and " * 1_000, ", also " * 600, "\n\n" * 900 + "x"]
)
@pytest.mark.timeout(10)
def test_no_message_takes_long_or_falls_into_many_parts(text: str) -> None:
    """S9."""
    for language in LANGUAGES:
        found = parts(text, language)
        assert len(found) <= MOST_PARTS
        assert all(0 <= start <= end <= LONGEST for start, end in found)


def test_the_first_named_goes_first() -> None:
    assert intents("I forgot my password, and I need a screen") == ["password_reset", "service_request"]
    assert intents("I need a new screen. I forgot my password.") == ["service_request", "password_reset"]


def test_safety_goes_before_what_was_named_first() -> None:
    assert intents("I need a screen and my phone was stolen") == [
        "report_security_incident",
        "service_request",
    ]
    assert intents("my phone was stolen and I want to die") == ["distress", "report_security_incident"]


def test_the_words_of_a_wish_are_the_employees_without_the_conjunction() -> None:
    [first, second] = find("Forgot my password, and I need a screen.", "en", [("password_reset", 0.5)], rank)
    assert (first.text, second.text) == ("Forgot my password", "I need a screen.")


def test_what_is_said_around_a_wish_belongs_to_it() -> None:
    text = "Hello there folks. I forgot my password. It was a long one. And I need a screen. The old one flickers."
    [first, second] = find(text, "en", [("password_reset", 0.5)], rank)
    assert text[first.start : first.end].endswith("a long one.")
    assert text[second.start : second.end].endswith("flickers.")


def test_a_cut_out_wish_is_no_command() -> None:
    """U4: Rasa obeys what begins with a slash."""
    [_, second] = find("I forgot my password. /restart my screen", "en", [("password_reset", 0.5)], rank)
    assert not second.text.startswith("/")


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password",
        "I forgot my password and it was a password with dots",  # one wish said twice
        "I forgot my password and had lunch with Tom",  # nothing to do for us
        "I forgot my password, and the mouse maybe",  # unsure of the second
        "my account is locked and I forgot my password",  # one journey does both
        "outlook hangs when I send. Give me a call",  # the call is about that
        "my phone was stolen and nothing is in outlook",  # belongs to the incident
    ],
)
def test_one_need_stays_one(text: str) -> None:
    assert intents(text) == []


def test_beside_an_incident_a_question_of_its_own_is_a_wish() -> None:
    found = intents("my phone was stolen and how do I set up outlook")
    assert found == ["report_security_incident", "kb_question"]


def test_a_word_that_adds_makes_up_for_some_doubt() -> None:
    assert intents("I forgot my password, and I also need a mouse") == ["password_reset", "service_request"]


def beside(name: str, chance: float, top: str = "kb_question") -> Ranking:
    return [(top, 1 - chance), (name, chance)]


def test_the_whole_message_can_speak_against_it() -> None:
    story = "I ordered a screen last week. Now outlook shows nothing."
    assert intents(story, whole=beside("service_request", 0.02)) == []
    assert intents(story, whole=beside("service_request", 0.2)) == ["service_request", "kb_question"]
    assert intents(story, whole=beside("kb_question", 0.0, "service_request")) != [], (
        "the first is what counts"
    )


def test_a_conjunction_makes_up_for_what_the_whole_message_does_not_say() -> None:
    asked = "I need a screen, and how do I set up outlook"
    assert intents(asked, whole=beside("service_request", 0.0)) == ["service_request", "kb_question"]


@pytest.mark.parametrize("denied", ["not", "don't", "don’t", "dont", "no", "never"])
def test_not_where_something_is_denied(denied: str) -> None:
    said = f"it is {denied} about a new screen, and how do I set up outlook"
    assert intents(said, whole=beside("service_request", 0.0)) == []
    assert intents(said, whole=beside("service_request", 0.2)) != [], "a denial alone is no reason"


def test_a_word_that_adds_outweighs_a_denial() -> None:
    """What does not work is told with a "not", too."""
    asked = "outlook doesn't open, and I also need a screen"
    assert intents(asked, whole=beside("kb_question", 0.0, "service_request")) == [
        "kb_question",
        "service_request",
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "jeg har ikke glemt password og outlook henger"),
        ("sv", "jag har inte glömt password och outlook hänger"),
        ("de", "mein password habe ich nicht vergessen und outlook hängt"),
        ("en", "I haven't forgotten my password and outlook hangs"),
        ("en", "I haven't forgotten my password, and outlook also hangs"),
    ],
)
def test_what_is_denied_starts_no_account_action(language: str, text: str) -> None:
    assert intents(text, language, beside("password_reset", 0.05)) == []


def test_no_cut_starts_an_account_action_that_the_whole_message_rules_out() -> None:
    asked = "my password was changed, and how do I set up outlook"
    assert intents(asked, whole=beside("password_reset", 0.0)) == []
    assert intents(asked, whole=beside("password_reset", 0.05)) == ["password_reset", "kb_question"]


def test_a_sentence_of_its_own_starts_no_account_action_either() -> None:
    """What was done lately is told in the same words as what is wanted."""
    told = "You changed my password last week, thanks. How do I set up outlook"
    assert intents(told, whole=beside("password_reset", 0.3)) == []
    assert intents(told, whole=beside("kb_question", 0.3, "password_reset")) == [
        "password_reset",
        "kb_question",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_lists_are_words(language: str) -> None:
    """YAML reads a bare `no` as False, and a list with it in would never match."""
    for name, words in yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))[language].items():
        assert all(isinstance(word, str) for word in words), name
        assert len(set(words)) == len(words), name


def test_a_language_that_is_not_ours_is_read_as_english() -> None:
    assert intents("password, and also a screen please", "other") == intents(
        "password, and also a screen please"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "outlook hangs since noon and I need the screen"),
        ("de", "outlook hängt seit mittag und ich brauch den screen"),
        ("nb", "outlook henger siden i dag og jeg trenger den screen"),
        ("sv", "outlook hänger sedan i dag och jag behöver den screen"),
        ("sv", "tömde papperskorgen på min screen och sen hänger outlook"),
    ],
)
def test_beside_a_fault_only_an_order_is_a_wish_of_its_own(language: str, text: str) -> None:
    assert intents(text, language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "outlook hangs since noon and I need a new screen"),
        ("de", "outlook hängt seit mittag und ich brauche einen neuen screen"),
        ("nb", "outlook henger siden i dag og jeg trenger ny screen"),
        ("sv", "outlook hänger sedan i dag och jag behöver en ny screen"),
    ],
)
def test_an_order_beside_a_fault_is_one(language: str, text: str) -> None:
    assert sorted(intents(text, language)) == ["kb_question", "service_request"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "jeg vil ha et navn og at noen ringer om skjermen min"),
        ("sv", "jag vill ha ett namn och att någon ringer om skärmen"),
        ("de", "i mecht an namen und dass mi wer wegam bildschirm oruft"),
        ("en", "I want a name and that somebody rings about my screen"),
    ],
)
def test_what_goes_on_with_the_sentence_before_it_is_not_cut_off(language: str, text: str) -> None:
    assert [text[start:end] for start, end in parts(text, language)] == [text]
