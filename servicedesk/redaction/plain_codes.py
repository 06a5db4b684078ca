"""PINs and door codes, which have fewer digits than other codes, and codes that are words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from servicedesk.redaction import grammar, topics, words
from servicedesk.redaction.sentence import DETOUR, Range, Token, may_be, phrase

_DIGIT = re.compile(r"\d{1,8}")
_SECRET_CODE = re.compile(
    r"(?:sikkerhets|sikkerheits|säkerhets|sicherheits|security|door|dør|dörr|tür|port|adgangs|tilgangs|zugangs|access|"
    r"alarm|larm|skjerm|skärm|låse|lås|sperr|entsperr|sms|engangs|eingongs|engångs|einmal|pin|puk|tan|kort|karten|"
    r"bank|bankid|mobil|telefon|handy|gerät)[a-zåäö]{0,10}-?(?:kode|kod|code|pin|zahl)(?:n|en|s|a)?"
)


def is_code(tokens: Sequence[Token], index: int) -> bool:
    """A word for a secret code: "PIN", "door code", "sikkerhetskoden"."""
    word = tokens[index].word
    if word in words.CODES | words.PINS:
        return not index or tokens[index - 1].word not in words.NOT_SECRET_CODES
    return bool(_SECRET_CODE.fullmatch(word))


def coded(tokens: Sequence[Token], cue: int) -> Range:
    """ "the code for the meeting room is 9917", "security code 7007", "my code was pineapple"."""
    own = tokens[cue - 1].word in topics.POSSESSIVES if cue else False
    for index in range(cue + 1, min(cue + 2 + DETOUR, len(tokens))):
        before, token = tokens[index - 1], tokens[index]
        own = own or token.word in topics.POSSESSIVES
        said = before.word in grammar.IS or ":" in before.closed or "=" in before.closed or before.text == "="
        known = tokens[cue].word not in words.BARE_CODES or bool(
            cue and tokens[cue - 1].word in grammar.HAS | grammar.SECURITY
        )
        if _DIGIT.fullmatch(token.text) and (said or (known and index <= cue + 2)):
            end = index
            while end + 1 < len(tokens) and not tokens[end].ends and _DIGIT.fullmatch(tokens[end + 1].text):
                end += 1
            count = sum(len(part.text) for part in tokens[index : end + 1])
            return (index, end) if 4 <= count <= 12 else None
        if said and own and may_be(token) and tokens[cue].word in words.BARE_CODES:
            return index, phrase(tokens, index) or index
        if before.ends or token.word in grammar.VERBS:
            return None
    return None
