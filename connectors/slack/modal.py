"""The modal that a code is typed into: it stays out of the chat and its history (S3).

https://docs.slack.dev/surfaces/modals. Nothing in it says whose code it is: the envelope does."""

from __future__ import annotations

from typing import Any

from connectors.slack.blocks import MAX_LABEL
from connectors.slack.interactivity import CODE, CODE_INPUT

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


def errors(sentence: str) -> dict[str, Any]:
    """The answer to a submission that keeps the modal open and says why."""
    return {"response_action": "errors", "errors": {CODE_INPUT: sentence}}


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text[:MAX_LABEL]}
