"""Values before the word for a password, and pairs: "I had Tiger as my password", "Redwine or Whitewine"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from servicedesk.redaction import grammar, topics, words
from servicedesk.redaction.sentence import Range, Token, closes, goes_on, may_be, stands_out

_BEHIND = 10  # words looked back at
_USES = frozenset().union(
    topics.REFUSED_IT, topics.USED, topics.TYPED, grammar.HAS, grammar.IS, grammar.ITS, grammar.MAY, grammar.HOLDS,
    grammar.VERBS, grammar.PLEASE,
)  # fmt: skip
_DIGIT = re.compile(r"\d{1,8}")
_QUOTED = re.compile('["“”„«»]')


def named_as(tokens: Sequence[Token], cue: int) -> Sequence[Token]:
    """ "I always had Tiger as my password", "why is Easter not allowed as a password", "it is Tiger, that's my password"."""
    index = cue - 1
    while index >= 0 and tokens[index].word in words.DETERMINERS | grammar.ADJECTIVES:
        index -= 1
    if index > 0 and tokens[index].word in topics.REFUSED and _QUOTED.search(tokens[index - 1].opened):
        value = tokens[index - 1]  # '"pineapple" wrong password'
        return (value,) if _QUOTED.search(value.closed) and stands_out(value) else ()
    if index > 1 and tokens[index].word in grammar.IS and tokens[index - 1].word in words.THAT:
        value = tokens[index - 2]  # "(pineapple) that is my password"
        if value.closed[:1] in (")", ",") and stands_out(value):
            return (value,)
    if index > 0 and index < cue - 1 and tokens[index - (tokens[index].word == "be")].word not in words.AS:
        value = tokens[index - (tokens[index].word == "be")]  # "is pineapple a good password"
        at = index - (tokens[index].word == "be")
        if at > 0 and tokens[at - 1].word in grammar.ASKS and stands_out(value):
            return (value,)
    if 1 < index == cue - 1 and tokens[index - 1].word in words.AS:  # "as starter password"
        index -= 1
    if index < 1 or tokens[index].word not in words.AS | grammar.THATS:
        return ()
    index -= 1
    low = max(0, cue - _BEHIND)
    while index >= low and (tokens[index].word in grammar.BETWEEN or tokens[index].word in topics.REFUSED_IT):
        index -= 1
    if index < 1 or not may_be(tokens[index]):
        return ()
    first = index
    while first - 1 >= low and not tokens[first - 1].ends and goes_on(tokens[first - 1]):
        first -= 1
    while not may_be(tokens[first]):
        first += 1
    before = {token.word for token in tokens[max(0, first - 6) : first]}
    if not before & _USES:  # nothing but the word itself speaks for it
        first = index + 1
        while first - 1 >= low and stands_out(tokens[first - 1]):
            first -= 1
    if any(token.word in grammar.NOT_PASSWORDS for token in tokens[first : index + 1]):
        return ()
    return tokens[first : index + 1]


def composed(tokens: Sequence[Token], then: int) -> Sequence[Token]:
    """ "it was something with Ronaldo and then 7 at the end"."""
    if tokens[then].word in grammar.OR:
        return ()
    number = next((t for t in tokens[then + 1 : then + 3] if _DIGIT.fullmatch(t.text)), None)
    if number is None:
        return ()
    if tokens[then].word in grammar.AND and tokens[then + 1] is number:  # "Biscuit and 99"
        name = tokens[then - 1]
        return (
            (name, number) if then and len(number.text) > 1 and name.text.istitle() and may_be(name) else ()
        )
    if tokens[then].word not in grammar.THEN:
        return ()
    for token in reversed(tokens[max(0, then - 4) : then]):
        if may_be(token):
            return token, number
    return ()


def doubted(tokens: Sequence[Token], index: int) -> Sequence[Token]:
    """ "I forgot whether it was Redwine or Whitewine": two tries that begin or end alike."""
    if tokens[index].word not in grammar.OR or not 1 < index < len(tokens) - 1:
        return ()
    one, other = tokens[index - 1], tokens[index + 1]
    alike = one.word != other.word and (one.word[:4] == other.word[:4] or one.word[-3:] == other.word[-3:])
    named = (
        one.text[:1].isupper() and other.text[:1].isupper() and tokens[index - 2].word in grammar.IS | {"es"}
    )
    return (one, other) if alike and named and may_be(one) and may_be(other) else ()


def spelled(tokens: Sequence[Token], capital: int) -> Range:
    """ "it is pineapple with a capital P"."""
    index = capital - 1
    while index > 0 and tokens[index].word in grammar.ARTICLES:
        index -= 1
    if index < 1 or tokens[index].word not in grammar.WITH:
        return None
    if capital + 1 >= len(tokens) or len(tokens[capital + 1].text) > 1:
        return None  # "with capital letters"
    return (index - 1, index - 1) if may_be(tokens[index - 1]) and not tokens[index - 1].ends else None


def old_or_new(tokens: Sequence[Token], age: int) -> Range:
    """ "the old one was pineapple and the new one is lemon"."""
    index = age + 1 + (age + 1 < len(tokens) and tokens[age + 1].word in grammar.ONE)
    if index + 1 < len(tokens) and tokens[index].word in grammar.IS and not tokens[index].ends:
        value = tokens[index + 1]
        if stands_out(value) and (closes(tokens, index + 1) or tokens[index + 2].word in grammar.AND):
            return index + 1, index + 1
    return None


def from_to(tokens: Sequence[Token], start: int) -> Sequence[Token]:
    """ "change my password from pineapple to lemon"."""
    if start + 3 >= len(tokens) or tokens[start + 2].word not in topics.TOWARD:
        return ()
    one, other = tokens[start + 1], tokens[start + 3]
    return (one, other) if stands_out(one) and may_be(other) else ()
