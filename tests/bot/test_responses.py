"""What Tier0 says: the four files agree, and the code and the files know the same names."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from bot.responses import FOLDER, LANGUAGES, say

ROOT = FOLDER.parent
MODEL = "en"
TRANSLATIONS = [language for language in LANGUAGES if language != MODEL]
MAX_TITLE = 75  # a button in Slack
LONGEST_HINT = "12"  # what a factor shows of itself: a number's last two digits

# Names that are put together from a prefix and a word.
PREFIXES = {"utter_code_", "utter_incident_steps_", "utter_incident_steps_stopped_", "utter_state_"}

TEXTS: dict[str, dict[str, Any]] = {
    language: yaml.safe_load((FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}


def placeholders(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}


def source(*folders: str, ending: str = "*.py") -> str:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob(ending))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def names_in_code() -> set[str]:
    code = source("actions", "connectors", "desk", "servicedesk") + source("data/rules", ending="*.yml")
    return set(re.findall(r"\butter_[a-z0-9_]+", code)) - {"utter_message", "utter_action"}


def every_text(language: str) -> list[tuple[str, str]]:
    texts = TEXTS[language]
    responses = [(name, response["text"]) for name, response in texts["responses"].items()]
    return [*responses, *texts["labels"].items()]


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_languages_have_the_same_responses_and_labels_in_the_same_order(language):
    assert list(TEXTS[language]["responses"]) == list(TEXTS[MODEL]["responses"])
    assert list(TEXTS[language]["labels"]) == list(TEXTS[MODEL]["labels"])


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_languages_fill_in_the_same_values(language):
    model = dict(every_text(MODEL))
    differing = {
        name: (placeholders(text), placeholders(model[name]))
        for name, text in every_text(language)
        if placeholders(text) != placeholders(model[name])
    }
    assert not differing


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("part", ["choices", "custom"])
def test_the_languages_have_the_same_buttons_and_custom_blocks(language, part):
    """Payloads, labels and types included: only words differ from language to language."""
    own = {name: response.get(part) for name, response in TEXTS[language]["responses"].items()}
    assert own == {name: response.get(part) for name, response in TEXTS[MODEL]["responses"].items()}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_language_goes_by_its_own_name_everywhere(language):
    for name in LANGUAGES:
        assert TEXTS[language]["labels"][f"language_{name}"] == TEXTS[MODEL]["labels"][f"language_{name}"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_empty_or_left_in_english(language):
    for name, text in every_text(language):
        assert text.strip(), name
    same = {
        name for name, text in TEXTS[language]["responses"].items() if text == TEXTS[MODEL]["responses"][name]
    }
    filled_in = {f"utter_ask_{slot}" for slot in ("handover_details", "request_details", "request_when")}
    assert language == MODEL or not same - {"utter_article", "utter_article_aside", *filled_in}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_response_can_be_said(language, caplog):
    labels = TEXTS[language]["labels"]
    for name, response in TEXTS[language]["responses"].items():
        templates = [
            response["text"],
            *(choice["payload"] for choice in response.get("choices", ())),
            *(text for text in response.get("custom", {}).values()),
        ]
        values = {field: f"<{field}>" for template in templates for field in placeholders(template)}
        values.pop("phone", None)
        reply = say(name, language, **values)
        for field in placeholders(response["text"]) - {"phone"}:
            assert f"<{field}>" in reply["text"], name
        titles = [button["title"] for button in reply.get("buttons", ())]
        assert titles == [labels[choice["label"]] for choice in response.get("choices", ())], name
    assert not caplog.records, "a placeholder had no value"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_fits_in_slack(language):
    for name, title in TEXTS[language]["labels"].items():
        assert len(title.replace("{hint}", LONGEST_HINT)) <= MAX_TITLE, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_that_is_shown_exists(language):
    labels = TEXTS[language]["labels"]
    shown = set(re.findall(r'\bchoice\(\s*"(\w+)"', source("actions")))
    for response in TEXTS[language]["responses"].values():
        shown |= {choice["label"] for choice in response.get("choices", ())}
        shown |= {response["custom"]["label"]} if "label" in response.get("custom", {}) else set()
    assert shown <= set(labels)


def test_every_name_in_the_code_is_a_response():
    unknown = names_in_code() - set(TEXTS[MODEL]["responses"])
    assert unknown - PREFIXES == set()


def test_every_response_is_said_somewhere():
    used = names_in_code()
    said = {
        name for name in TEXTS[MODEL]["responses"] if name in used or name.startswith(tuple(PREFIXES & used))
    }
    assert not set(TEXTS[MODEL]["responses"]) - said


def test_every_name_that_is_put_together_is_a_response():
    from actions.security_incident import WITH_A_PASSWORD
    from servicedesk import security_steps
    from servicedesk.factors.rules import FactorKind

    steps = [*yaml.safe_load(Path(security_steps.FILE).read_text(encoding="utf-8")), security_steps.GENERAL]
    names = {
        *(f"utter_code_{kind}" for kind in get_args(FactorKind)),
        *(f"utter_incident_steps_{kind}" for kind in steps),
        *(f"utter_incident_steps_stopped_{kind}" for kind in WITH_A_PASSWORD),
    }
    assert set(WITH_A_PASSWORD) <= set(steps)
    assert names <= set(TEXTS[MODEL]["responses"])


def test_every_state_of_a_ticket_has_a_label():
    from servicedesk.ticketing.port import TicketState

    assert {f"state_{state.value}" for state in TicketState} <= set(TEXTS[MODEL]["labels"])


def test_german_addresses_the_employee_formally():
    informal = re.compile(r"\b(du|dich|dir|dein\w*|euch|euer|eure\w*)\b", re.IGNORECASE)
    for name, text in every_text("de"):
        assert not informal.search(text), name


def test_german_names_people_without_gender_signs():
    sign = re.compile(r"\w(\*|:|_|/-?|·)innen\b|\w(\*|:|_|/-?|·)in\b|[a-zäöüß]In(nen)?\b|\w\((in|innen)\)")
    for name, text in every_text("de"):
        assert not sign.search(text), name
