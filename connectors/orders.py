"""What only a button or Rasa itself says: a whole message that is `/intent`, `/intent{"slot": 1}` or `EXTERNAL: x` (U4).

`as_typed` keeps Rasa from obeying it. But a name such as `code_entered` is no sentence in any language, and the
classifier, which has to find something in it, heard an intruder's work. So it is answered before anybody guesses."""

from __future__ import annotations

import re
import unicodedata

from bot.nlu.text import DIVISION_SLASH

_ORDER = re.compile(
    rf"[/\\{DIVISION_SLASH}]+\s*[^\W\d][\w-]*\s*(?:[{{\[(].*)?" r"|EXTERNAL\s*:\s*/?[^\W\d][\w-]*",
    re.IGNORECASE | re.DOTALL,
)


def is_order(text: str) -> bool:
    """Whether this is nothing but an order. Words behind it, a path or a quoted subject line are an employee's words."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return _ORDER.fullmatch(plain.strip()) is not None
