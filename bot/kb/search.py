"""The knowledge base as the rest of Tier0 sees it: open it, search it, read an article."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from bot.kb.articles import Article, ArticleError, Listed, Problem
from bot.kb.cache import Cache, Vector
from bot.kb.encoder import Embeddings, SentenceEncoder
from bot.kb.index import Index, LanguageIndex, Query, build_languages, with_vectors
from bot.kb.index_store import IndexStore
from bot.kb.kept import fetch, read_all
from bot.kb.languages import FALLBACK_LANGUAGE, LANGUAGES
from bot.kb.library import Library
from bot.kb.postings import Rows
from bot.kb.ranking import Candidates, Floats, Ranking, gather, load
from bot.kb.watch import Watch

logger = logging.getLogger(__name__)

SCAN_EVERY_SECONDS: Final = 2.0
RETRY_EMBEDDING_SECONDS: Final = 60
# A large base is not looked at as a whole again for so many times longer than it took, and for a minute at the most:
# 100,000 files take a second, in which every search is slow. What was touched is looked at every two seconds.
_REST: Final = 50
_LONGEST_REST_SECONDS: Final = 60.0
_EMBEDDED_AT_ONCE: Final = 4096  # texts held together
_EXCERPT_CHARACTERS: Final = 200
_EMPTY: Final = with_vectors({}, {})


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that may answer the question."""

    id: str
    language: str  # of the text; not always the language of the question
    title: str
    score: float  # probability that this article is the right one, 0..1
    excerpt: str  # of the passage that fits best, plain text
    section: int  # that passage: index in `Article.sections`


class KnowledgeBase:
    """Searches the articles of a folder and follows its changes.

    Thread-safe. No search waits for articles to be embedded.
    """

    def __init__(
        self, library: Library, embeddings: Embeddings, ranking: Ranking, store: IndexStore | None = None
    ) -> None:
        self._library = library
        self._embeddings = embeddings
        self._ranking = ranking
        self._store = store
        self._stored: Mapping[str, LanguageIndex] | None = None  # what lies on the disk
        self._index = _EMPTY
        self._scan = threading.Lock()  # one thread reads files
        self._embed = threading.Lock()  # one thread computes vectors
        self._next_scan = 0.0
        self._next_whole_scan = 0.0  # of a large base; a small one is always looked at as a whole
        self._watch: Watch | None = None  # of a large base
        self._next_embedding = 0.0

    @classmethod
    def open(
        cls,
        articles_dir: Path,
        cache_dir: Path,
        *,
        encoder: SentenceEncoder | None = None,
        ranking: Ranking | None = None,
        wait: bool = True,
    ) -> KnowledgeBase:
        """Read all articles. With `wait`, all vectors are there on return; else missing ones follow later."""
        cache = Cache(cache_dir)
        store = IndexStore(cache_dir, articles_dir)
        base = cls(Library(articles_dir, cache), Embeddings(cache, encoder), ranking or load(), store)
        base.refresh(wait=wait, now=True)
        if wait:
            base.index.warm()
        else:
            threading.Thread(target=base.index.warm, name="kb-warm", daemon=True).start()
        return base

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Files that cannot be read as they are now, and why."""
        return self._library.problems

    @property
    def articles(self) -> tuple[Article, ...]:
        return tuple(
            article for index in self._index.languages.values() for article in read_all(index.articles)
        )

    @property
    def index(self) -> Index:
        """The present state, for reports; it never changes once taken."""
        return self._index

    @property
    def is_large(self) -> bool:
        """Whether only the most promising articles are looked at closely, and the folder only now and then."""
        return self._index.centroids is not None

    @property
    def embeddings(self) -> Embeddings:
        """Where the vectors of its articles come from, for reports."""
        return self._embeddings

    @property
    def ranking(self) -> Ranking:
        return self._ranking

    def article(self, article_id: str, language: str) -> Article | None:
        """The article in that language, else in English, else in any."""
        self.refresh()
        languages = self._index.languages
        for wanted in (language, FALLBACK_LANGUAGE, *LANGUAGES):
            if wanted in languages and article_id in languages[wanted].position:
                with suppress(ArticleError):  # deleted a moment ago
                    return languages[wanted].articles[languages[wanted].position[article_id]].read()
        return None

    def search(
        self,
        query: str,
        language: str,
        *,
        vector: Vector | None = None,
        limit: int = 5,
        reject: bool = True,
        by_words: bool = False,
    ) -> list[Hit]:
        """Articles that may answer, best first; none when the base does not know (unless `reject` is False).

        `vector`: the question's embedding, if the caller has it. An unknown language counts as English.
        `by_words`: as where the encoder fails.
        """
        self.refresh()
        index = self._index
        ready = Query.of(query, language if language in LANGUAGES else FALLBACK_LANGUAGE, None)
        if not any(char.isalnum() for char in ready.text) or limit < 1:
            return []
        if vector is None and not by_words:
            vector = self._embeddings.of_query(query)
        ready = replace(ready, vector=vector)
        return self._ranked(index, ready, limit, reject)

    def refresh(self, *, wait: bool = False, now: bool = False) -> None:
        """Take over changed files, at most every two seconds unless `now`.

        Words at once, vectors in the background unless `wait`. Searches of other threads go on meanwhile with
        the state before.
        """
        if not now and time.monotonic() < self._next_scan:
            return
        if self.is_large and not now and not wait:
            self._refresh_large()
            return
        if not self._scan.acquire(blocking=wait or now):
            return
        try:
            self._look()
        finally:
            self._scan.release()
        self._follow_up(wait=wait)

    def _refresh_large(self) -> None:
        """No search waits for a hundred thousand files to be looked at, and few run beside a thread that does."""
        self._next_scan = time.monotonic() + SCAN_EVERY_SECONDS
        look: Callable[[], None]
        if time.monotonic() >= self._next_whole_scan:
            look = partial(self.refresh, now=True)
        elif (self._watch is not None and self._watch.touched) or self._library.young:
            look = self.refresh_touched
        else:
            return
        threading.Thread(target=look, name="kb-files", daemon=True).start()

    def refresh_touched(self) -> None:
        """Take over changes of files that the system has told of; a small base is told of none."""
        with self._scan:
            touched = self._watch.take() if self._watch is not None else set()
            self._take_over(self._library.refresh(touched | self._library.young))
        self._follow_up(wait=False)

    def _follow_up(self, *, wait: bool) -> None:
        if wait:
            self._complete()
        elif not self._settled and not self._embed.locked() and time.monotonic() >= self._next_embedding:
            threading.Thread(target=self._complete, name="kb-embeddings", daemon=True).start()

    @property
    def _settled(self) -> bool:
        """Whether there is nothing to compute and nothing to store."""
        return self._index.complete and (self._store is None or self._index.languages is self._stored)

    def _look(self) -> None:
        """Read what changed in the folder, and take it over."""
        started = time.monotonic()
        self._next_scan = started + SCAN_EVERY_SECONDS
        if self._watch is not None:
            self._watch.take()  # all of it is looked at
        self._take_over(self._library.refresh())
        rest = _REST * (time.monotonic() - started)
        self._next_whole_scan = time.monotonic() + min(max(rest, SCAN_EVERY_SECONDS), _LONGEST_REST_SECONDS)
        if self.is_large and self._watch is None:
            self._watch = Watch(self._library.directory)

    def _take_over(self, changed: bool) -> None:
        if changed or self._index is _EMPTY:
            # What is L1's own never comes up in a chat, not even as a title.
            open_to_all = [article for article in self._library.listed if article.for_everybody]
            if self._index is not _EMPTY:
                self._take(build_languages(open_to_all, self._index.languages))
                return
            stored = self._from_disk()
            self._take(build_languages(open_to_all, stored))
            if stored and all(each is stored.get(name) for name, each in self._index.languages.items()):
                self._stored = self._index.languages

    def _from_disk(self) -> Mapping[str, LanguageIndex]:
        found = self._store.load() if self._store else {}
        return {language: LanguageIndex.stored(language, shards) for language, shards in found.items()}

    def _take(self, languages: Mapping[str, LanguageIndex]) -> None:
        self._index = with_vectors(languages, self._embeddings.known)

    def _complete(self) -> None:
        """Compute missing vectors, then put them into the state that holds by then."""
        with self._embed:
            try:
                while not self._index.complete:
                    missing = self._index.missing()
                    while texts := list(islice(missing, _EMBEDDED_AT_ONCE)):
                        self._embeddings.compute(texts)
                    with self._scan:
                        self._take(self._index.languages)
                self._keep()
            except Exception:
                # Words still find the article meanwhile.
                self._next_embedding = time.monotonic() + RETRY_EMBEDDING_SECONDS
                logger.exception("embedding the articles failed; next try in %d s", RETRY_EMBEDDING_SECONDS)

    def _keep(self) -> None:
        """Store the state for the next start."""
        languages = self._index.languages
        if self._store is not None and languages is not self._stored:
            self._store.save({name: each.to_store() for name, each in languages.items()})
            self._stored = languages  # also where that failed: the next change is a new occasion

    def _ranked(self, index: Index, query: Query, limit: int, reject: bool) -> list[Hit]:
        candidates = gather(index, query)
        probabilities, none = self._ranking.probabilities(candidates, query.language)
        if reject and none > self._ranking.decline_above:
            return []
        best = np.argsort(-probabilities, kind="stable")[:limit]
        return list(self._hits(index, query, candidates, probabilities, best))

    def _hits(
        self, index: Index, query: Query, candidates: Candidates, probabilities: Floats, rows: Rows
    ) -> Iterator[Hit]:
        fetch(_article(index, candidates, int(row)) for row in rows)
        for row in rows:
            with suppress(ArticleError):  # deleted a moment ago; the next look sees it
                yield _hit(index, query, candidates, int(row), float(probabilities[row]))


def _article(index: Index, candidates: Candidates, row: int) -> Listed:
    language = index.languages[candidates.languages[row]]
    return language.articles[language.position[candidates.ids[row]]]


def _hit(index: Index, query: Query, candidates: Candidates, row: int, score: float) -> Hit:
    languages = index.languages[candidates.languages[row]]
    at = languages.position[candidates.ids[row]]
    article = languages.articles[at].read()
    section = languages.best_section(at, query)
    return Hit(
        id=article.id,
        language=article.language,
        title=article.title,
        score=round(score, 4),
        excerpt=_excerpt(article.sections[section].text),
        section=section,
    )


def _excerpt(text: str) -> str:
    if len(text) <= _EXCERPT_CHARACTERS:
        return text
    return text[: _EXCERPT_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
