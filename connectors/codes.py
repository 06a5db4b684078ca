"""Finding a one-time code that was typed into the chat, before anything else sees the message (S3, D3).

This only says "that could be one": whether a code is waited for, and whether it is right, the actions process
knows."""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 160
MAX_OTHER_WORDS = 4
MAX_WORDS_WITH_CUE = 12

_DIGIT_WORDS = {
    "0": "null noll zero nul",
    "1": "en ett ein én eitt eins one",
    "2": "to två zwei two tva zwo",
    "3": "tre drei three",
    "4": "fire fyra vier four",
    "5": "fem fünf five fuenf",
    "6": "seks sex sechs six",
    "7": "sju syv sieben seven",
    "8": "åtte atte åtta atta acht eight",
    "9": "ni neun nine",
}
_DIGIT_OF = {word: digit for digit, words in _DIGIT_WORDS.items() for word in words.split()}
_CUES = re.compile(
    r"kod|code|\bpin\b|\botp\b|engangs|engång|einmal|one[- ]time|passcode|sms|siffer|siffr|ziffer|digits|"
    r"authenticator|autentis|verif",
    re.IGNORECASE,
)
_OTHER_NUMBERS = re.compile(
    r"ring|call|phone|telefon|tlf|mobil|handy|anruf|nummer|number|\bsak|\bcase|ticket|ärende|arende|vorgang|"
    r"error|feil|fel\b|fehler|asset|serie|serial|dato|datum|date",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?<![\w.,:/+\\#-])\d(?:[ -]{0,2}\d){5,7}(?![\w:/\\]|[ \-.,]{0,2}\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4}")
_WORD = re.compile(r"[^\W\d_]+")


def code_in(text: str) -> str | None:
    """The 6 to 8 digits that look like a code: alone, after a cue ("koden er 123 456"), or with few other
    words."""
    if len(text) > MAX_TEXT:
        return None
    plain = _plain(text)
    runs = _RUN.findall(_DATE.sub("x", plain))
    if not runs:
        return _spelt_out(plain)
    if len(runs) > 1:
        return None
    rest = plain.replace(runs[0], " ")
    words = _WORD.findall(rest)
    if _CUES.search(rest):
        return _digits(runs[0]) if len(words) <= MAX_WORDS_WITH_CUE else None
    if _OTHER_NUMBERS.search(rest) or any(c.isdigit() for c in rest):
        return None
    return _digits(runs[0]) if len(words) <= MAX_OTHER_WORDS else None


def code_typed(text: str) -> str | None:
    """The digits of a code field's content, or None where it cannot be a code."""
    digits = _digits(_plain(text))
    return digits if 6 <= len(digits) <= 8 else None


def _plain(text: str) -> str:
    """NFKC, so that full-width digits are digits; decimal digits as ASCII; odd spaces and dashes as plain
    ones."""
    folded = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category == "Nd":
            folded.append(str(unicodedata.digit(character)))
        elif category == "Pd":
            folded.append("-")
        elif category in ("Zs", "Cf"):
            folded.append(" " if category == "Zs" else "")
        else:
            folded.append(character)
    return "".join(folded).strip()


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())


def _spelt_out(plain: str) -> str | None:
    words = _WORD.findall(plain.casefold())
    digits = "".join(_DIGIT_OF.get(word, "") for word in words)
    others = sum(word not in _DIGIT_OF for word in words)
    return digits if 6 <= len(digits) <= 8 and others <= MAX_OTHER_WORDS else None
