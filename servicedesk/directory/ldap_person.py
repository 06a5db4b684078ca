"""What directories write about people, in the port's terms."""

from __future__ import annotations

from datetime import datetime, timezone

import phonenumbers

LANGUAGES = {"nb": "nb", "no": "nb", "nn": "nb", "sv": "sv", "de": "de", "en": "en"}
COUNTRY_LANGUAGES = {"NO": "nb", "SE": "sv", "DE": "de", "AT": "de", "CH": "de", "LI": "de"}
LONGEST_NAME = 256  # characters; a sign-in name or an address is never longer (RFC 5321)


def language_of(preferred: str, country: str) -> str:
    """The best of the four for "sv-SE", "no", "de;q=0.8, en" or nothing (RFC 2798, preferredLanguage)."""
    for choice in preferred.split(","):
        tag = choice.split(";")[0].strip().lower().replace("_", "-").split("-")[0]
        if tag in LANGUAGES:
            return LANGUAGES[tag]
    return COUNTRY_LANGUAGES.get(country, "en")


def number_of(text: str, country: str) -> str | None:
    """The number in E.164, "+4790012345"; None where it is none, or national and nobody knows of which country."""
    try:
        parsed = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def time_of(text: str) -> datetime | None:
    """LDAP's generalized time in UTC, "20261130030032Z" or "20261130030228.0Z"; None where it is none."""
    digits, _, _ = text.removesuffix("Z").partition(".")
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def text_of(at: datetime) -> str:
    """The same way back, "20261130030032Z"."""
    return at.astimezone(timezone.utc).strftime("%Y%m%d%H%M%SZ")


def is_plausible_name(name: str) -> bool:
    """Whether this can be a sign-in name or an address at all: control characters and half characters are in
    none (U10)."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()
