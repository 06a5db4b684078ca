"""What a new password must be, before the directory is asked (S5): long, and neither common, personal nor
predictable.

No rules of composition of ours: length and the lists decide. Where the directory has such a rule, it is said here
before the directory refuses. Nothing here stores or logs a password."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml
from zxcvbn import zxcvbn

from servicedesk.directory.errors import PasswordFault
from servicedesk.directory.port import Account, PasswordPolicy

MAX_LENGTH = 128  # characters; longer ones only cost time
MIN_OWN_CHARACTERS = 6  # what must be left when common and predictable parts are taken out
MIN_DISTINCT = 6
MIN_GUESSES_LOG10 = 9.0  # below this an offline attack needs minutes
ZXCVBN_MAX = 64  # its time grows with the square of the length
FIRST_PICTURE = 0x2190  # arrows, symbols and emoji begin here: rarer than any letter
SHORTEST_NAME = 4  # "Ola" is part of too many words to be refused inside one
GENERIC_COMPANY_WORDS = frozenset({"group", "gruppen", "company", "holding", "limited", "gmbh"})

SIGNS = frozenset(
    "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"
)  # what Active Directory counts: a space is none of them

_LEET = str.maketrans("013457@$!€", "oieastasie")
_YEAR = re.compile(r"(?:19|20)\d\d")
_REPEAT = re.compile(r"(.)\1{2,}")


def faults(
    password: str, account: Account, policy: PasswordPolicy, *, min_length: int, company: str
) -> tuple[PasswordFault, ...]:
    """Everything that is wrong with this password for this account; empty when it is good."""
    found = []
    length = len(unicodedata.normalize("NFC", password))
    if length < max(min_length, policy.min_length):
        found.append(PasswordFault.TOO_SHORT)
    if length > MAX_LENGTH:
        return (*found, PasswordFault.TOO_LONG)
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in password):
        return (
            *found,
            PasswordFault.REFUSED,
        )  # control characters and half characters: no keyboard types them
    if policy.ascii_only and not password.isascii():
        found.append(PasswordFault.CHARACTERS)
    personal = personal_words(account, company)
    if _holds_any(password, personal):
        found.append(PasswordFault.PERSONAL)
    if count_kinds(password) < policy.kinds:
        found.append(PasswordFault.UNMIXED)
    weakness = None if found[:1] == [PasswordFault.TOO_SHORT] else _weakness(password, personal)
    if weakness is not None:
        found.append(weakness)
    return tuple(found)


def count_kinds(password: str) -> int:
    """How many of capital letters, small letters, digits, signs and letters without case are in it."""
    tests = (
        str.isupper,
        str.islower,
        lambda char: char in "0123456789",
        SIGNS.__contains__,
        lambda char: char.isalpha() and not char.isupper() and not char.islower(),
    )
    return sum(any(map(test, password)) for test in tests)


def personal_words(account: Account, company: str) -> frozenset[str]:
    """The own name, user name, address and the company's name, as they would be typed into a password."""
    sources = (account.username, account.display_name, account.given_name, account.email.split("@")[0])
    words = {word for text in sources for word in _words(text)}
    words |= {word for word in _words(company) if word not in GENERIC_COMPANY_WORDS}
    return frozenset(word for word in words if len(word) >= SHORTEST_NAME)


def _words(text: str) -> set[str]:
    folded = text.casefold()
    parts = re.split(r"[^\w]|_", folded)
    return {part for part in [*parts, *(_plain(part) for part in parts), "".join(parts)] if part}


def _plain(text: str) -> str:
    """Without accents: "Müller" is typed "Muller" too."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return (
        "".join(char for char in decomposed if not unicodedata.combining(char))
        .replace("ø", "o")
        .replace("ı", "i")
    )


def _spellings(password: str) -> tuple[str, ...]:
    """The password as it is, without accents, and with 0 for o and its like undone."""
    folded = password.casefold()
    plain = _plain(password)
    return folded, plain, plain.translate(_LEET)


def _holds_any(password: str, words: frozenset[str]) -> bool:
    return any(word in spelling for spelling in _spellings(password) for word in words)


def _weakness(password: str, personal: frozenset[str]) -> PasswordFault | None:
    lists = _lists()
    own_after_common = min(_left_over(spelling, lists["common"]) for spelling in _spellings(password))
    if own_after_common < MIN_OWN_CHARACTERS and _holds_any(password, frozenset(lists["common"])):
        return PasswordFault.COMMON
    every = (*lists["predictable"], *lists["common"], *sorted(personal, key=len, reverse=True))
    if min(_left_over(spelling, every) for spelling in _spellings(password)) < MIN_OWN_CHARACTERS:
        return PasswordFault.PREDICTABLE
    if len(set(password.casefold())) < MIN_DISTINCT or _is_repetition(password):
        return PasswordFault.PREDICTABLE
    return _guessed(password, personal)


def _left_over(spelling: str, words: tuple[str, ...]) -> int:
    """How many letters nobody would guess: those outside the listed words, years, digits, signs and
    repeats."""
    rest = _YEAR.sub(" ", spelling)
    for word in words:
        rest = rest.replace(word, " ")
    rest = _REPEAT.sub(" ", rest)
    return sum(char.isalpha() or ord(char) >= FIRST_PICTURE for char in rest)


def _is_repetition(password: str) -> bool:
    """Whether it is one short piece over and over, "abcabcabcabcabc"."""
    folded = password.casefold()
    return len(folded) > 1 and folded in (folded + folded)[1:-1] and (folded + folded).find(folded, 1) < 8


def _guessed(password: str, personal: frozenset[str]) -> PasswordFault | None:
    result = zxcvbn(password[:ZXCVBN_MAX], user_inputs=sorted(personal))
    if result["guesses_log10"] >= MIN_GUESSES_LOG10:
        return None
    lists = {match.get("dictionary_name") for match in result["sequence"]}
    return PasswordFault.COMMON if "passwords" in lists else PasswordFault.PREDICTABLE


@lru_cache(maxsize=1)
def _lists() -> dict[str, tuple[str, ...]]:
    """The words, longest first, so that no part of a word is taken out before the whole."""
    read = yaml.safe_load((Path(__file__).parent / "password_words.yml").read_text(encoding="utf-8"))
    return {name: tuple(sorted(set(words), key=len, reverse=True)) for name, words in read.items()}
