"""Passwords of plain words: nothing in their shape tells, so the sentence has to ("I always had Tiger as my password").

A frame is a word that speaks of passwords, codes or typing, and where its value stands. What follows in the frame is a
password unless it is a word that one says about passwords."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from servicedesk.redaction import grammar, topics, words
from servicedesk.redaction.after_cue import behind_user, bracketed, owned, right_after, said, told
from servicedesk.redaction.around import composed, doubted, from_to, named_as, old_or_new, spelled
from servicedesk.redaction.fields import answer, has_subject, network, typed, written
from servicedesk.redaction.further_on import aside, given, left_here, set_to
from servicedesk.redaction.kinds import Kind, Span
from servicedesk.redaction.plain_codes import coded, is_code
from servicedesk.redaction.sentence import Range, Token, is_cue, may_be, words_of

_SIGNING_IN = topics.SIGN_IN | topics.REFUSED
_AGES = topics.OLD | topics.NEW | {"nye", "neues", "altes"}
_NETWORK_WORDS = grammar.NETWORKS | grammar.NETWORK_WORDS
_TRIGGERS = (
    grammar.QUESTIONS | grammar.NETWORKS | words.KEY_COMPOUNDS | words.KEYS | grammar.WROTE | grammar.HITS
    | grammar.GERMAN_HAVE | grammar.LABELS | {"question"}
)  # fmt: skip
_JOINED = grammar.THEN | grammar.AND | grammar.OR


def phrase_spans(text: str) -> Iterator[Span]:
    """Passwords that the sentence gives away, whatever they look like."""
    tokens = list(words_of(text))
    about = {token.word for token in tokens}
    cues = set(filter(is_cue, about))
    codes = not about & grammar.ERRORS
    guessed = bool(cues or about & grammar.REMEMBER)
    signing_in = bool(cues or about & _SIGNING_IN)
    for index, token in enumerate(tokens):
        found = None
        word = token.word
        if word in cues:
            found = _cued(tokens, index)
            yield from _spans(named_as(tokens, index))
        elif word in _TRIGGERS:
            found = _triggered(tokens, index, about, signing_in=signing_in)
        if guessed and word in _JOINED:
            yield from _spans(composed(tokens, index) or doubted(tokens, index))
        elif word in grammar.CAPITALS:
            found = spelled(tokens, index)
        elif word in _AGES:
            found = old_or_new(tokens, index)
        if cues and word in grammar.FROM:
            yield from _spans(from_to(tokens, index))
        if found:
            yield Span(tokens[found[0]].start, tokens[found[1]].end, Kind.PASSWORD)
        code = coded(tokens, index) if codes and is_code(tokens, index) else None
        if code:
            yield Span(tokens[code[0]].start, tokens[code[1]].end, Kind.CODE)


def _cued(tokens: Sequence[Token], index: int) -> Range:
    return (
        said(tokens, index)
        or told(tokens, index)
        or bracketed(tokens, index)
        or owned(tokens, index)
        or set_to(tokens, index)
        or left_here(tokens, index)
        or right_after(tokens, index)
        or aside(tokens, index)
        or given(tokens, index)
        or (behind_user(tokens, index) if tokens[index].word in grammar.LABELS else None)
    )


def _triggered(tokens: Sequence[Token], index: int, about: set[str], *, signing_in: bool) -> Range:
    word = tokens[index].word
    previous = tokens[index - 1].word if index else ""
    found = None
    if word in grammar.QUESTIONS or (word == "question" and previous in grammar.SECURITY):
        found = answer(tokens, index)
    elif word in grammar.NETWORKS:
        found = network(tokens, index)
    elif word in words.KEY_COMPOUNDS or (word in words.KEYS and previous in _NETWORK_WORDS):
        found = said(tokens, index) or told(tokens, index)
    elif word in grammar.WROTE or (word in grammar.HITS and has_subject(tokens, index)):
        found = typed(tokens, index, signing_in=signing_in) or written(
            tokens, index, of_passwords=any(map(is_cue, about))
        )
    elif word in grammar.GERMAN_HAVE and about & grammar.GERMAN_TYPED:
        found = typed(tokens, index, signing_in=signing_in)
    return found or (behind_user(tokens, index) if word in grammar.LABELS else None)


def lone_phrase(text: str) -> Span | None:
    """A message of a few words that is no sentence, after something has asked for a secret."""
    tokens = list(words_of(text))
    if not 1 < len(tokens) <= 6 or "?" in text or not (may_be(tokens[0]) and may_be(tokens[-1])):
        return None
    if not all(may_be(token) or token.word in grammar.SMALL for token in tokens):
        return None
    return Span(tokens[0].start, tokens[-1].end, Kind.PASSWORD)


def _spans(found: Sequence[Token]) -> Iterator[Span]:
    for token in found:
        yield Span(token.start, token.end, Kind.PASSWORD)
