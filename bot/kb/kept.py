"""Articles as they lie in the cache, checked and taken apart: read in the tenth of a millisecond, when one is needed."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

from bot.kb.articles import Article, ArticleError, Listed, read_article
from bot.kb.cache import Cache
from bot.kb.edition import edition
from bot.kb.markdown import Section

_PLACE: Final = {"id", "language", "path"}  # these the place of the file tells
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class KeptArticle:
    """One that is read when it is asked for."""

    directory: Path  # of all articles
    language: str
    id: str
    digest: bytes
    for_everybody: bool
    cache: Cache

    @property
    def path(self) -> Path:
        return self.directory / self.language / f"{self.id}.md"

    def read(self) -> Article:
        return _MEMORY.of([self])[self]


def read_all(listed: Sequence[Listed]) -> Iterator[Article]:
    """In order, some hundreds at once."""
    for start in range(0, len(listed), _AT_ONCE):
        chunk = listed[start : start + _AT_ONCE]
        kept = [each for each in chunk if isinstance(each, KeptArticle)]
        known = kept[0].cache.articles([each.digest for each in kept], edition()) if kept else {}
        for each in chunk:
            there = known.get(each.digest) if isinstance(each, KeptArticle) else None
            yield as_article(there, each.path) if there and isinstance(each, KeptArticle) else each.read()


def as_text(article: Article) -> str:
    found = {entry.name: getattr(article, entry.name) for entry in fields(article)}
    found["sections"] = [[getattr(part, entry.name) for entry in fields(part)] for part in article.sections]
    found["reviewed"] = article.reviewed.isoformat()
    return json.dumps(
        {name: value for name, value in found.items() if name not in _PLACE}, ensure_ascii=False
    )


def as_article(text: str, path: Path) -> Article:
    found: dict[str, Any] = json.loads(text)
    for name in ("keywords", "services", "questions", "asked_as"):
        found[name] = tuple(found[name])
    found["sections"] = tuple(
        Section(heading, kind, markdown, tuple(steps), line, plain)
        for heading, kind, markdown, steps, line, plain in found["sections"]
    )
    found["reviewed"] = date.fromisoformat(found["reviewed"])
    return Article(id=path.stem, language=path.parent.name, path=path, **found)


class _Memory:
    """The articles that were asked for last. Safe to share between threads."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._recent: OrderedDict[KeptArticle, Article] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, kept: Sequence[KeptArticle]) -> dict[KeptArticle, Article]:
        """Raises ArticleError where one has gone or changed."""
        with self._lock:
            found = {each: self._recent[each] for each in kept if each in self._recent}
        missing = [each for each in kept if each not in found]
        if missing:
            known = missing[0].cache.articles([each.digest for each in missing], edition())
            found |= {each: _article(each, known.get(each.digest)) for each in missing}
        with self._lock:
            for each, article in found.items():
                self._recent[each] = article
                self._recent.move_to_end(each)
            while len(self._recent) > self._room:
                self._recent.popitem(last=False)
        return found


_MEMORY: Final = _Memory(1024)


def fetch(listed: Iterable[Listed]) -> None:
    """Read some articles at once that will be asked for: a third of what it costs one by one. Never raises."""
    with suppress(ArticleError):  # whoever asks for that one will be told
        _MEMORY.of([each for each in listed if isinstance(each, KeptArticle)])


def _article(kept: KeptArticle, text: str | None) -> Article:
    if text is not None:
        return as_article(text, kept.path)
    article = read_article(kept.path)  # somebody emptied the cache
    if article.digest != kept.digest:
        # Another process has seen it, and the next look here will.
        raise ArticleError("was changed a moment ago")
    return article
