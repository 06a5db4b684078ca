"""One neutral description of a reply; each channel renders it in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    title: str
    payload: str  # what the dialogue gets; never leaves our side, the employee's button carries a token


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` is Markdown: bold, lists and links only. `custom` has a `type`:

    code_field {digits, factor}, link {title, url}, article {title, url, owner, reviewed},
    reference {reference}, preview {lines: [{at, name, value}]}, whose first choice sends it,
    go_private {payload}: for the core, a channel shows the text only."""

    text: str
    choices: tuple[Choice, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_rasa(cls, message: Mapping[str, Any]) -> Reply:
        """From what Rasa's NLG makes: text, buttons and custom together are one reply."""
        buttons = [*(message.get("buttons") or ()), *(message.get("quick_replies") or ())]
        return cls(
            text=str(message.get("text") or "").strip(),
            choices=tuple(
                Choice(str(button["title"]), str(button["payload"]))
                for button in buttons
                if button.get("title") and button.get("payload")
            ),
            custom=dict(message.get("custom") or {}),
        )

    @property
    def empty(self) -> bool:
        return not (self.text or self.choices or self.custom)
