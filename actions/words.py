"""What is said in one language, to build longer replies from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.responses import label, say


@dataclass(frozen=True, kw_only=True)
class Words:
    language: str

    def text(self, response: str, **values: Any) -> str:
        """A text of responses/."""
        return str(say(response, self.language, **values)["text"])

    def label(self, name: str) -> str:
        return label(name, self.language)

    @property
    def locale(self) -> str:
        """How dates are written: English as in Britain, day before month."""
        return "en_GB" if self.language == "en" else self.language
