"""Values that the sentence names only after a while: "it wants my password and I gave pineapple"."""

from __future__ import annotations

from collections.abc import Sequence

from servicedesk.redaction import grammar, topics
from servicedesk.redaction.sentence import Range, Token, closes, phrase, stands_out


def aside(tokens: Sequence[Token], cue: int) -> Range:
    """ "the password of the guest PC, pineapple, was changed", "the password that you gave me (pineapple) has expired"."""
    mine = cue > 0 and tokens[cue - 1].word in topics.POSSESSIVES
    if (cue and tokens[cue - 1].closed == ",") or (tokens[cue].closed == "," and not mine):
        return None  # a list of words
    for index in range(cue + 1, min(cue + 8, len(tokens))):
        token, before = tokens[index], tokens[index - 1]
        bracketed = token.opened.startswith("(") and token.closed.startswith(")") and token.text.islower()
        between = before.closed == "," and token.closed == ","
        if (bracketed or between) and stands_out(token):
            return index, index
        if token.ends and not token.closed.startswith((",", ")")):
            return None
    return None


def given(tokens: Sequence[Token], cue: int) -> Range:
    """ "it wants my password and I gave pineapple", "somebody knows my password, it was pineapple"."""
    for index in range(cue + 2, min(cue + 10, len(tokens))):
        verb = tokens[index - 1].word
        said = (
            verb in grammar.WAS  # what it "is" is mostly urgent
            and tokens[index - 2].word in grammar.IT
            and tokens[index - 3].ends
            and index - 2 > cue
        )
        gave = verb in grammar.WROTE | grammar.GAVE
        token = tokens[index]
        value = (said or gave) and stands_out(token) and not tokens[index - 1].ends
        if value and (closes(tokens, index) or tokens[index + 1].word in grammar.AND):
            return index, index
    return None


def set_to(tokens: Sequence[Token], cue: int) -> Range:
    """ "set my password to pineapple": in Norwegian and Swedish only of setting, since "passordet til" says whose it is."""
    if cue + 2 >= len(tokens) or tokens[cue].ends:
        return None
    to = cue + 1
    while to < cue + 3 and tokens[to].word in topics.POSSESSIVES | topics.NEW:
        to += 1
    verbs = {token.word for token in (*tokens[max(0, cue - 5) : cue], *tokens[to + 2 : to + 5])}
    changed = tokens[to].word in ("to", "auf", "uf") and verbs & (grammar.CHANGE | grammar.SET)
    placed = tokens[to].word in ("til", "till", "te") and verbs & grammar.SET
    end = phrase(tokens, to + 1) if changed or placed else None
    return None if end is None or tokens[to + 1].word in grammar.HEADS else (to + 1, end)


def left_here(tokens: Sequence[Token], cue: int) -> Range:
    """ "I put my password here as nobody answers, pineapple"."""
    here = next(
        (i for i in range(cue + 1, min(cue + 4, len(tokens))) if tokens[i].word in grammar.HERE), None
    )
    if here is None:
        return None
    comma = next(
        (i for i in range(here, min(cue + 13, len(tokens) - 1)) if tokens[i].closed[:1] in (",", ":")), None
    )
    if comma is None:
        return None
    end = phrase(tokens, comma + 1)
    return (comma + 1, end) if end is not None and tokens[end].last else None
