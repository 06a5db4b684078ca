"""How likely a word is in each language: word frequencies, and a character model for words nobody listed.

Built from the package wordfreq (its data: CC BY-SA 4.0) in some ten seconds, then kept as one file of arrays; some
25 MB in memory. A word's probability is a mixture of the two, so that a compound such as "passordtilbakestilling"
still looks Norwegian, and a Swedish word still counts against Norwegian by exactly as much as it is Swedish.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# wordfreq's codes. The first four are ours; all others stand for "some other language".
CODES = ("nb", "sv", "de", "en", "da", "nl", "fi", "is", "fr", "pl", "es", "it", "pt", "cs", "tr")
FORMAT = 6
WORDS_PER_LANGUAGE = 30_000
CHARACTER_WEIGHT = 0.02  # the share of running text that no list of 30,000 words holds
FOLDED_SHARE = 0.03  # how often people type "losenord" for "lösenord"
LOCAL_WORDS = Path(__file__).with_name("language_words.json")

_FOLDS: dict[str, tuple[dict[str, str], ...]] = {
    "nb": ({"æ": "ae", "ø": "o", "å": "a"}, {"æ": "ae", "ø": "oe", "å": "aa"}),
    "da": ({"æ": "ae", "ø": "o", "å": "a"}, {"æ": "ae", "ø": "oe", "å": "aa"}),
    "sv": ({"å": "a", "ä": "a", "ö": "o"}, {"å": "aa", "ä": "ae", "ö": "oe"}),
    "de": ({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"}, {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}),
}

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LanguageTable:
    """Sorted keys of words and of character sequences, each with a row of natural logarithms a language."""

    word_keys: NDArray[np.uint64]
    word_logs: NDArray[np.float16]
    gram_keys: NDArray[np.uint64]
    gram_logs: NDArray[np.float16]

    def word(self, word: str) -> Floats:
        """log p(word | language), one figure a language in the order of `CODES`."""
        listed = _row(self.word_keys, self.word_logs, word)
        spelt = self._spelling(word) + math.log(CHARACTER_WEIGHT)
        if listed is None:
            return spelt
        return np.logaddexp(listed + math.log(1 - CHARACTER_WEIGHT), spelt)

    def knows(self, word: str) -> bool:
        """Whether any language lists the word."""
        return _row(self.word_keys, self.word_logs, word) is not None

    def _spelling(self, word: str) -> Floats:
        padded = f"  {word} "
        total = np.zeros(len(CODES), dtype=np.float32)
        for end in range(3, len(padded) + 1):
            total += self._letter(padded[max(0, end - 4) : end])
        return total

    def _letter(self, context: str) -> Floats:
        for start in range(len(context)):
            row = _row(self.gram_keys, self.gram_logs, context[start:])
            if row is not None:
                return row
        return np.full(len(CODES), -9.0, dtype=np.float32)


def open_table(cache_dir: Path) -> LanguageTable:
    """The table from `cache_dir`; built, and kept there if possible, the first time."""
    path = cache_dir / f"languages-{FORMAT}-{_fingerprint()}.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return LanguageTable(**arrays)
    except (OSError, ValueError, KeyError, TypeError):
        table = build_table()
    _keep(table, path)
    return table


def _keep(table: LanguageTable, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may start at once: each writes its own file, the last rename wins.
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as part:
            np.savez_compressed(part, **vars(table))
        os.replace(part.name, path)
    except OSError:
        return


def _fingerprint() -> str:
    return hashlib.sha256(LOCAL_WORDS.read_bytes() + repr(CODES).encode()).hexdigest()[:12]


def build_table() -> LanguageTable:
    """Reads wordfreq's lists and our own words, and counts."""
    frequencies = [_frequencies(code) for code in CODES]
    words = sorted({word for table in frequencies for word in table})
    logs = np.full((len(words), len(CODES)), -30.0, dtype=np.float32)
    index = {word: row for row, word in enumerate(words)}
    for column, table in enumerate(frequencies):
        for word, frequency in table.items():
            logs[index[word], column] = math.log(frequency)
    grams, gram_logs = _character_model(frequencies)
    return LanguageTable(*_sorted(words, logs), *_sorted(grams, gram_logs))


def _frequencies(code: str) -> dict[str, float]:
    from wordfreq import get_frequency_dict

    listed = get_frequency_dict(code, wordlist="small")
    # wordfreq orders its words by frequency.
    table = {word: f for word, f in list(listed.items())[:WORDS_PER_LANGUAGE] if word.isalpha()}
    local: dict[str, dict[str, dict[str, list[str]]]] = json.loads(LOCAL_WORDS.read_text(encoding="utf-8"))
    for frequency, words in local["frequent"].get(code, {}).items():
        for word in words:
            table[word] = max(table.get(word, 0.0), float(frequency))
    for fold in _FOLDS.get(code, ()):
        _add_folded(table, fold)
    return table


def _add_folded(table: dict[str, float], fold: dict[str, str]) -> None:
    translation = str.maketrans(fold)
    for word, frequency in list(table.items()):
        plain = word.translate(translation)
        if plain != word:
            table[plain] = table.get(plain, 0.0) + FOLDED_SHARE * frequency


def _character_model(frequencies: list[dict[str, float]]) -> tuple[list[str], Floats]:
    """log p(last letter | up to three before it) for each sequence that some language uses often enough.

    Each length leans on the next shorter one (Witten-Bell), down to an even choice of 60 letters.
    """
    counts = [_count_grams(table) for table in frequencies]
    heads = [_count_heads(grams) for grams in counts]
    total = Counter[str]()
    for grams in counts:
        total.update({gram: 1 for gram, count in grams.items() if count >= 3 or len(gram) < 3})
    kept = sorted(total, key=len)
    rows: dict[str, Floats] = {}
    for gram in kept:
        shorter = rows.get(gram[1:]) if len(gram) > 1 else None
        if shorter is None:
            shorter = np.full(len(CODES), 1 / 60, dtype=np.float32)
        rows[gram] = np.array(
            [
                _witten_bell(grams.get(gram, 0), *head.get(gram[:-1], (0, 0)), float(lower))
                for grams, head, lower in zip(counts, heads, shorter, strict=True)
            ],
            dtype=np.float32,
        )
    return kept, np.log(np.array([rows[gram] for gram in kept], dtype=np.float32))


def _witten_bell(count: int, head_count: int, head_kinds: int, lower: float) -> float:
    return (count + head_kinds * lower) / (head_count + head_kinds) if head_count else lower


def _count_grams(words: Iterable[str]) -> Counter[str]:
    grams = Counter[str]()
    for word in words:
        padded = f"  {word} "
        for end in range(3, len(padded) + 1):
            grams.update(padded[end - size : end] for size in range(1, min(4, end) + 1))
    return grams


def _count_heads(grams: Counter[str]) -> dict[str, tuple[int, int]]:
    heads: dict[str, tuple[int, int]] = {}
    for gram, count in grams.items():
        seen, kinds = heads.get(gram[:-1], (0, 0))
        heads[gram[:-1]] = (seen + count, kinds + 1)
    return heads


def _sorted(texts: list[str], logs: Floats) -> tuple[NDArray[np.uint64], NDArray[np.float16]]:
    keys = np.array([_key(text) for text in texts], dtype=np.uint64)
    order = np.argsort(keys)
    return keys[order], logs[order].astype(np.float16)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _row(keys: NDArray[np.uint64], logs: NDArray[np.float16], text: str) -> Floats | None:
    key = np.uint64(_key(text))
    at = int(np.searchsorted(keys, key))
    return logs[at].astype(np.float32) if at < len(keys) and keys[at] == key else None
