"""The folder of articles, kept in step: reads what changed, keeps the last good version of what broke."""

from __future__ import annotations

import logging
import os
import struct
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from bot.kb.articles import Article, ArticleError, Listed, Problem, digest_of, parse_article, read_source
from bot.kb.cache import Cache, KeptFile
from bot.kb.edition import edition
from bot.kb.kept import KeptArticle, as_text, read_all
from bot.kb.languages import LANGUAGES
from bot.kb.processes import LARGE, in_chunks, several_processes

logger = logging.getLogger(__name__)

# Times of files are that coarse, at the most: one that changed just now may change again and look the same.
_YOUNG_SECONDS: Final = 2.0
_KEPT_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class _Entry:
    stamp: bytes
    listed: Listed | None
    problem: Problem | None


class Library:
    """All readable articles under `directory`: LANGUAGE/ID.md. Not thread-safe: its owner holds a lock."""

    def __init__(self, directory: Path, cache: Cache) -> None:
        self.directory = directory
        self._cache = cache
        self._entries: dict[str, _Entry] = {}
        self._order: list[str] | None = None  # the names of the entries, sorted; None: others since
        self._young: set[str] = set()
        self._listed: tuple[Listed, ...] | None = ()  # of the entries, in order; None: changed since
        self._articles: tuple[Article, ...] | None = ()
        self._missing: Problem | None = None
        self._kept: dict[str, KeptFile] | None = None  # by earlier processes; None: not asked yet

    @property
    def listed(self) -> tuple[Listed, ...]:
        """Sorted by language and id."""
        if self._listed is None:
            if self._order is None:
                self._order = sorted(self._entries)
            found = (self._entries[name].listed for name in self._order)
            self._listed = tuple(listed for listed in found if listed)
        return self._listed

    @property
    def articles(self) -> tuple[Article, ...]:
        """The same, all of them read."""
        if self._articles is None:
            self._articles = tuple(read_all(self.listed))
        return self._articles

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Files that cannot be read as they are now."""
        found = [entry.problem for _, entry in sorted(self._entries.items()) if entry.problem]
        return (*([self._missing] if self._missing else []), *found)

    @property
    def young(self) -> set[str]:
        """Files that may have changed again since they were read, and look the same."""
        return set(self._young)

    def refresh(self, only: Collection[str] | None = None) -> bool:
        """Look at times and size of every file, or of `only` these, and read those that changed.

        True when an article changed.
        """
        stamps = self._scan() if only is None else self._stamps(only)
        if stamps is None:
            return False
        if self._kept is None:
            self._kept = self._cache.files()
        changed = [name for name, stamp in stamps.items() if not stamp or self._stamp(name) != stamp]
        looked_at = self._entries if only is None else only
        gone = [name for name in looked_at if name not in stamps and name in self._entries]
        self._young = {name for name in changed if not stamps[name]}
        if not changed and not gone:
            return False
        before = {name: self._digest(name) for name in (*changed, *gone)}
        if gone or not all(name in self._entries for name in changed):
            self._order = None
        self._take(changed, stamps)
        for name in gone:
            del self._entries[name]
        self._remember(changed, gone, before)
        if all(digest == self._digest(name) for name, digest in before.items()):
            return False
        self._listed = self._articles = None
        return True

    def _digest(self, name: str) -> bytes | None:
        entry = self._entries.get(name)
        return entry.listed.digest if entry and entry.listed else None

    def _stamp(self, name: str) -> bytes | None:
        entry = self._entries.get(name)
        return entry.stamp if entry else None

    def _scan(self) -> dict[str, bytes] | None:
        """Path under the folder -> stamp, or None (and nothing is forgotten) while the folder is away."""
        try:
            folders = {entry.name for entry in os.scandir(self.directory) if entry.is_dir()}
        except OSError as err:
            if self._missing is None:
                logger.error("knowledge base folder %s: %s", self.directory, err.strerror)
            self._missing = Problem(self.directory, 1, f"cannot be read: {err.strerror}")
            return None
        self._missing = None
        return {name: stamp for folder in folders & set(LANGUAGES) for name, stamp in self._scan_one(folder)}

    def _stamps(self, names: Iterable[str]) -> dict[str, bytes] | None:
        """The same of some; what is no article, or gone, is not among them."""
        found = {}
        for name in names:
            folder, _, file = name.partition("/")
            if folder in LANGUAGES and _is_article(file):
                with suppress(OSError):
                    found[name] = _stamp((self.directory / name).stat())
        return found if found or self.directory.is_dir() else None

    def _scan_one(self, folder: str) -> list[tuple[str, bytes]]:
        found: list[tuple[str, bytes]] = []
        for entry in os.scandir(self.directory / folder):
            if not _is_article(entry.name):
                continue
            try:
                status = entry.stat()
            except OSError:  # deleted since, or a link to nowhere
                continue
            found.append((f"{folder}/{entry.name}", _stamp(status)))
        return found

    def _take(self, names: Iterable[str], stamps: Mapping[str, bytes]) -> None:
        unread = []
        for name in names:
            kept = self._kept.get(name) if self._kept and name not in self._entries else None
            if kept and stamps[name] and kept.stamp == stamps[name] and kept.edition == edition():
                self._entries[name] = _Entry(
                    stamps[name], self._as_kept(name, kept.digest, kept.everybody), None
                )
            else:
                unread.append(name)
        known = [self._known(name) for name in unread]
        paths = [self.directory / name for name in unread]
        found = zip(unread, _read_all(paths, known), strict=True)
        while chunk := list(islice(found, _KEPT_AT_ONCE)):
            for name, article in chunk:
                self._entries[name] = self._entry(name, stamps[name], article)
            self._let_go([name for name, _ in chunk])

    def _known(self, name: str) -> bytes | None:
        """The text that needs no reading again."""
        if name in self._entries:
            return self._digest(name)
        kept = self._kept.get(name) if self._kept else None
        return kept.digest if kept and kept.edition == edition() else None

    def _entry(self, name: str, stamp: bytes, found: Article | ArticleError | None) -> _Entry:
        if found is None:
            return _Entry(stamp, self._last_good(name), None)
        if isinstance(found, Article):
            return _Entry(stamp, found, None)
        problem = Problem(self.directory / name, found.line, str(found))
        article = self._last_good(name)
        if self._entries.get(name, _NONE).problem != problem:  # a young file is read again
            logger.warning("%s%s", problem, "; the last good version stays" if article else "")
        return _Entry(stamp, article, problem)

    def _last_good(self, name: str) -> Listed | None:
        """The version that is listed, else the one that an earlier process has read."""
        if name in self._entries:
            return self._entries[name].listed
        kept = self._kept.get(name) if self._kept else None
        if kept is None:
            return None
        if kept.edition == edition():
            return self._as_kept(name, kept.digest, kept.everybody)
        source = self._cache.sources([kept.digest]).get(kept.digest)
        try:
            return parse_article(source, self.directory / name) if source else None
        except ArticleError:
            return None

    def _as_kept(self, name: str, digest: bytes, everybody: bool) -> KeptArticle:
        language, file = name.split("/")
        return KeptArticle(self.directory, language, file.removesuffix(".md"), digest, everybody, self._cache)

    def _let_go(self, names: Sequence[str]) -> None:
        """Puts into the cache what was read; from there it can be read again."""
        read = [(name, listed) for name in names if isinstance(listed := self._entries[name].listed, Article)]
        rows = [(each.digest, edition(), as_text(each), each.source) for _, each in read]
        if rows and self._cache.keep_articles(rows):
            for name, article in read:
                listed = self._as_kept(name, article.digest, article.for_everybody)
                self._entries[name] = replace(self._entries[name], listed=listed)

    def _remember(
        self, changed: Iterable[str], gone: Sequence[str], before: Mapping[str, bytes | None]
    ) -> None:
        """Tells later processes how the files stand."""
        kept = self._kept = {} if self._kept is None else self._kept
        found = ((name, self._file(name)) for name in changed)
        files = {name: file for name, file in found if file and file != kept.get(name)}
        if files or gone:
            self._cache.keep_files(files, gone)
            kept |= files
            for name in gone:
                kept.pop(name, None)
            old = (digest for name, digest in before.items() if digest != self._digest(name))
            self._cache.forget_articles(digest for digest in old if digest)

    def _file(self, name: str) -> KeptFile | None:
        entry = self._entries[name]
        if not isinstance(entry.listed, KeptArticle) or entry.problem:
            return None
        return KeptFile(entry.stamp, entry.listed.digest, entry.listed.for_everybody, edition())


_NONE: Final = _Entry(b"", None, None)


def _is_article(file: str) -> bool:
    return file.endswith(".md") and not file.startswith(".") and "/" not in file


def _stamp(status: os.stat_result) -> bytes:
    """Of a file that was not changed: as before. The time of the last change of its state cannot be set by hand."""
    if time.time() - max(status.st_mtime, status.st_ctime) < _YOUNG_SECONDS:
        return b""
    return struct.pack("3qQ", status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _read_all(
    paths: Sequence[Path], known: Sequence[bytes | None]
) -> Iterator[Article | ArticleError | None]:
    """The articles, or what is wrong with them; None for one whose text is known."""
    tasks = list(zip(paths, known, strict=True))
    if len(tasks) <= LARGE:
        yield from map(_read, tasks)
        return
    with several_processes() as pool:
        for found in in_chunks(pool, _read_some, tasks, "reading"):
            yield from found


def _read_some(tasks: Sequence[tuple[Path, bytes | None]]) -> list[Article | ArticleError | None]:
    return [_read(task) for task in tasks]


def _read(task: tuple[Path, bytes | None]) -> Article | ArticleError | None:
    path, known = task
    try:
        source = read_source(path)
        return None if known == digest_of(source) else parse_article(source, path)
    except ArticleError as err:
        return err
