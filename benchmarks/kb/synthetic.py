"""A base of any size: variations of the real articles, with words and vectors of their own.

Good for time and memory only; nobody would find the right one among them.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.encoder import Embeddings, EncoderText

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


def write_base(articles: Sequence[Article], count: int, folder: Path) -> None:
    """`count` files: as many ids in every language, each with a product and some words of its own."""
    by_language: dict[str, list[Article]] = {}
    for article in articles:
        by_language.setdefault(article.language, []).append(article)
    for language in by_language:
        (folder / language).mkdir(parents=True)
    for number in range(count // len(by_language)):
        for own in by_language.values():
            article = own[number % len(own)]
            name = f"{article.id}-{number}"
            (folder / article.language / f"{name}.md").write_text(variation(article, name), encoding="utf-8")


def variation(article: Article, name: str, edition: str = "") -> str:
    """The file of another article like this one: named after a product, some of its words exchanged for others."""
    dice = random.Random(f"{name} {edition}")
    product = _word(dice).capitalize()
    own = [_word(dice) for _ in range(_OWN_WORDS)]
    front = {
        "id": name,
        "language": article.language,
        "title": f"{article.title} {product}",
        "summary": article.summary,
        "keywords": [*article.keywords, product],
        "services": list(article.services),
        "audience": article.audience,
        "owner": article.owner,
        "reviewed": article.reviewed,
        "review_every_days": article.review_every_days,
        "revision" if article.language == "en" else "source_revision": article.revision,
        "questions": list(article.questions),
        "asked_as": [f"{text} {dice.choice(own)}" for text in article.asked_as[:WORDINGS]],
    }
    body = "\n".join(_line(line, own, dice) for line in article.body.split("\n"))
    return f"---\n{yaml.dump(front, Dumper=yaml.CSafeDumper, allow_unicode=True, width=1000)}---\n{body}\n"


def _line(line: str, own: Sequence[str], dice: random.Random) -> str:
    """Every tenth word exchanged; headings and what stands in front of a step stay."""
    words = line.split(" ")
    if not line.startswith("#") and len(words) > 2:
        for _ in range(len(words) // 10 + (dice.random() < len(words) % 10 / 10)):
            words[dice.randrange(1, len(words))] = dice.choice(own)
    return " ".join(words)


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
