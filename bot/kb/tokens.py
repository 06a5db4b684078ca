"""From text to search terms: folded letters, stems, parts of compounds, character n-grams.

Everything is folded the same way in articles and in questions, so 'zuruecksetzen', 'zurücksetzen' and
'zurucksetzen' are one word, and so are 'skriver' typed as 'skrivr' in part (by its n-grams).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

import snowballstemmer

from bot.kb.languages import STEMMERS, STOP_WORDS

# Spellings without the special letter, and the neighbour's letter for the same sound, come out alike.
_FOLDS = (("ß", "ss"), ("æ", "a"), ("ø", "o"), ("å", "a"), ("ä", "a"), ("ö", "o"), ("ü", "u"))
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_JOINTS = ("", "s", "es", "e", "n", "en", "er")
_SHORTEST_PART = 3
_LONGEST_WORD = 40
NGRAM_SIZES = (3, 4)


@lru_cache(maxsize=50_000)
def fold(text: str, language: str) -> str:
    """Small letters without diacritics; in nb, sv and de also without their two-letter substitutes."""
    folded = text.casefold()
    for letter, plain in _FOLDS:
        folded = folded.replace(letter, plain)
    if language != "en":
        for pair, plain in _DIGRAPHS:
            folded = folded.replace(pair, plain)
    decomposed = unicodedata.normalize("NFD", folded)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str, language: str) -> list[str]:
    """Folded words that carry meaning, in order. 'Wi-Fi' counts as 'wi', 'fi' and 'wifi'."""
    return [word for run in text.split() for word in _words_of(run, language)]


@lru_cache(maxsize=100_000)
def _words_of(run: str, language: str) -> tuple[str, ...]:
    """Of what stands between two blanks."""
    stop_words = _folded_stop_words(language)
    parts = [fold(part, language)[:_LONGEST_WORD] for part in _WORD.findall(run)]
    if len(parts) > 1 and "-" in run:
        parts.append("".join(parts)[:_LONGEST_WORD])
    return tuple(part for part in parts if part not in stop_words)


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word."""
    # A stemmer keeps state while it works, so each call gets its own: search runs in many threads.
    return str(snowballstemmer.stemmer(STEMMERS[language]).stemWord(word))


@lru_cache(maxsize=8)
def _folded_stop_words(language: str) -> frozenset[str]:
    return frozenset(fold(word, language) for word in STOP_WORDS[language])


def terms(text: str, language: str, vocabulary: Collection[str] = ()) -> list[str]:
    """Stems of a text's words, and of the parts of its compounds that `vocabulary` (folded words) knows."""
    return term_maker(language, vocabulary)(words(text, language))


def term_maker(language: str, vocabulary: Collection[str]) -> Callable[[Iterable[str]], list[str]]:
    """As `terms`, of the words of many texts: each word is taken apart once."""

    @lru_cache(maxsize=50_000)
    def of_word(word: str) -> tuple[str, ...]:
        parts = compound_parts(word, vocabulary) if language != "en" else ()
        return tuple(stem(part, language) for part in (word, *parts))

    return lambda spoken: [term for word in spoken for term in of_word(word)]


def compound_parts(word: str, vocabulary: Collection[str]) -> tuple[str, ...]:
    """The known words at the two ends of a compound: 'skriverko' -> 'skriver', 'ko' where both are known.

    An end of five letters or more counts alone: 'vpntilkobling' -> 'tilkobling'.
    """
    best: tuple[str, ...] = ()
    for cut in range(_SHORTEST_PART, len(word) - 1):
        head, tail = _without_joint(word[:cut], vocabulary), word[cut:]
        known_tail = tail if tail in vocabulary else ""
        parts = tuple(part for part in (head, known_tail) if part)
        if len(parts) == 2 and min(map(len, parts)) >= 2:
            if len(best) < 2 or max(map(len, parts)) > max(map(len, best)):
                best = parts
        elif len(best) < 2 and parts and len(parts[0]) >= 5 and len(parts[0]) > sum(map(len, best)):
            best = parts
    return best


def ngrams(spoken: Iterable[str]) -> list[str]:
    """Character n-grams of folded words, with their edges marked: typos leave most of them alone."""
    return [gram for word in spoken for gram in _word_ngrams(word)]


@lru_cache(maxsize=50_000)
def _word_ngrams(word: str) -> tuple[str, ...]:
    edged = f" {word} "
    return tuple(edged[at : at + size] for size in NGRAM_SIZES for at in range(len(edged) - size + 1))


def _without_joint(head: str, vocabulary: Collection[str]) -> str:
    for joint in _JOINTS:
        if head.endswith(joint):
            candidate = head[: len(head) - len(joint)] if joint else head
            if len(candidate) >= _SHORTEST_PART and candidate in vocabulary:
                return candidate
    return ""
