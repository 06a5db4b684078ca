""" "Yes please, my colleague has it too": a yes to an offer, and what is told in the same breath.

To the intent model such a message is about what it tells, for that is most of it."""

from __future__ import annotations

import re
from typing import Final

FEWEST: Final = 2  # words that tell something beside the yes
_WORDS: Final = r"ja|jada|joda|jo|jepp|japp|jaa|joo|jawohl|yes|yep|yeah|yup|gjerne|gärna|gern|gerne"
_BUT: Final = r"(?!\s*,?\s*(?:men|aber|but)\b)"  # "yes, but I want to try it first"
_YES: Final = re.compile(rf"\s*(?:{_WORDS})\b{_BUT}[\s.,;:!–-]*", re.I)
_YES_BUT: Final = re.compile(rf"\s*(?:{_WORDS})\b[\s.,;:!–-]*(?:(?:men|aber|but|doch)\b[\s,:]*)?", re.I)
_POLITE: Final = re.compile(
    r"(?:tusen takk|takk|tack|vielen dank|danke|thanks|thank you|please|bitte|gjerne|gärna|gern|gerne"
    r"|(?:det hadde v\w+|det vore|det hade varit|das w(?:ä|ae)re|that would be|that['’]?d be)"
    r" (?:(?:veldig|kjempe|svært|mycket|väldigt|riktigt|jätte|sehr|ganz|very|really|so) )?\w+"
    r"|(?:gjør|gjer|gör|send) det|mach(?:en sie)? das|schicken sie (?:es|das)|do that|send(?: it)?|skicka(?: det)?)"
    r"(?:[\s.,!;:–-]+|$)",
    re.I,
)


def rest_of_yes(text: str, *, but: bool = False) -> str | None:
    """What is told beside a yes; None where the text begins with no yes, or is nothing but one. With `but`, a "yes, but"
    is a yes as well."""
    found = (_YES_BUT if but else _YES).match(text)
    if found is None:
        return None
    rest = text[found.end() :]
    while polite := _POLITE.match(rest):
        rest = rest[polite.end() :]
    return rest.strip() if len(rest.split()) >= FEWEST else None
