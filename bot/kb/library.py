"""The folder of articles, kept in step: reads what changed, keeps the last good version of what broke."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from bot.kb.articles import Article, ArticleError, Problem, parse_article, read_article
from bot.kb.cache import Cache
from bot.kb.languages import LANGUAGES

logger = logging.getLogger(__name__)

Stamp = tuple[int, int]  # mtime in nanoseconds, size in bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    stamp: Stamp
    article: Article | None
    problem: Problem | None


class Library:
    """All readable articles under `directory`: LANGUAGE/ID.md. Not thread-safe: its owner holds a lock."""

    def __init__(self, directory: Path, cache: Cache) -> None:
        self._directory = directory
        self._cache = cache
        self._entries: dict[str, _Entry] = {}
        self._articles: tuple[Article, ...] | None = ()  # of the entries, in order; None: changed since
        self._missing: Problem | None = None
        self._stored: dict[str, str] | None = (
            None  # last good versions of earlier processes, read when needed
        )

    @property
    def articles(self) -> tuple[Article, ...]:
        """Sorted by language and id."""
        if self._articles is None:
            found = sorted(self._entries.items())
            self._articles = tuple(entry.article for _, entry in found if entry.article)
        return self._articles

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Files that cannot be read as they are now."""
        found = [entry.problem for _, entry in sorted(self._entries.items()) if entry.problem]
        return (*([self._missing] if self._missing else []), *found)

    def refresh(self) -> bool:
        """Look at time and size of every file and read those that changed. True when an article changed."""
        stamps = self._scan()
        if stamps is None:
            return False
        changed = [name for name, stamp in stamps.items() if self._stamp(name) != stamp]
        gone = [name for name in self._entries if name not in stamps]
        if not changed and not gone:
            return False
        before = {name: self._article(name) for name in (*changed, *gone)}
        for name in changed:
            self._entries[name] = self._read(name, stamps[name])
        for name in gone:
            del self._entries[name]
        self._remember(changed, gone)
        if all(article == self._article(name) for name, article in before.items()):
            return False
        self._articles = None
        return True

    def _article(self, name: str) -> Article | None:
        entry = self._entries.get(name)
        return entry.article if entry else None

    def _stamp(self, name: str) -> Stamp | None:
        entry = self._entries.get(name)
        return entry.stamp if entry else None

    def _scan(self) -> dict[str, Stamp] | None:
        """Path under the folder -> stamp, or None (and nothing is forgotten) while the folder is away."""
        try:
            folders = {entry.name for entry in os.scandir(self._directory) if entry.is_dir()}
        except OSError as err:
            if self._missing is None:
                logger.error("knowledge base folder %s: %s", self._directory, err.strerror)
            self._missing = Problem(self._directory, 1, f"cannot be read: {err.strerror}")
            return None
        self._missing = None
        return {name: stamp for folder in folders & set(LANGUAGES) for name, stamp in self._scan_one(folder)}

    def _scan_one(self, folder: str) -> list[tuple[str, Stamp]]:
        found: list[tuple[str, Stamp]] = []
        for entry in os.scandir(self._directory / folder):
            if not entry.name.endswith(".md") or entry.name.startswith("."):
                continue
            try:
                status = entry.stat()
            except OSError:  # deleted since, or a link to nowhere
                continue
            found.append((f"{folder}/{entry.name}", (status.st_mtime_ns, status.st_size)))
        return found

    def _read(self, name: str, stamp: Stamp) -> _Entry:
        path = self._directory / name
        try:
            return _Entry(stamp, read_article(path), None)
        except ArticleError as err:
            problem = Problem(path, err.line, str(err))
            article = self._last_good(name)
            logger.warning("%s%s", problem, "; the last good version stays" if article else "")
            return _Entry(stamp, article, problem)

    def _last_good(self, name: str) -> Article | None:
        """The version in memory, else the one that an earlier process has read."""
        if name in self._entries:
            return self._entries[name].article
        if self._stored is None:
            self._stored = self._cache.last_good()
        source = self._stored.get(name)
        try:
            return parse_article(source, self._directory / name) if source else None
        except ArticleError:
            return None

    def _remember(self, changed: list[str], gone: list[str]) -> None:
        sources: dict[str, str] = {}
        for name in changed:
            entry = self._entries[name]
            if entry.article and not entry.problem:
                sources[name] = entry.article.source
        if sources or gone:
            self._cache.keep_last_good(sources, gone)
