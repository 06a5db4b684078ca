"""What may reach the engine, and what a typed message may not do to Rasa."""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 600

# Looks like a slash, is none to Rasa, and has the same length, so that entity positions stay right.
DIVISION_SLASH = "\u2215"
_COMMAND = "/"
_EXTERNAL = "EXTERNAL:"
_UNSAFE = frozenset({"Cc", "Cs", "Cn", "Co"})


def clean(text: str) -> str:
    """The text as the engine may have it: NFKC, at most 600 characters, one line, spaces folded.

    The engine is fed nothing else. It is C code with a fixed buffer: U+FDFA alone grows to 18 characters
    under NFKC, and a dozen of them corrupt its heap. Hence the second cut, after normalising.
    """
    normal = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS]
    if not normal.isprintable():  # else there is none of _UNSAFE in it, as in almost every message
        normal = "".join(" " if unicodedata.category(c) in _UNSAFE else c for c in normal)
    return " ".join(normal.replace(DIVISION_SLASH, "/").split())


def as_typed(text: str) -> str:
    """The text as a person's words: nothing in it is an order to Rasa (S9, U4). As long as before.

    Rasa obeys a leading `/intent{"slot": 1}` and takes `EXTERNAL: x` for an event of its own. Only what a
    button sent may do that, and buttons do not come through here.
    """
    lead = len(text) - len(text.lstrip())
    head, body = text[:lead], text[lead:]
    if body.startswith(_COMMAND):
        return head + DIVISION_SLASH + body[1:]
    if body.upper().startswith(_EXTERNAL):
        return head + body[: len(_EXTERNAL) - 1] + "\uff1a" + body[len(_EXTERNAL) :]
    return text


def is_command(text: str) -> bool:
    """Whether Rasa will read the text as a button's payload instead of as words."""
    return text.lstrip().startswith(_COMMAND)
