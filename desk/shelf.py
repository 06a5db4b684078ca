"""The articles as the desk shows them: read again when a file changed, without the search beside them."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

from bot.kb.articles import Article, Problem
from bot.kb.cache import Cache
from bot.kb.library import Library
from desk.wording import LANGUAGES

LOOK_AGAIN_SECONDS = 2.0
FOR_EVERYBODY = ("all", "employees")


class Shelf:
    def __init__(self, directory: Path, cache_dir: Path) -> None:
        self._library = Library(directory, Cache(cache_dir))
        self._lock = threading.Lock()
        self._looked_at = float("-inf")

    def articles(self, *, internal: bool = False) -> tuple[Article, ...]:
        """All articles; those for a smaller audience only where `internal`."""
        with self._lock:
            if monotonic() - self._looked_at > LOOK_AGAIN_SECONDS:
                self._library.refresh()
                self._looked_at = monotonic()
            found = self._library.articles
        return tuple(article for article in found if internal or article.audience in FOR_EVERYBODY)

    def find(self, identifier: str, language: str, *, internal: bool = False) -> dict[str, Article]:
        """The article in every language that has it, the wanted one first; empty when there is none."""
        found = {a.language: a for a in self.articles(internal=internal) if a.id == identifier}
        order = (language, *(other for other in LANGUAGES if other != language))
        return {each: found[each] for each in order if each in found}

    @property
    def problems(self) -> tuple[Problem, ...]:
        self.articles()
        with self._lock:
            return self._library.problems
