"""python -m tuning: tune the encoder's upper layers on the corpus and write bot/nlu/engine/adapter.npz."""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # the field's name
from torch import Tensor, nn
from tqdm import tqdm

from bot.kb.encoder import question
from bot.nlu.engine.adapter import FILE
from bot.nlu.engine.port import DIMENSION
from bot.nlu.engine.weights import installed, read
from tuning.corpus import Lesson, lessons
from tuning.lower import LowerStates, lower_states
from tuning.noise import hurried
from tuning.upper import UpperLayers

FIRST_TUNED: Final = 8  # of twelve layers: the lower ones know letters and grammar already
RANK: Final = 16
BATCH: Final = 64  # examples of intents a step; of the other lessons as many as make one pass of all
LEARNING_RATE: Final = 1e-3
HEADS_LEARNING_RATE: Final = 1e-2
WARM_UP: Final = 0.06
SHARPNESS: Final = 16.0  # of the classification heads: cosines are between -1 and 1
TEMPERATURE: Final = 0.05  # of the pairs
SMOOTHING: Final = 0.05
HURRIED: Final = 0.4  # share of lessons that are read in their hurried spelling
TOLD: Final = 0.3  # share of pairs of a wording and a passage; the others are two wordings
QUESTION: Final = "kb_question"  # the intent of whoever searches, found or not
# What nobody looks up: the employee wants somebody to act, or it is not about IT.
NO_ARTICLE: Final = frozenset(
    {"out_of_scope", "password_reset", "account_unlock", "ticket_status", "complaint", "service_request"}
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Lessons with the places of their states; `spellings[i]` are those of lesson i."""

    lessons: list[Lesson]
    spellings: list[list[int]]
    states: LowerStates

    def of(self, *teaches: str) -> list[int]:
        return [at for at, lesson in enumerate(self.lessons) if lesson.teaches in teaches]


class Deck:
    """Cards dealt in random order, over and over: every card once before any comes twice."""

    def __init__(self, cards: Iterable[int], random_: random.Random) -> None:
        self.cards = list(cards)
        self._random = random_
        self._left: list[int] = []

    def deal(self, count: int) -> list[int]:
        while len(self._left) < count:
            self._left += self._random.sample(self.cards, len(self.cards))
        dealt, self._left = self._left[:count], self._left[count:]
        return dealt


class Tuning:
    """Three lessons at once: which intent, which article or none, and which two texts are about the same."""

    def __init__(self, corpus: Corpus, upper: UpperLayers, random_: random.Random) -> None:
        self._corpus, self._upper, self._random = corpus, upper, random_
        labels = [lesson.label for lesson in corpus.lessons]
        self._intents = {name: at for at, name in enumerate(sorted({labels[i] for i in corpus.of("intent")}))}
        self._articles = {name: at for at, name in enumerate(sorted({labels[i] for i in corpus.of("asked")}))}
        self._intent_head = nn.Linear(DIMENSION, len(self._intents))
        self._article_head = nn.Linear(DIMENSION, len(self._articles) + 1)  # the last: no article
        self._by_article: dict[str, dict[str, list[int]]] = defaultdict(lambda: {"asked": [], "told": []})
        for at in corpus.of("asked", "told"):
            self._by_article[labels[at]][corpus.lessons[at].teaches].append(at)
        self._decks = {kind: Deck(corpus.of(kind), random_) for kind in ("intent", "asked", "nothing")}
        self.steps_a_pass = len(self._decks["intent"].cards) // BATCH
        self._share = {
            kind: math.ceil(len(deck.cards) / self.steps_a_pass) for kind, deck in self._decks.items()
        }

    def run(self, passes: float) -> None:
        steps = int(self.steps_a_pass * passes)
        heads = [*self._intent_head.parameters(), *self._article_head.parameters()]
        tuned = [each for each in self._upper.parameters() if each.requires_grad]
        groups = [{"params": tuned, "lr": LEARNING_RATE}, {"params": heads, "lr": HEADS_LEARNING_RATE}]
        optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _share_of_rate(step, steps))
        self._upper.train()
        with tqdm(total=steps, desc="Tuning", unit=" steps") as progress:
            for _ in range(steps):
                loss = self._loss()
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(tuned, 1.0)
                optimizer.step()
                schedule.step()
                progress.set_postfix(loss=f"{loss.item():.2f}")
                progress.update()

    def _loss(self) -> Tensor:
        intents = self._decks["intent"].deal(BATCH)
        asked = self._decks["asked"].deal(self._share["asked"])
        partners = [self._partner(at) for at in asked]
        nothing = self._decks["nothing"].deal(self._share["nothing"])
        vectors = self._upper.vectors([self._spelling(at) for at in (*intents, *asked, *partners, *nothing)])
        sizes = [len(intents), len(asked), len(partners), len(nothing)]
        of_intents, of_asked, of_partners, of_nothing = vectors.split(sizes)
        which = torch.tensor([self._articles[self._label(at)] for at in asked])
        elsewhere = [row for row, at in enumerate(intents) if self._label(at) in NO_ARTICLE][
            : len(asked) // 3
        ]
        none = torch.full((len(nothing) + len(elsewhere),), len(self._articles))
        about = torch.cat([of_asked, of_partners, of_nothing, of_intents[elsewhere]])
        truth = torch.tensor([self._intents[self._label(at)] for at in intents])
        searched = torch.cat([of_asked, of_nothing])
        questions = torch.full((len(searched),), self._intents[QUESTION])
        return (
            _classified(self._intent_head(of_intents), truth)
            + 0.2 * _classified(self._intent_head(searched), questions)
            + 0.7 * _classified(self._article_head(about), torch.cat([which, which, none]))
            + 0.5 * _paired(of_asked, of_partners, which)
        )

    def _label(self, at: int) -> str:
        return self._corpus.lessons[at].label

    def _partner(self, at: int) -> int:
        article = self._by_article[self._label(at)]
        if self._random.random() < TOLD:
            return self._random.choice(article["told"])
        return self._random.choice([other for other in article["asked"] if other != at])

    def _spelling(self, at: int) -> np.ndarray:
        plain, *hurried_ones = self._corpus.spellings[at]
        chosen = hurried_ones and self._random.random() < HURRIED
        return self._corpus.states[hurried_ones[0] if chosen else plain]


def _classified(strengths: Tensor, truth: Tensor) -> Tensor:
    return F.cross_entropy(strengths * SHARPNESS, truth, label_smoothing=SMOOTHING)


def _paired(asked: Tensor, partners: Tensor, which: Tensor) -> Tensor:
    """Each to its partner among all partners, and back; others of the same article count as neither."""
    nearness = asked @ partners.T / TEMPERATURE
    same = (which[:, None] == which[None, :]) & ~torch.eye(len(which), dtype=torch.bool)
    nearness = nearness.masked_fill(same, -1e4)
    right = torch.arange(len(which))
    return (F.cross_entropy(nearness, right) + F.cross_entropy(nearness.T, right)) / 2


def _share_of_rate(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / max(1.0, steps * WARM_UP)) * 0.5 * (1 + math.cos(math.pi * step / steps))


def read_corpus(found: Sequence[Lesson], file: Path, random_: random.Random) -> Corpus:
    """Every question also in a hurried spelling; passages only as they are."""
    texts = [lesson.text for lesson in found]
    spellings = [[at] for at in range(len(found))]
    for at, lesson in enumerate(found):
        if lesson.text.kind == "query":
            spellings[at].append(len(texts))
            texts.append(
                replace(lesson.text, text=question(hurried(lesson.text.text, lesson.language, random_)).text)
            )
    return Corpus(list(found), spellings, lower_states(read(installed()), FIRST_TUNED, texts, file))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tuning", description=__doc__)
    parser.add_argument("--articles", type=Path, default=Path("kb_articles"), metavar="DIR")
    parser.add_argument("--passes", type=float, default=4.0, help="over all examples")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE")
    options = parser.parse_args()
    random_ = random.Random(options.seed)
    torch.manual_seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        corpus = read_corpus(lessons(options.articles), Path(folder, "states.npy"), random_)
        upper = UpperLayers(read(installed()), FIRST_TUNED, RANK)
        Tuning(corpus, upper, random_).run(options.passes)
    np.savez(options.out, **upper.changes())


if __name__ == "__main__":
    main()
