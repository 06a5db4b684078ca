"""A base of any size: variations of the real articles, with words and vectors of their own.

Good for time and memory only; nobody would find the right one among them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.encoder import Embeddings, EncoderText
from bot.kb.markdown import Section

# A customer's article knows fewer wordings than ours, which are for a base of forty.
WORDINGS = 8
_OWN_WORDS = 12
_NOISE = 0.5  # length of what is added to a real vector
_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ter",
    "von",
    "sel",
    "dra",
    "bi",
    "nox",
    "fer",
    "gu",
    "pla",
    "sto",
    "ri",
    "hem",
    "tu",
)


def variations(articles: Sequence[Article], count: int) -> Iterator[Article]:
    """`count` articles: as many ids in every language, each with a product and some words of its own."""
    by_language: dict[str, list[Article]] = {}
    for article in articles:
        by_language.setdefault(article.language, []).append(article)
    for number in range(count // len(by_language)):
        for own in by_language.values():
            yield variation(own[number % len(own)], number)


def variation(article: Article, number: int, edition: str = "") -> Article:
    """Another article like this one: named after a product, some of its words exchanged for others."""
    dice = random.Random(f"{number} {edition}")
    product = _word(dice).capitalize()
    own = [_word(dice) for _ in range(_OWN_WORDS)]
    return replace(
        article,
        id=f"{article.id}-{number}",
        title=f"{article.title} {product}",
        keywords=(*article.keywords, product),
        asked_as=tuple(f"{text} {dice.choice(own)}" for text in article.asked_as[:WORDINGS]),
        sections=tuple(_section(section, own, dice) for section in article.sections),
        source="".join([article.source]),
    )


def _section(section: Section, own: Sequence[str], dice: random.Random) -> Section:
    words = section.markdown.split(" ")
    for _ in range(max(1, len(words) // 10)):
        words[dice.randrange(len(words))] = dice.choice(own)
    return replace(section, markdown=" ".join(words))


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(_SYLLABLES, k=dice.choice((2, 3, 3, 4))))


class NearVectors(Embeddings):
    """Gives each text a unit vector near a real one, always the same, and computes nothing."""

    def __init__(self, real: Sequence[Vector]) -> None:
        self._real = np.stack(real)

    def known(self, texts: Sequence[EncoderText]) -> Mapping[EncoderText, Vector]:  # type: ignore[override]
        return dict(zip(texts, self._vectors(texts), strict=True))

    def compute(self, texts: Sequence[EncoderText]) -> None:  # type: ignore[override]
        pass

    def _vectors(self, texts: Sequence[EncoderText]) -> np.ndarray:
        if not texts:
            return self._real[:0]
        seeds = np.array(
            [
                int.from_bytes(hashlib.blake2b(text.text.encode(), digest_size=4).digest(), "big")
                for text in texts
            ]
        )
        noise = np.random.default_rng(int(seeds[0])).normal(size=(len(texts), self._real.shape[1]))
        noise *= _NOISE / np.sqrt(self._real.shape[1])
        vectors = self._real[seeds % len(self._real)] + noise
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
