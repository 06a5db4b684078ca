"""Messages as employees type them, each secret between ⟦ and ⟧; and clean ones.

Each list has two halves, told apart by a hash of the line: one to work on, one to measure with. Whoever improves redaction
reads the misses of the first half only. In blind/ the halves are folders: `work` was read, the misses of `measure`
nobody has read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from servicedesk.redaction import redact

HERE = Path(__file__).parent
LANGUAGES = ("nb", "nn", "sv", "de", "en")
Half = Literal["work", "measure"]
_SECRET = re.compile(r"⟦(.*?)⟧")
_PART = re.compile(r"[^\W_]{4,}")


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    secrets: tuple[str, ...]
    after_prompt: bool = False

    @property
    def leaks(self) -> bool:
        """Whether a secret, or a word of one, is still there."""
        left = redact(self.text, after_prompt=self.after_prompt).text
        outside = _SECRET.sub(" ", _marked(self))
        return any(
            secret in left or any(part in left and part not in outside for part in _PART.findall(secret))
            for secret in self.secrets
        )


def _marked(message: Message) -> str:
    text = message.text
    for secret in sorted(message.secrets, key=len, reverse=True):
        text = text.replace(secret, f"⟦{secret}⟧")
    return text


@cache
def passwords(language: str) -> tuple[Message, ...]:
    lines = (HERE / "passwords" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(Message(_SECRET.sub(r"\1", line), tuple(_SECRET.findall(line))) for line in lines)


# --- free passwords that were written before anything of redaction was read, in halves that are files ---

BLIND = HERE / "blind"
BLIND_LANGUAGES = ("nb", "sv", "de", "en")  # Nynorsk stands among the Norwegian ones
_AFTER_PROMPT, _NEW_LINE = "?> ", "↵"  # something has just asked for a secret; a line break in a message


@cache
def blind_passwords(language: str, half: Half) -> tuple[Message, ...]:
    return tuple(map(_blind, _lines(BLIND / half / "passwords" / f"{language}.txt")))


def blind_clean(half: Half) -> list[str]:
    return [
        line for language in BLIND_LANGUAGES for line in _lines(BLIND / half / "clean" / f"{language}.txt")
    ]


def _blind(line: str) -> Message:
    text = line.removeprefix(_AFTER_PROMPT).replace(_NEW_LINE, "\n")
    return Message(
        _SECRET.sub(r"\1", text), tuple(_SECRET.findall(text)), after_prompt=line.startswith(_AFTER_PROMPT)
    )


def half_of(text: str) -> Half:
    return "work" if hashlib.sha256(text.encode()).digest()[0] % 2 else "measure"


def caught(messages: Iterable[Message]) -> tuple[int, int]:
    """How many of how many lost every secret."""
    found = [not message.leaks for message in messages]
    return sum(found), len(found)


# --- clean messages ---

ROOT = HERE.parent.parent
GATHERED_LANGUAGES = ("nb", "sv", "de", "en")  # Nynorsk stands among the Norwegian ones
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
CLEAN = 5_000


@cache
def clean() -> tuple[str, ...]:
    """5,000 messages without a secret: all that were written to look as if, the others from what employees are known to
    ask, evenly over languages and files."""
    hard = [line for language in LANGUAGES for line in _lines(HERE / "clean" / f"{language}.txt")]
    each = (CLEAN - len(hard)) // len(GATHERED_LANGUAGES) + 1
    gathered = [line for language in GATHERED_LANGUAGES for line in _gathered(language)[:each]]
    return tuple([*hard, *gathered][:CLEAN])


def _gathered(language: str) -> list[str]:
    """In an order that is the same each time and has nothing to do with their subject."""
    asked = {
        _ENTITY.sub(r"\1", line.removeprefix("- ").strip())
        for file in sorted((ROOT / "data" / "nlu" / language).glob("*.yml"))
        for line in _lines(file)
        if line.lstrip().startswith("- ") and "intent:" not in line
    }
    asked |= {
        line.removeprefix("- ").strip()
        for file in sorted((ROOT / "kb_articles" / language).glob("*.md"))
        for line in _lines(file)
        if line.startswith("  - ") or len(line.split()) > 4
    }
    return sorted(asked, key=lambda line: hashlib.sha256(line.encode()).digest())


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def touched(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if redact(text).text != text]
