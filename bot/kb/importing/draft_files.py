"""Pages -> article files: each gets an id and front matter, and is for the service desk only until it is reviewed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from bs4 import BeautifulSoup

from bot.kb.articles import ArticleError, parse_article
from bot.kb.draft import Draft, file_text
from bot.kb.importing.convert import convert
from bot.kb.importing.page import Left, Page
from bot.kb.languages import LANGUAGES
from bot.kb.markdown import plain_text
from bot.nlu.language import identify

_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "đ": "d", "ł": "l"})
_LONGEST_ID: Final = 60
_LONGEST_SUMMARY: Final = 200
_FEWEST_CHARACTERS: Final = 40  # of text; less is a picture, a list of links, or nothing
_KEYWORDS: Final = 8
_NORWEGIAN: Final = ("no", "nn")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleFile:
    """A file to write: `articles / path`."""

    path: Path  # LANGUAGE/ID.md
    text: str
    place: str  # of the page that it comes from
    pictures: tuple[str, ...]  # that were left behind


@dataclass(frozen=True, slots=True)
class _Named:
    page: Page
    id: str
    language: str


def article_files(
    pages: Sequence[Page], articles: Path, *, language: str | None, owner: str, today: date
) -> Iterator[ArticleFile | Left]:
    """The files of these pages; nothing that is in the folder `articles` already is written anew.

    `language`: of all pages; without it each page's own, which is recognised where the export does not say.
    """
    named: list[_Named] = []
    taken = {path.stem: path for path in sorted(articles.glob("*/*.md"))}
    for page in pages:
        found = _named(page, language, taken, {other.id for other in named})
        if isinstance(found, Left):
            yield found
        else:
            named.append(found)
    for each in named:
        yield _article_file(each, _links(named, each.language), owner, today)


def _named(page: Page, language: str | None, taken: dict[str, Path], new: set[str]) -> _Named | Left:
    text = " ".join(BeautifulSoup(page.html, "html.parser").get_text(" ").split())
    if len(text) < _FEWEST_CHARACTERS:
        return Left(page.place, "has hardly any text")
    spoken = language or _known(page.language) or identify(text[:4_000]).language
    if spoken not in LANGUAGES:
        return Left(page.place, f"is in none of {', '.join(LANGUAGES)}; if it is, give --language")
    identifier = _id_of(page.title)
    if not identifier:
        return Left(page.place, "has no title to name a file by")
    if identifier in taken:
        return Left(page.place, f"{taken[identifier].parent.name}/{identifier}.md is there already")
    return _Named(page, _free(identifier, new), spoken)


def _known(language: str) -> str:
    short = language.casefold().split("-")[0].split("_")[0]
    short = "nb" if short in _NORWEGIAN else short
    return short if short in LANGUAGES else ""


def _id_of(title: str) -> str:
    folded = unicodedata.normalize("NFKD", title.casefold().translate(_LETTERS))
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].rstrip("-")


def _free(identifier: str, new: set[str]) -> str:
    """The id, with a number where another page of the export has the same title."""
    found, number = identifier, 1
    while found in new:
        number += 1
        found = f"{identifier}-{number}"
    return found


def _links(named: Sequence[_Named], language: str) -> Callable[[str], str | None]:
    """From an address in a page to the id of the article that it leads to."""
    known = {
        name.casefold(): each.id for each in named if each.language == language for name in each.page.names
    }

    def link(address: str) -> str | None:
        try:
            parts = urlsplit(address)
            wanted = [unquote(parts.path.rsplit("/", 1)[-1]), *(value for _, value in parse_qsl(parts.query))]
        except ValueError:
            return None
        return next((known[name.casefold()] for name in wanted if name.casefold() in known), None)

    return link


def _article_file(
    each: _Named, link: Callable[[str], str | None], owner: str, today: date
) -> ArticleFile | Left:
    page = each.page
    try:
        body = convert(page.html, title=page.title, link=link)
        draft = Draft(
            id=each.id,
            language=each.language,
            title=page.title,
            summary=_summary(body.markdown) or page.title,
            keywords=page.labels or _keywords(page.title),
            services=[_id_of(page.category) or "general"],
            owner=owner,
            reviewed=min(page.day or today, today),
            questions=[page.title],
        )
        path = Path(each.language) / f"{each.id}.md"
        text = file_text(draft, body.markdown)
        parse_article(text, path)
    except ArticleError as err:
        return Left(page.place, str(err))
    except RecursionError:
        return Left(page.place, "is nested too deeply")
    return ArticleFile(path=path, text=text, place=page.place, pictures=tuple(body.pictures))


def _summary(markdown: str) -> str:
    """The first sentence that is neither a heading nor a list."""
    for block in markdown.split("\n\n"):
        if re.match(r"[A-ZÆØÅÄÖÜa-zæøåäöü*]", block):
            text = plain_text(block)
            sentence = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
            return (
                sentence
                if len(sentence) <= _LONGEST_SUMMARY
                else sentence[:_LONGEST_SUMMARY].rsplit(" ", 1)[0]
            )
    return ""


def _keywords(title: str) -> list[str]:
    words = [word for word in re.findall(r"[^\W_]+", title.casefold()) if len(word) > 2]
    return list(dict.fromkeys(words))[:_KEYWORDS] or [title]
