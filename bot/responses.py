"""What Tier0 says, in the employee's language: Rasa's NLG, in process.

`responses/{nb,sv,de,en}.yml` hold every sentence; the domain lists the names. An action may pass `choices`, buttons
whose titles are names of `labels`, so that no sentence for the employee stands in Python:

    dispatcher.utter_message(response="utter_offer_person",
                             choices=[{"label": "yes", "payload": "/affirm"}])
"""

from __future__ import annotations

import logging
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from rasa.shared.core.trackers import DialogueStateTracker

LANGUAGES = ("nb", "sv", "de", "en")
DEFAULT_LANGUAGE = "en"
FOLDER = Path(__file__).resolve().parent.parent / "responses"

logger = logging.getLogger(__name__)


def say(key: str, language: str | None, **values: Any) -> dict[str, Any]:
    """The reply named `key`: `text`, and where it has them `buttons` (title and payload) and `custom`.

    `values` fill the placeholders; a value is never read as a template itself. Raises KeyError for an unknown key."""
    texts = _texts(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    labels = texts["labels"]
    values = {"phone": labels["phone"], **values}
    template = texts["responses"][key]
    reply: dict[str, Any] = {"text": _fill(template["text"], values)}
    own = [{**choice, "payload": _fill(choice["payload"], values)} for choice in template.get("choices", ())]
    choices = [*(values.get("choices") or ()), *own]
    if choices:
        reply["buttons"] = [_button(choice, labels, values) for choice in choices]
    if "custom" in template:
        reply["custom"] = _custom(template["custom"], labels, values)
    return reply


def label(name: str, language: str | None) -> str:
    """The short text `name` of `labels`, or the name itself where there is none (a service's proper name, say)."""
    labels: Mapping[str, str] = _texts(language if language in LANGUAGES else DEFAULT_LANGUAGE)["labels"]
    return labels.get(name, name)


class Replies:
    """`nlg: {type: bot.responses.Replies}` in endpoints.yml."""

    def __init__(self, endpoint_config: Any = None, domain: Any = None) -> None:
        for language in LANGUAGES:
            _texts(language)  # a broken file stops the start, not a conversation

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **values: Any
    ) -> dict[str, Any] | None:
        """None, and a line in the log, for a name that no file has: Rasa then says nothing."""
        values.pop("domain_responses", None)
        language = values.pop("language", None) or language_of(tracker)
        try:
            return say(utter_action, language, **values)
        except KeyError:
            logger.error("no response is named %s", utter_action)
            return None


def language_of(tracker: DialogueStateTracker) -> str:
    """The language that the connector decided on for the newest message, buttons and codes included."""
    message = tracker.latest_message
    language = (message.metadata or {}).get("language") if message else None
    if not language and message:
        language = (message.parse_data or {}).get("language")
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


@cache
def _texts(language: str) -> dict[str, Any]:
    with (FOLDER / f"{language}.yml").open(encoding="utf-8") as file:
        texts: dict[str, Any] = yaml.safe_load(file)
    return texts


def _button(
    choice: Mapping[str, str], labels: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, str]:
    title = labels.get(choice["label"], choice["label"])
    return {"title": _fill(title, {**values, **choice}), "payload": choice["payload"]}


class _Lenient(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        logger.error("a response needs a value for {%s}", name)
        return ""


def _fill(template: str, values: Mapping[str, Any]) -> str:
    return string.Formatter().vformat(template, (), _Lenient(values)).strip()


def _custom(
    template: Mapping[str, str], labels: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """`label: name` becomes `title`; a lone placeholder keeps its value's type."""
    custom = {
        name: values.get(item[1:-1]) if _is_placeholder(item) else _fill(item, values)
        for name, item in template.items()
    }
    if "label" in template:
        del custom["label"]
        custom["title"] = labels[template["label"]]
    return custom


def _is_placeholder(text: str) -> bool:
    return text.startswith("{") and text.endswith("}") and text[1:-1].isidentifier()
