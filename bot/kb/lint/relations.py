"""Findings between articles: links, translations, and two that say nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bot.kb import tokens
from bot.kb.articles import Article, Problem, field_line
from bot.kb.languages import LANGUAGES
from bot.kb.markdown import headings, internal_link, references, slug

_SHINGLE: Final = 3  # stems in a row
_NEARLY_THE_SAME: Final = 0.5  # share of the shingles of two articles that both have


def of_relations(articles: Sequence[Article], paths: Sequence[Path]) -> Iterator[Problem]:
    """`paths`: all files, so that a broken one is not called missing."""
    there = {(path.parent.name, path.stem) for path in paths}
    yield from _links(articles, there)
    yield from _translations(articles, there)
    for language in LANGUAGES:
        yield from _near_duplicates([article for article in articles if article.language == language])


def _links(articles: Sequence[Article], there: set[tuple[str, str]]) -> Iterator[Problem]:
    anchors = {
        (article.language, article.id): {slug(heading.text) for heading in headings(article.body)}
        for article in articles
    }
    for article in articles:
        for reference in references(article.body):
            if reference.kind == "link":
                place = article.body_line + reference.line - 1
                for message in _dead(article, reference.target, there, anchors):
                    yield Problem(article.path, place, message)


def _dead(
    article: Article,
    target: str,
    there: set[tuple[str, str]],
    anchors: dict[tuple[str, str], set[str]],
) -> Iterator[str]:
    identifier, anchor = (article.id, target) if target.startswith("#") else internal_link(target) or ("", "")
    other = (article.language, identifier)
    if identifier and other not in there:
        yield f"link to '{target}': there is no such article"
    elif anchor and other in anchors and anchor[1:] not in anchors[other]:
        yield f"link to '{target}': there is no such heading"


def _translations(articles: Sequence[Article], there: set[tuple[str, str]]) -> Iterator[Problem]:
    by_id: dict[str, dict[str, Article]] = defaultdict(dict)
    for article in articles:
        by_id[article.id][article.language] = article
    for article_id, versions in by_id.items():
        source = versions.get("en") or next(iter(versions.values()))
        for language in LANGUAGES:
            # What only L1 reads, such as an import that nobody has looked at yet, needs no translation.
            if source.for_everybody and (language, article_id) not in there:
                yield Problem(source.path, 1, f"no version in '{language}'")
        if "en" in versions:
            yield from _outdated(
                versions["en"], [version for version in versions.values() if version.language != "en"]
            )


def _outdated(source: Article, versions: Iterable[Article]) -> Iterator[Problem]:
    for version in versions:
        line = field_line(version.source, "source_revision")
        if version.source_revision < source.revision:
            message = f"is outdated: says revision {version.source_revision}, en is at {source.revision}"
            yield Problem(version.path, line, message)
        elif version.source_revision > source.revision:
            message = (
                f"'source_revision' {version.source_revision} does not exist, en is at {source.revision}"
            )
            yield Problem(version.path, line, message)


def _near_duplicates(articles: Sequence[Article]) -> Iterator[Problem]:
    """Of one language. All pairs at once as one sparse product: thousands of articles stay quick."""
    # Takes a second to import: not at the start of every command.
    from sklearn.feature_extraction.text import CountVectorizer

    shingles = [_shingles(article) for article in articles]
    if not any(shingles):
        return
    counts = CountVectorizer(analyzer=lambda found: found, binary=True, dtype=np.int32).fit_transform(
        shingles
    )
    shared = (counts @ counts.T).tocoo()
    sizes = counts.sum(axis=1).A1
    for row, column, both in zip(shared.row, shared.col, shared.data, strict=True):
        if column < row and both / (sizes[row] + sizes[column] - both) > _NEARLY_THE_SAME:
            article, other = articles[row], articles[column]
            yield Problem(article.path, article.body_line, f"says nearly the same as {other.path.name}")


def _shingles(article: Article) -> list[str]:
    stems = tokens.terms(" ".join(section.text for section in article.sections), article.language)
    return [" ".join(stems[at : at + _SHINGLE]) for at in range(len(stems) - _SHINGLE + 1)]
