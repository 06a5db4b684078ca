"""What the words of an answer come to, without those round them: "Helen Ward will approve" is Helen Ward.

Nothing is lost by it: a sentence that says something else is handed back, and what is in doubt stays as it was written."""

from __future__ import annotations

import re

from servicedesk.handover.clauses import sentences
from servicedesk.handover.facts import FactKind

A_NAME = 3  # letters; "we" is nobody's
ENDS = " ,;.!"
_AFTER_A_NUMBER = re.compile(r"(?<=\d{3}\.)\s+")  # "4120. He ..." ends a sentence, "2. floor" does not


def value(kind: FactKind, words: str, language: str) -> tuple[str, str]:
    """The value and the sentences beside it that are no part of it."""
    plain = words.replace("’", "'").strip(ENDS)
    bare = kind.around.sub("", plain).strip(ENDS) if kind.around else plain
    for pattern, says in kind.means:
        if pattern.fullmatch(plain) or pattern.fullmatch(bare):
            return says[language], ""
    if kind.only:
        return _only(kind, words)
    return (bare if bare != plain and len(bare) >= A_NAME else words), ""


def _only(kind: FactKind, words: str) -> tuple[str, str]:
    """Of a number the number, where it stands there once and nothing else does in its sentence."""
    cut = (part for span in sentences(words) for part in _AFTER_A_NUMBER.split(words[slice(*span)]))
    parts = [part.strip(ENDS) for part in cut]
    told = [each for each in parts if kind.only and kind.only.fullmatch(each)]
    if len(told) != 1 or kind.only is None:
        return words, ""
    found = kind.only.fullmatch(told[0])
    return (found["value"] if found else words), ". ".join(each for each in parts if each not in told)
