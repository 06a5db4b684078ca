"""Whether an outage may be the cause: its service is what fails, by the employee's own words."""

from __future__ import annotations

import re

from servicedesk.handover.clauses import clauses, sentences

# "The camera is upside down in Teams", "I called from Teams": there it is where, and not what.
_WHERE = re.compile(
    r"\b(?:in|im|i|på|from|from within|från|fra|frå|von|vom|aus|über|via|through|om|about|auf|per|using|ut)"
    r"(?: (?:the|die|das|den|der|dem|min|my|our|vår|vårt|unser\w*))?\W*$"
)
# "I do not get into Teams", "kommer ikke inn på Teams": all of it fails.
_ENTRY = re.compile(
    r"\b(?:inn|into|rein|hinein|logg\w*|log|login|sign|einlogg\w*|anmeld\w*|open\w*|opna|opne\w*|åpne\w*|öppna\w*|öffn\w*|start\w*)\b"
    r"|\b(?:komm\w*|kjem\w*|kommer)\b"
)


def is_said_to_fail(service: str, words: str) -> bool:
    """Whether these words name the service, and not only as the place where something else fails."""
    name = re.compile(rf"(?<!\w){re.escape(service.casefold())}(?![\w-])")
    small = words.casefold()
    for sentence in sentences(small):
        for span in clauses(small, sentence):
            clause = small[slice(*span)]
            for found in name.finditer(clause):
                if not _WHERE.search(clause[: found.start()]) or _ENTRY.search(clause):
                    return True
    return False
