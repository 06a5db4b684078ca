"""The modal that a code is typed into, which stays out of the chat and its history (S3), and the one of a preview.

https://docs.slack.dev/surfaces/modals. Nothing in it says whose code it is: the envelope does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.preview import MAX_VALUE, PreviewLine
from connectors.slack.blocks import MAX_LABEL
from connectors.slack.interactivity import CODE, CODE_INPUT, EDIT, LINE

MAX_FIELD_LABEL = 150
SHORT = 60  # characters that fit into one line of the window
FACTORS = ("sms", "mail", "authenticator")


def code_view(factor: str, labels: dict[str, str]) -> dict[str, Any]:
    label = labels[f"code_{factor}" if factor in FACTORS else "code_other"]
    return {
        "type": "modal",
        "callback_id": CODE,
        "title": _plain(labels["code_title"]),
        "submit": _plain(labels["code_submit"]),
        "close": _plain(labels["cancel"]),
        "blocks": [
            {
                "type": "input",
                "block_id": CODE_INPUT,
                "label": {"type": "plain_text", "text": label},
                "element": {
                    "type": "plain_text_input",
                    "action_id": CODE_INPUT,
                    "min_length": 6,
                    "max_length": 20,
                    "focus_on_load": True,
                },
            }
        ],
    }


def preview_view(lines: Sequence[PreviewLine], button: str, labels: dict[str, str]) -> dict[str, Any]:
    """A field a line; an empty one is left out."""
    return {
        "type": "modal",
        "callback_id": EDIT,
        "private_metadata": button,
        "title": _plain(labels["preview_title"]),
        "submit": _plain(labels["send"]),
        "close": _plain(labels["cancel"]),
        "blocks": [
            {"type": "context", "elements": [{"type": "plain_text", "text": labels["preview_hint"]}]},
            *(_field(number, line) for number, line in enumerate(lines)),
        ],
    }


def _field(number: int, line: PreviewLine) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": f"{LINE}:{number}",
        "optional": True,
        "label": {"type": "plain_text", "text": line.name[:MAX_FIELD_LABEL]},
        "element": {
            "type": "plain_text_input",
            "action_id": LINE,
            "multiline": len(line.value) > SHORT or "\n" in line.value,
            "max_length": MAX_VALUE,
            "initial_value": line.value,
        },
    }


def errors(sentence: str, field: str = CODE_INPUT) -> dict[str, Any]:
    """The answer to a submission that keeps the modal open and says why."""
    return {"response_action": "errors", "errors": {field: sentence}}


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text[:MAX_LABEL]}
