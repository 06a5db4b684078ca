"""What a channel hands over once it has verified a request, and how a text is made harmless."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from servicedesk.directory.port import AccountId

MAX_CHANNEL_USER = 128
CODE_PLACEHOLDER = "[code]"  # how a code stands in the transcript (S3)
_KEPT_CONTROLS = "\n\t"
_UNSAFE = frozenset({"Cc", "Cs", "Cn", "Co"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One thing that an employee did. `account` and `private` are what the channel proved, no more (S1)."""

    channel: str
    tenant: str
    channel_user: str
    key: str  # the channel's id of this message: the same again is a redelivery (F11)
    account: AccountId | None = None
    ask_platform: bool = False  # who it is is asked of the platform before the work (connectors/identity.py)
    private: bool = True
    address: Mapping[str, Any] | None = None  # where the platform reaches this conversation
    text: str = ""
    button: str = ""  # a token, where the channel has buttons of its own
    edits: Mapping[int, str] | None = None  # of a preview's window, by line: how `button` is to be sent
    code: str = ""  # where the channel has a field for codes
    control: str = ""  # a fixed control of the channel's own, a name of CONTROLS
    locale: str | None = None


CONTROLS = {  # what each tells the dialogue; the name is also that of its label in responses/
    "reset_password": "/password_reset",
    "unlock_account": "/account_unlock",
    "my_tickets": "/ticket_status",
    "person": "/talk_to_human",
    "what_can_you_do": "/help",
}
STARTERS = ("reset_password", "unlock_account", "my_tickets", "person")  # what a page or a tab begins with


class ItemKind(str, Enum):
    TEXT = "text"  # the employee's words, redacted
    PAYLOAD = "payload"  # what a button or a checked code tells the dialogue
    SAY = "say"  # an answer of the connector's own: the name of a reply
    CODE = "code"  # a code is being checked; the code itself is in memory only (S3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What stands in the table `inbound` between accepting and answering."""

    kind: ItemKind
    value: str = ""
    burnt: bool = False  # a password was taken out of the text
    edits: tuple[
        dict[str, str], ...
    ] = ()  # what was changed in a preview's window (connectors/preview.py), redacted

    def dump(self) -> str:
        edits = {"edits": self.edits} if self.edits else {}
        return json.dumps({"kind": self.kind.value, "value": self.value, "burnt": self.burnt, **edits})

    @classmethod
    def load(cls, text: str) -> Item:
        """A row that cannot be read is answered like one that failed: it must not block the next."""
        try:
            data = json.loads(text)
            edits = tuple(data.get("edits", ()))
            return cls(kind=ItemKind(data["kind"]), value=data["value"], burnt=data["burnt"], edits=edits)
        except (ValueError, KeyError, TypeError):
            return cls(kind=ItemKind.SAY, value="utter_try_again")


def harmless(text: str) -> str:
    """The text without lone surrogates, control and private characters; line breaks and tabs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c if c in _KEPT_CONTROLS or unicodedata.category(c) not in _UNSAFE else " " for c in text)
    start = 0
    while start < len(kept) and (kept[start].isspace() or unicodedata.category(kept[start]) == "Cf"):
        start += 1  # what cannot be seen must not hide a slash (U4)
    return kept[start:].rstrip()


def has_words(text: str) -> bool:
    """Whether there is anything to read: a letter, a digit or a symbol such as an emoji."""
    return any(unicodedata.category(c)[0] in "LNS" for c in text)
