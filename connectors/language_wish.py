"""An order for another language inside a message: "2 screens, please. Please write English."

Only a sentence of its own that tells us to write or speak is one: "the keyboard writes English" is a problem, and
"English, please" may be the answer to which edition is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4_000
_NAMES: Final = {
    "nb": "norsk|bokmål|nynorsk|norska|norwegisch|norwegian",
    "sv": "svensk|svenska|schwedisch|swedish",
    "de": "tysk|tyska|deutsch|german",
    "en": "engelsk|engelska|englisch|english",
}
_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?\n]*\s*")
_VERB: Final = (
    "skriv|svar|snakk|fortsett|bytt|svara|prata|tala|fortsätt|byt|skrive|svare|snakke|fortsette|bytte|skriva|fortsätta|byta"
    "|schreib|schreiben|schreibe|antworte|antworten|sprich|sprechen|wechseln|write|answer|reply|respond|speak|talk|continue"
    "|switch|change"
)
_POLITE: Final = (
    "please|kindly|can you|could you|can we|kan du|kan ni|kan vi|vær så snill|vennligst|snälla|var snäll och|bitte"
    "|kannst du|können sie|können wir|og|och|und|and"
)
_LANGUAGE: Final = "|".join(f"(?P<{code}>{names})" for code, names in _NAMES.items())
_ORDER: Final = re.compile(
    rf"(?:(?:{_POLITE})[,\s]+){{0,3}}(?:{_VERB})(?:\s(?:sie|wir|to me|til meg|till mig|bitte|please|heller|hellre|lieber))?"
    rf"\s(?:(?:in|på|auf|to|til|till)\s)?(?:{_LANGUAGE})"
    r"(?:[,\s]+(?:please|takk|tack|bitte|thanks|thank you|danke|instead|i stedet|istället|to me|er du snill))*[.!?\s]*",
    re.I,
)
# The verb last: "können Sie bitte auf Deutsch antworten?"
_GERMAN: Final = re.compile(
    rf"(?:(?:{_POLITE})[,\s]+){{1,3}}(?:in|auf)\s(?:{_LANGUAGE})\s(?:{_VERB})(?:[,\s]+bitte)?[.!?\s]*", re.I
)


@dataclass(frozen=True, slots=True)
class LanguageWish:
    language: str
    rest: str  # what else the message says; "" where nothing does


def language_wish(text: str) -> LanguageWish | None:
    """The newest order for a language in these words; None where there is none."""
    language = ""
    rest = []
    for sentence in _SENTENCE.findall(text[:LONGEST]):
        found = _ORDER.fullmatch(sentence.strip()) or _GERMAN.fullmatch(sentence.strip())
        if found:
            language = str(found.lastgroup)
        else:
            rest.append(sentence)
    return LanguageWish(language, "".join(rest).strip() + text[LONGEST:]) if language else None
