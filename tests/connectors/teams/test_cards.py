"""What Teams is handed: within its limits, in its Markdown, and nobody's words become markup."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bot.responses import label, say
from connectors.outgoing import OfferedChoice, Outgoing
from connectors.preview import PreviewLine
from connectors.teams import cards
from servicedesk.conversations import LANGUAGES, Conversation
from tests.connectors.teams.microsoft import MAX_MESSAGE_BYTES, actions, card_faults, texts

PRIVATE = "https://teams.microsoft.com/l/chat/0/0?users=28:x"


def outgoing(text: str, *, language: str | None = "en", **fields: Any) -> Outgoing:
    conversation = Conversation(
        id="c",
        channel="teams",
        tenant="t",
        channel_user="u",
        account=None,
        private=True,
        language=language,
        language_chosen=False,
    )
    given: dict[str, Any] = {
        "id": 1,
        "conversation": conversation,
        "author": "bot",
        "author_name": "",
        "text": text,
        "choices": (),
        "custom": {},
        "closed": False,
        "platform_id": "",
    }
    return Outgoing(**{**given, **fields})


def made(message: Outgoing) -> dict[str, Any]:
    return cards.activity(message, private_chat=PRIVATE)


def card_of(activity: dict[str, Any]) -> dict[str, Any]:
    (attachment,) = activity["attachments"]
    content: dict[str, Any] = attachment["content"]
    assert card_faults(content) == []
    return content


def offered(*titles: str, state: str = "live") -> tuple[OfferedChoice, ...]:
    return tuple(OfferedChoice(title=title, token=f"btn.{title}", state=state) for title in titles)


@pytest.mark.parametrize(
    ("fields", "asks"),
    [
        ({"choices": offered("x")}, True),
        ({"choices": offered("x", state="pressed")}, False),
        ({"closed": True}, False),
    ],
)
def test_a_code_is_asked_for_until_it_is_given_or_another_way_is_chosen(
    fields: dict[str, Any], asks: bool
) -> None:
    custom = {"type": "code_field", "digits": 6, "factor": "sms"}
    content = card_of(made(outgoing("Code?", custom=custom, **fields)))
    assert ("Enter the code" in [action["title"] for action in actions(content)]) is asks


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dialog_is_a_card_that_teams_takes(language: str) -> None:
    """Each field has a label for who hears it read; inside a dialog Teams knows no action but Submit."""
    lines = (PreviewLine("problem", "Problem", "Sage"), PreviewLine("told:x", "Since", "x\ny" * 40))
    code = cards.code_dialog(language, digits=6, factor="sms", nonce="0" * 32, wrong=True)
    for card in (code, cards.preview_dialog(language, lines, "btn.x")):
        assert card_faults(card) == []
        assert [action["type"] for action in card["actions"]] == ["Action.Submit"]
        assert all(field["id"] for field in card["body"] if field["type"] == "Input.Text")
    (field,) = (element for element in code["body"] if element["type"] == "Input.Text")
    assert field["isRequired"]
    assert field["errorMessage"] == label("code_length", language)


def test_plain_words_are_a_text_message() -> None:
    assert made(outgoing("Hello **you**.\n\nSee [this](https://a.example)."))["text"] == (
        "Hello **you**.\n\nSee [this](https://a.example)."
    )
    assert "attachments" not in made(outgoing("Hello"))


def test_a_list_is_a_card_because_text_shows_it_on_a_desktop_only() -> None:
    content = card_of(made(outgoing("Do this:\n1. one\n2. two\n   - deeper\n\nDone.")))
    assert texts(content["body"]) == ["Do this:", "1. one\n2. two\n- deeper", "Done."]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a*b*c", "a\\*b\\*c"),
        ("snake_case stays", "snake_case stays"),
        ("_not this_", "\\_not this\\_"),
        ("see [1] and `x`", "see \\[1\\] and x"),
        ("<b>bold</b> <at>all</at>", "<b>bold</b> <at>all</at>"),
        ("C:\\Users", "C:\\\\Users"),
    ],
)
def test_nobodys_words_become_markup(typed: str, shown: str) -> None:
    """U10"""
    assert made(outgoing(typed))["text"] == shown


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "ftp://x.example", "msteams:/l/x", ""]
)
def test_only_web_addresses_are_linked(url: str) -> None:
    assert not re.search(r"(?<!\\)\]\(", made(outgoing(f"[press]({url})"))["text"])
    custom = {"type": "link", "title": "press", "url": url}
    assert actions(card_of(made(outgoing("x", custom=custom)))) == []


def test_what_was_pressed_stands_in_place_of_the_buttons() -> None:
    choices = (*offered("Yes", state="pressed"), *offered("No", state="closed"))
    content = card_of(made(outgoing("Sure?", choices=choices)))
    assert texts(content["body"]) == ["Sure?", "You chose: Yes"]
    assert actions(content) == []


def test_buttons_that_ran_out_are_gone() -> None:
    content = card_of(made(outgoing("Sure?", choices=offered("Yes", state="closed"))))
    assert actions(content) == []


def test_a_long_title_is_cut() -> None:
    (action,) = actions(card_of(made(outgoing("?", choices=offered("x" * 150)))))
    assert len(action["title"]) == 80


@pytest.mark.parametrize("text", ["word " * 40_000, "ø" * 90_000, "1. step\n" * 9_000, "😀" * 30_000])
def test_whatever_is_said_fits_with_its_buttons(text: str) -> None:
    activity = made(outgoing(text, choices=offered("Yes")))
    assert len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le")) < MAX_MESSAGE_BYTES
    assert [action["title"] for action in actions(card_of(activity))] == ["Yes"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_reply_is_a_card_that_teams_takes(language: str) -> None:
    values = {
        "title": "T",
        "body": "1. a",
        "url": "https://a.example",
        "owner": "O",
        "reviewed": "2026-10-15",
    }
    values |= {"reference": "T0-7KQ2M", "group": "IT", "hint": "12", "payload": ""}
    for name in (
        "utter_article",
        "utter_handed_over",
        "utter_code_sms",
        "utter_reset_link",
        "utter_go_private",
    ):
        reply = say(name, language, digits=6, **values)
        custom = reply.get("custom", {})
        choices = offered(*(button["title"] for button in reply.get("buttons", ())))
        content = card_of(made(outgoing(reply["text"], language=language, custom=custom, choices=choices)))
        assert content["lang"] == language
        assert actions(content) or custom["type"] == "reference"


def test_a_person_is_told_apart_from_the_machine() -> None:
    """S12"""
    agent = outgoing("Try now.", author="agent", author_name="Berit *", language="de")
    assert made(agent)["text"] == "**Berit \\*, IT (Mensch)**\n\nTry now."
    notice = outgoing("Done.", author="notice", choices=offered("OK"))
    assert texts(card_of(made(notice))["body"])[0] == "Notice from IT"


def test_a_language_that_is_not_known_yet_is_english() -> None:
    content = cards.code_dialog(None, digits=6, factor="nonsense", nonce="0")
    assert card_faults(content) == []
    assert content["body"][0]["label"] == "Code"
