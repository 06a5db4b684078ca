"""Numbers that stand for a person or for money: known by their check digits, or by the word before them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban, luhn
from stdnum.de import idnr
from stdnum.exceptions import ValidationError
from stdnum.no import fodselsnummer

from servicedesk.redaction.kinds import Kind, Span

_DIGITS = re.compile(r"(?<![\w.+/-])\d(?:[ \u00a0.+-]?\d){8,30}(?![\w])")
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}")
# Area, day of birth, first letter of the birth name, serial and check digit.
_SV = re.compile(r"(?<!\w)\d{2}[ -]?(\d{2})(\d{2})\d{2}[ -]?[A-Za-z][ -]?\d{3}(?!\w)")
_BITLOCKER = re.compile(r"(?<![\w-])\d{6}(?:[ \t\r\n-]{1,2}\d{6}){3,7}(?![\w-])")
_CUED = re.compile(
    r"(?i)(?<!\w)(?:f(?:ø|o|oe)dsels(?:nummer|nr)|personnummer|personnr|samordningsnummer|d-nummer|fnr|pnr|"
    r"steuer-?(?:id|identifikationsnummer|nummer)|sozialversicherungsnummer|rentenversicherungsnummer|sv-nummer|"
    r"(?:personal)?ausweis(?:nummer|nr)?|reisepass(?:nummer)?|pass(?:port)?[- ]?(?:nummer|number|nr)|"
    r"national id(?:entity)?(?: number)?|id[- ]card(?: number)?|national insurance(?: number)?|"
    r"social security number|ssn|nino|legitimasjonsnummer|id-?kort(?:nummer)?|id-?kortsnummer)"
    r"(?:e[tn]|s)?\b[\s:=.]{0,4}(?:(?:mitt|min|mein|meine|my|er|är|ist|is|nr|no|lautet|number)[\s:=.]{1,4}){0,4}"
    r"([A-Za-z0-9](?:[ .+-]?[A-Za-z0-9]){5,16})"
)


def number_spans(text: str) -> Iterator[Span]:
    for match in _BITLOCKER.finditer(text):
        yield Span(match.start(), match.end(), Kind.TOKEN)
    for match in _DIGITS.finditer(text):
        yield from _digit_spans(match)
    for match in _IBAN.finditer(text):
        yield from _iban_spans(match)
    for match in _SV.finditer(text):
        if _is_date(match[1], match[2]):
            yield Span(match.start(), match.end(), Kind.PERSONAL_NUMBER)
    for match in _CUED.finditer(text):
        end = _last_group_with_digit(match)
        if end:
            yield Span(match.start(1), end, Kind.PERSONAL_NUMBER)


def _digit_spans(match: re.Match[str]) -> Iterator[Span]:
    digits = re.sub(r"\D", "", match[0])
    if _is_card(digits):
        yield Span(match.start(), match.end(), Kind.CARD)
    elif _is_personal(digits, match[0]):
        yield Span(match.start(), match.end(), Kind.PERSONAL_NUMBER)


def _is_card(digits: str) -> bool:
    """By length and issuer: an IMEI passes Luhn's test too, and L1 needs it."""
    issuer = {
        13: ("4",),
        14: ("30", "36", "38"),
        15: ("34", "37"),
        16: ("4", "51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27", "6", "35"),
        19: ("4", "6"),
    }.get(len(digits))
    return issuer is not None and digits.startswith(issuer) and luhn.is_valid(digits)


def _is_personal(digits: str, written: str) -> bool:
    if len(digits) == 11:
        return _is_norwegian(digits) or (idnr.is_valid(digits) and "." not in written)
    if len(digits) in (10, 12) and "." not in written:
        return _is_swedish(digits, written)
    return False


def _is_norwegian(digits: str) -> bool:
    """Fødselsnummer, D-number, and the synthetic ones (month + 40, 65 or 80): by both check digits."""
    if not _is_date(digits[:2], digits[2:4]):
        return False
    try:
        first, second = fodselsnummer.calc_check_digit1(digits), fodselsnummer.calc_check_digit2(digits)
    except ValidationError:
        return False
    return digits[-2:] == f"{first}{second}"


def _is_swedish(digits: str, written: str) -> bool:
    """Personnummer, or samordningsnummer (day + 60)."""
    if len(digits) == 12 and digits[:2] not in ("18", "19", "20"):
        return False
    short = digits[-10:]
    separators = re.sub(r"\d", "", written)
    if separators and (len(separators) > 1 or written[-5] not in "-+ "):
        return False  # grouped like a telephone number
    return _is_date(short[4:6], short[2:4]) and luhn.is_valid(short)


def _is_date(day: str, month: str) -> bool:
    """Day (D-number + 40, samordningsnummer + 60) and month (synthetic + 40, 65, 80) could be of a birth."""
    return int(day) % 100 in _DAYS and int(month) in _MONTHS


_DAYS = frozenset([*range(1, 32), *range(41, 72), *range(61, 92)])
_MONTHS = frozenset(month + more for month in range(1, 13) for more in (0, 40, 65, 80))


def _iban_spans(match: re.Match[str]) -> Iterator[Span]:
    """The longest valid number that the match begins with: words may follow it without a comma."""
    found = 0
    number = ""
    head = int("".join(str(int(character, 36)) for character in match[0][:4]))
    remainder = 0  # of ISO 7064's mod 97-10, kept from character to character
    for index, character in enumerate(match[0]):
        if not character.isalnum():
            continue
        number += character
        if len(number) > 4:
            value = int(character, 36)
            remainder = (remainder * (10 if value < 10 else 100) + value) % 97
            if len(number) >= 15 and (remainder * 1_000_000 + head) % 97 == 1 and iban.is_valid(number):
                found = index + 1
    if found:
        yield Span(match.start(), match.start() + found, Kind.CARD)


def _last_group_with_digit(match: re.Match[str]) -> int:
    """Where the number ends: the words after it are not part of it. 0 when there is no number."""
    end = 0
    for group in re.finditer(r"[A-Za-z0-9.+-]+", match[1]):
        if not any(character.isdigit() for character in group[0]):
            if end or len(group[0]) > 2:
                break
            continue
        end = match.start(1) + group.end()
    return end
