"""A sentence as words with their punctuation, and what a word in it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from wordfreq import top_n_list

from servicedesk.redaction import grammar, topics, words
from servicedesk.redaction.keep import KEEP

DETOUR, PHRASE = 8, 8  # words: between cue and value, of a value
_TOKEN = re.compile(r"\S+")
_MARKER = re.compile(r"\[(?:password|code|card|token)\]|\[personal$|^number\]")
_TAKEN_OUT = "[]"
_OPEN, _CLOSE = "\"'`«»“”„‚‘’‹›([*", "\"'`«»“”„‚‘’‹›)]*,.;:?…"
_COMMON = 6_000  # words a language
_CUES = tuple(cue + ending for cue in words.PASSWORDS if len(cue) > 5 for ending in ("", "'s", "’s"))
_VERBS_OF_IT = topics.TYPED | topics.USED | topics.REFUSED_IT | grammar.GAVE | grammar.WROTE
_SIGN_IN = topics.SIGN_IN - grammar.SECRECY
_NORSE_VERB = re.compile(r"\w{2,20}(?:er|ar|ade|ede|te|de|es|as|ets|ats|tt|dd|kt|rt)")
_GERMAN_VERB = re.compile(r"\w{2,20}(?:[nta]|st|falle|gesse|setze|loffe)")
Range = tuple[int, int] | None


class Token(NamedTuple):
    start: int
    end: int
    text: str  # without punctuation around it
    word: str  # in small letters
    opened: str  # punctuation before
    closed: str  # punctuation after
    last: bool  # of its line

    @property
    def ends(self) -> bool:
        """Whether a clause ends with it."""
        return self.last or any(mark in ",.;:?…" for mark in self.closed)


def words_of(text: str) -> Iterator[Token]:
    matches = list(_TOKEN.finditer(text))
    for index, match in enumerate(matches):
        last = index + 1 == len(matches) or "\n" in text[match.end() : matches[index + 1].start()]
        if _MARKER.search(match[0]):
            yield Token(match.start(), match.end(), _TAKEN_OUT, _TAKEN_OUT, "[", match[0][-1], last)
        elif len(match[0]) <= 128:
            core = match[0].lstrip(_OPEN)
            start = match.end() - len(core)
            bare = core.rstrip(_CLOSE)
            word = bare.lower().rstrip("!")
            yield Token(
                start, start + len(bare), bare, word, text[match.start() : start], core[len(bare) :], last
            )


def is_cue(word: str) -> bool:
    """A word for a password, alone or at the end of another: a "Passwortregel" is a rule."""
    if word in words.NOT_PASSWORDS or not topics.is_password_word(word):
        return False
    return word in words.PASSWORDS or word.endswith(_CUES) or topics.is_misspelt(word)


def may_be(token: Token) -> bool:
    """Whether it may be a password, or a word of one: nothing that is said of passwords, no ticket, no product."""
    word = token.word
    if len(word) < 3 or "[" in token.opened or word in words.ORDINARY or word in grammar.FUNCTION:
        return False
    if is_cue(word) or word in words.CODES:
        return False
    parts = re.split(r"[-/'’]", word)
    if all(part in words.ORDINARY or part in topics.PRODUCTS for part in parts):
        return False
    if token.text.islower() and topics.is_participle(word):
        return False
    return not (word in _SIGN_IN or word in topics.USER_WORDS or KEEP.fullmatch(token.text.rstrip("!")))


@cache
def common_words() -> frozenset[str]:
    """The most frequent words of our languages: hardly anybody means one as a password. (The small lists: 7 times less
    memory than the large ones.)"""
    return frozenset(
        word
        for language in ("nb", "sv", "de", "en")
        for word in top_n_list(language, _COMMON, wordlist="small")
    )


def stands_out(token: Token, *, german: bool = False) -> bool:
    """Whether it may be a password where little speaks for one: a rare word that is formed as no verb and no participle."""
    word = token.word
    if len(word) < 5 or not may_be(token) or word in grammar.HEADS or word in common_words():
        return False
    if token.text.islower():
        verb = _GERMAN_VERB if german else _NORSE_VERB
        return not (verb.fullmatch(word) or topics.is_participle(word, weak=True))
    return not token.text.isupper()


def phrase(tokens: Sequence[Token], begin: int, *, whole: bool = False) -> int | None:
    """The last word of the phrase that begins here; nothing when none does.

    `whole`: it stands after a colon, so that small words, too, belong to it."""
    if begin >= len(tokens) or not (may_be(tokens[begin]) or (whole and _opens(tokens, begin))):
        return None
    end = begin
    for index in range(begin + 1, min(begin + PHRASE, len(tokens))):
        if tokens[index - 1].ends:
            break
        if may_be(tokens[index]):
            end = index
        elif tokens[index].word not in grammar.SMALL or (not whole and not _joins(tokens, index)):
            break
    return end


def _opens(tokens: Sequence[Token], begin: int) -> bool:
    """ "the green house": a small word, and then one that may be of a password."""
    return tokens[begin].word in grammar.SMALL and begin + 1 < len(tokens) and may_be(tokens[begin + 1])


def _joins(tokens: Sequence[Token], index: int) -> bool:
    """ "fish and chips" with nothing of its own behind it; not "Tiger and Outlook keeps asking"."""
    for after in range(index + 1, min(index + 3, len(tokens))):
        if may_be(tokens[after]):
            return tokens[after].ends or tokens[after + 1].word in grammar.TURNS
        if tokens[after].word not in grammar.SMALL:
            return False
    return False


def closes(tokens: Sequence[Token], end: int) -> bool:
    """Whether a new thought begins behind it: "is komen fram" goes on."""
    return (
        tokens[end].ends or end + 1 == len(tokens) or tokens[end + 1].word in grammar.TURNS | grammar.SUBJECTS
    )


def goes_on(token: Token) -> bool:
    if token.word in _VERBS_OF_IT:
        return False
    return may_be(token) or (token.word in grammar.SMALL and token.word not in grammar.IS)
