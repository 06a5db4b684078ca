"""What somebody types into a field, answers to a security question, and keys of networks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from servicedesk.redaction import grammar, words
from servicedesk.redaction.sentence import DETOUR, Range, Token, phrase

_NO_VALUE = re.compile(  # what else one types into a field
    r"adress|post|mail|num[bmr]|navn|name?$|namn|text|tekst|søk|such|search|schlüssel|taste|knapp|kennung|captcha|kürzel|"
    r"data|daten|siffer|siffr|ziffer|zahl|zeichen|tegn|teikn|tecken|charact|letter|bokst|buchst|info|skjema|formular|svar|"
    r"answer|antwort|befehl|kommando|command|kod|code|bruker|brukar|benutzer|använd|user|konto|account|link|lenk|länk|url|pin$"
)

_AS_I_SAID = frozenset(
    {"ju", "jo", "doch", "ja", "redan", "allerede", "alt", "allereie", "already", "schon", "bereits"}
)


def written(tokens: Sequence[Token], verb: int, *, of_passwords: bool) -> Range:
    """ "this is exactly what I type: pineapple"; not "I have written that already: Anna", "skrev ju: Anna"."""
    to_us = tokens[verb].word in grammar.WRITTEN or any(
        token.word in _AS_I_SAID for token in tokens[verb + 1 : verb + 3]
    )
    if to_us and not of_passwords:
        return None
    for index in range(verb, min(verb + 3, len(tokens) - 1)):
        if ":" in tokens[index].closed:
            end = phrase(tokens, index + 1, whole=True)
            return (index + 1, end) if end is not None and tokens[end].ends else None
        if tokens[index].ends:
            return None
    return None


def answer(tokens: Sequence[Token], cue: int) -> Range:
    """ "the answer to my security question is Oakwood", "mother's maiden name: Jones"."""
    for index in range(cue, min(cue + 1 + DETOUR, len(tokens) - 1)):
        token = tokens[index]
        if token.word in grammar.IS or ":" in token.closed or token.text in ("=", "-", "–"):
            end = phrase(tokens, index + 1)
            if end is not None:
                return index + 1, end
    return None


def network(tokens: Sequence[Token], cue: int) -> Range:
    """ "wifi: Guests / soup with bread"."""
    for index in range(cue + 1, min(cue + 5, len(tokens) - 1)):
        if not tokens[index].text.strip("/|,"):
            end = phrase(tokens, index + 1, whole=True)
            return None if end is None else (index + 1, end)
    return None


def has_subject(tokens: Sequence[Token], verb: int) -> bool:
    """A tale rather than an order: "I type …", not "Type … in the field"."""
    return any(token.word in grammar.SUBJECTS for token in tokens[max(0, verb - 3) : verb + 2])


def typed(tokens: Sequence[Token], cue: int, *, signing_in: bool) -> Range:
    """ "I type pineapple in the box", "wrote three blind mice at the login": what stands between the verb and the field."""
    if tokens[cue].ends:
        return None
    begin = cue + 1
    while begin < len(tokens) and tokens[begin].word in grammar.INWARD:
        begin += 1
    if begin < len(tokens) - 1 and tokens[begin].word in words.DIGITS:  # "three blind mice"
        end = phrase(tokens, begin + 1)
    else:
        end = phrase(tokens, begin)
    if end is not None and any(
        _NO_VALUE.search(token.word) or "`" in token.opened or "*" in token.opened
        for token in tokens[begin : end + 1]
    ):
        return None
    if end is None or end + 1 >= len(tokens):
        return None
    behind = []
    for index in range(end + 1, min(end + 6, len(tokens))):
        behind.append(tokens[index].word)
        if tokens[index].ends:
            break
    if tokens[end].ends or (
        tokens[cue].word in grammar.GERMAN_HAVE and not set(behind) & grammar.GERMAN_TYPED
    ):
        return None
    login = behind[0] in grammar.AT and bool(set(behind) & grammar.LOGINS)
    signing_in = (
        signing_in and tokens[cue].word not in grammar.GERMAN_HAVE
    )  # "habe alles Mögliche eingegeben"
    plain = signing_in or tokens[cue].word in grammar.BASHED or any(map(str.isdigit, tokens[begin].text))
    return (begin, end) if login or (plain and set(behind) & grammar.FIELDS) else None
