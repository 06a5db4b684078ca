"""What the encoder is tuned on: examples of intents, what articles say and are asked as, and what no article answers.

The articles' own `questions` are not in it: the search is measured and weighed on them. Nor is one sentence in eight of
the others, on which confidence is calibrated (bot/nlu/unseen.py), nor anything of tests/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.understanding.dataset import examples
from bot.kb.articles import Article, read_article
from bot.kb.encoder import EncoderText, passage, question
from bot.kb.languages import LANGUAGES
from bot.kb.unanswerable import unanswerable
from bot.nlu.unseen import is_unseen

Teaches = Literal["intent", "asked", "told", "nothing"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text and what it belongs to: an intent, an article ('asked' or 'told'), or no article at all."""

    text: EncoderText
    language: str
    teaches: Teaches
    label: str


def lessons(articles: Path) -> list[Lesson]:
    found = [
        Lesson(question(example.text), example.language, "intent", example.intent)
        for example in examples()
        if not is_unseen(example.text)
    ]
    for language in LANGUAGES:
        for path in sorted((articles / language).glob("*.md")):
            found += _of_article(read_article(path))
        found += [
            Lesson(question(text), language, "nothing", "")
            for text in unanswerable(language)
            if not is_unseen(text)
        ]
    return found


def _of_article(article: Article) -> Iterator[Lesson]:
    def lesson(text: EncoderText, teaches: Teaches) -> Lesson:
        return Lesson(text, article.language, teaches, article.id)

    for asked in (article.title, ", ".join(article.keywords), *article.asked_as):
        yield lesson(question(asked), "asked")
    yield lesson(passage(f"{article.title}. {article.summary}"), "told")
    for section in article.sections:
        yield lesson(passage(f"{article.title}. {section.heading}. {section.text}"), "told")
