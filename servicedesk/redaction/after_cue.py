"""Values that stand right behind a word for a password, or behind "is"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from servicedesk.redaction import grammar, topics, words
from servicedesk.redaction.sentence import (
    DETOUR,
    PHRASE,
    Range,
    Token,
    closes,
    goes_on,
    may_be,
    phrase,
    stands_out,
)

_USER = re.compile(r"(?i)[a-zæøåäöüß]{1,20}[._][a-zæøåäöüß]{2,20}|[\w.+-]{1,40}@[\w.-]{3,60}")
_NORSE = ("ord", "ordet", "lösen")  # cues behind which no German verb stands
_HEDGES = grammar.STILL | grammar.PARTICLES | grammar.MAYBE | topics.POSSESSIVES | grammar.POSSESSORS
_AFTER_VALUE = grammar.AND | grammar.GOES_ON | grammar.TURNS | grammar.FAILS | topics.REFUSED | grammar.STILL


def said(tokens: Sequence[Token], cue: int) -> Range:
    """ "the password for my boss's account is Trafalgar"."""
    index = cue + 1
    if tokens[cue].ends:
        return None
    if tokens[cue].word.endswith(("'s", "’s")):
        end = phrase(tokens, index)
        return None if end is None else (index, end)
    relative = index < len(tokens) and tokens[index].word in grammar.RELATIVE
    while index < min(cue + 1 + DETOUR, len(tokens)):
        token = tokens[index]
        if token.word in grammar.MODALS and index + 1 < len(tokens) and tokens[index + 1].word in grammar.BE:
            index += 1
            break
        german = token.word == "er" and "wort" in tokens[cue].word
        if token.word in grammar.IS and not (token.ends or german):
            break
        if token.ends or german or token.word in words.THAT | grammar.AND:
            return None
        if (
            not relative
            and token.word in grammar.VERBS | grammar.SUBJECTS
            and index > cue + (token.word in grammar.SUBJECTS)
        ):
            return None
        index += 1
    else:
        return None
    index += 1
    while index < len(tokens) and tokens[index].word in grammar.STILL and not tokens[index - 1].ends:
        index += 1
    if index >= len(tokens) or "name" in tokens[index].word:
        return None
    if tokens[index].text.islower() and topics.is_participle(tokens[index].word, weak=True):
        return None
    end = phrase(tokens, index)
    far = any(
        token.word not in words.FILLERS | grammar.IS | grammar.STILL for token in tokens[cue + 1 : index]
    )
    if end is None or (far and tokens[end].text.islower() and not closes(tokens, end)):
        return None
    return index, end


def told(tokens: Sequence[Token], cue: int) -> Range:
    """ "pw: fox in the henhouse", "here is the password so that you can test it: tea", "password... king of spain"."""
    for index in range(cue, min(cue + 1 + DETOUR, len(tokens) - 1)):
        token = tokens[index]
        if ":" in token.closed or "=" in token.closed or (token.text in ("=", "-", "–", "") and index > cue):
            end = phrase(tokens, index + 1, whole=index == cue)
            return None if end is None or not tokens[end].ends else (index + 1, end)
        if token.closed.startswith(("..", "…")) and index == cue:
            end = phrase(tokens, index + 1, whole=True)
            return None if end is None else (index + 1, end)
        if token.ends:
            return None
    return None


def bracketed(tokens: Sequence[Token], cue: int) -> Range:
    """ "password (apple/pear) does not work"."""
    index = cue + 1
    if (
        index >= len(tokens)
        or "(" not in tokens[index].opened
        or tokens[cue].ends
        or len(tokens[index].text) < 3
    ):
        return None
    for end in range(index, min(index + PHRASE, len(tokens))):
        if not tokens[end].text.islower() or not (
            may_be(tokens[end]) or (end > index and goes_on(tokens[end]))
        ):
            return None
        if ")" in tokens[end].closed:
            return (index, end) if end > index or len(tokens[end].text) > 5 else None
    return None


def owned(tokens: Sequence[Token], cue: int) -> Range:
    """ "the zip has password pineapple", "user knut and password pineapple", and nothing but "password pineapple"."""
    index = cue + 1
    if index >= len(tokens) or tokens[cue].ends or topics.is_participle(tokens[index].word):
        return None
    end = phrase(tokens, index)
    if end is None or not closes(tokens, end):
        return None
    if tokens[index].word in grammar.HEADS:
        return None
    before = cue - 1
    while before >= 0 and tokens[before].word in grammar.ARTICLES | grammar.TEMPORARY:
        before -= 1
    definite = tokens[cue].word.endswith(
        ("rdet", "orda")
    )  # "now has the password expired" in Norwegian and Swedish
    if before >= 0 and tokens[before].word in grammar.HAS | grammar.GOT and not definite:
        return index, end
    joined = before > 0 and tokens[before].word in grammar.AND
    if before > 0 and _names_a_user(tokens, before - joined):
        return index, end
    fails = end + 1 < len(tokens) and not tokens[end].ends and tokens[end + 1].word in grammar.FAILS
    if (
        fails
        and end == index
        and '"' not in tokens[index].text
        and not topics.is_participle(tokens[index].word, weak=True)
    ):
        return index, end  # "the wifi password pineapple doesn't work"
    alone = (
        cue == 0 and index == len(tokens) - 1 and tokens[index].text.isalpha() and len(tokens[index].text) > 8
    )
    return (index, index) if alone and tokens[index].text.islower() else None


def _names_a_user(tokens: Sequence[Token], index: int) -> bool:
    """ "user knut", not "user" alone."""
    return (
        index > 0
        and tokens[index].word not in topics.USER_WORDS | words.ORDINARY
        and (tokens[index - 1].word in topics.USER_WORDS or bool(_USER.fullmatch(tokens[index].text)))
    )


def behind_user(tokens: Sequence[Token], label: int) -> Range:
    """ "login: kari.nordmann pineapple"."""
    end = label + 2
    if ":" not in tokens[label].closed or end >= len(tokens) or not _USER.fullmatch(tokens[label + 1].text):
        return None
    if not tokens[end].text.strip("/|-") or tokens[end].word in grammar.AND:
        end += 1
    return (end, end) if end < len(tokens) and tokens[end].last and may_be(tokens[end]) else None


def right_after(tokens: Sequence[Token], cue: int) -> Range:
    """ "on the note stands password pineapple": outside English no noun follows the word, and verbs are told by endings."""
    index = cue + 1
    while index < min(cue + 3, len(tokens)) and tokens[index].word in _HEDGES:
        index += 1
    if index >= len(tokens) or tokens[cue].ends or tokens[index - 1].ends:
        return None
    token = tokens[index]
    if not stands_out(token, german=not tokens[cue].word.endswith(_NORSE)) or '"' in token.text:
        return None
    closes = token.ends or index + 1 == len(tokens) or tokens[index + 1].word in _AFTER_VALUE | {""}
    return (index, index) if closes else None
