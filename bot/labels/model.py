"""The models behind the ticket: the same arithmetic as the intents' (bot/nlu/intent.py), on examples of their own.

They stand beside Rasa's model, since the actions ask them, clause by clause. What is made of the examples is kept in
`var/cache`, by all that it depends on, so that a start after `make train` only reads it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import yaml

from bot.nlu.embeddings import CACHE_DIR, DiskCache, SentenceEncoder, shared_encoder
from bot.nlu.engine.port import EngineUnavailable
from bot.nlu.intent import IntentModel, Recipe, code_digest, fit
from bot.nlu.language import LANGUAGES
from bot.nlu.text import clean

logger = logging.getLogger(__name__)

EXAMPLES: Final = Path(__file__).with_name("examples")
# Each model, and what it says of a text that is like none of its examples.
MODELS: Final = {"categories": "other", "facts": "nothing"}
RECIPE: Final = Recipe(meaning=0.7, letters=0.2, words=0.1)  # chosen on tests/understanding/dev
_REMEMBERED: Final = 4096  # texts: a form asks about the same ones at each of its questions
_making = threading.Lock()


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str
    language: str


@dataclass(frozen=True, slots=True)
class Guess:
    """Every label with its chance, the likeliest first; they sum to 1."""

    chances: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        return self.chances[0][0]

    @property
    def chance(self) -> float:
        return self.chances[0][1]

    def of(self, label: str) -> float:
        return next((chance for name, chance in self.chances if name == label), 0.0)

    def among(self, labels: Collection[str]) -> Guess:
        """As if there were only these; itself where none of them is known."""
        kept = [(name, chance) for name, chance in self.chances if name in labels]
        total = sum(chance for _, chance in kept)
        return Guess(tuple((name, chance / total) for name, chance in kept)) if total > 0 else self


class Labeller:
    """Guesses, and remembers what it guessed. Safe to share between threads."""

    def __init__(self, model: IntentModel, encoder: SentenceEncoder) -> None:
        self._model = model
        self._encoder = encoder
        self._known = lru_cache(_REMEMBERED)(self._guess)

    def __call__(self, texts: Sequence[str]) -> list[Guess]:
        self._encoder.query(texts)  # all at once; one by one they are remembered then
        return [self._known(clean(text)) for text in texts]

    def _guess(self, text: str) -> Guess:
        row = self._model.probabilities([text], self._encoder.query([text]))[0]
        return Guess(tuple((self._model.labels[at], float(row[at])) for at in (-row).argsort()))


@cache
def labeller(name: str) -> Labeller | None:
    """The one of this name (of MODELS); made where it is not there yet, which takes a minute where no embedding of its
    examples is kept. None, and a line in the log, where there is no embedding engine: then words alone decide."""
    with _making:
        try:
            return Labeller(_kept(name), shared_encoder())
        except EngineUnavailable as err:
            logger.warning("no %s by meaning, words alone decide: %s", name, err)
            return None


def made(name: str, cache_dir: Path = CACHE_DIR) -> Path:
    """The folder of the trained model, which is made where it is missing. Raises EngineUnavailable."""
    encoder = DiskCache(shared_encoder(), cache_dir / "embeddings.sqlite")
    folder = cache_dir / "labels" / f"{name}-{_digest(name, encoder.engine)}"
    if not (folder / "intent.json").exists():  # written last
        known = examples(name)
        texts = [each.text for each in known]
        labels = [each.label for each in known]
        fit(texts, labels, encoder.query(texts), RECIPE, unknown=MODELS[name]).save(folder)
    return folder


def examples(name: str) -> list[Example]:
    """Of all languages. Raises ValueError for a text that stands twice in a language."""
    found = []
    for language in LANGUAGES:
        file = EXAMPLES / name / f"{language}.yml"
        seen: dict[str, str] = {}
        for label, texts in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            for text in texts:
                plain = clean(str(text)).casefold()
                if plain in seen:
                    raise ValueError(f"{name}/{language}: {text!r} is {seen[plain]} and {label}")
                seen[plain] = str(label)
                found.append(Example(str(text), str(label), language))
    return found


def _kept(name: str) -> IntentModel:
    return IntentModel.load(made(name))


def _digest(name: str, engine: str) -> str:
    files = [(EXAMPLES / name / f"{language}.yml").read_text(encoding="utf-8") for language in LANGUAGES]
    parts = [*files, engine, code_digest(), str(asdict(RECIPE)), MODELS[name]]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
