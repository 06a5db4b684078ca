"""Which kind of device a text names: somebody who names none has a Windows computer, and is not to see the Mac's steps."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

USUAL: Final = "windows"
_NAMES: Final = {
    "windows": r"windows|win ?1[01]|pc(?:en|-en|:n|n)?",
    "mac": r"mac(?:book)?(?:en|-en|s|os)?|imac|apple-?(?:maskin|dator|rechner|computer)\w*",
    "phone": r"i?phone[ns]?|ipad(?:en)?|android|ios|mobile?(?:n|telefon\w*)?|telefon(?:en)?|tlf|smart(?:phone|telefon)\w*"
    r"|handys?|surfplatt\w*|nettbrett\w*|tablet\w*|cell(?:phone)?",
}
_PATTERN: Final = {name: re.compile(rf"\b(?:{words})\b", re.I) for name, words in _NAMES.items()}


@lru_cache(maxsize=1024)  # headings come again and again, and a question once an article
def named(text: str) -> frozenset[str]:
    """`windows`, `mac`, `phone`: all that the text names."""
    return frozenset(name for name, pattern in _PATTERN.items() if pattern.search(text))


def suits(heading: str, question: str) -> float:
    """1 where a section is for the device that is asked about, -1 where it is for another, else 0.

    Where no device is asked about, a section for Windows suits as one for none does.
    """
    for_devices, asked = named(heading), named(question)
    if not for_devices:
        return 0.0
    if asked:
        return 1.0 if for_devices & asked else -1.0
    return 0.0 if USUAL in for_devices else -1.0
