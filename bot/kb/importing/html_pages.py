"""One HTML file -> a page: its content without what stands around it. Knows Confluence's and SharePoint's exports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Final

from bs4 import BeautifulSoup, Tag

from bot.kb.importing.page import Left, Page

# The first of these that is there holds the content. Confluence; SharePoint's modern and classic pages; any page.
_CONTENT: Final = (
    "#main-content",
    "[data-sp-rte]",
    ".ms-rtestate-field",
    "article",
    "main, [role=main]",
    "body",
)
_TITLE: Final = "#title-text"  # Confluence: "Space : Title"
_CHANGED: Final = re.compile(
    r"\bon ([A-Z][a-z]{2} \d{1,2}, \d{4})"
)  # Confluence: "last modified on Jun 29, 2019"


def read(content: bytes, place: str) -> Iterator[Page | Left]:
    try:
        soup = BeautifulSoup(content, "html.parser")
        yield _page(soup, place)
    except RecursionError:
        yield Left(place, "is nested too deeply")


def _page(soup: BeautifulSoup, place: str) -> Page | Left:
    parts = content_parts(soup)
    if any("pageSection" in part.get_attribute_list("class") for part in parts):
        return Left(place, "is the export's own list of pages")
    return Page(
        place=place,
        title=_title(soup, parts) or PurePosixPath(place).stem,
        html="".join(str(part) for part in parts) or str(soup),
        names=(place, PurePosixPath(place).name),
        day=_changed(soup),
    )


def content_parts(soup: BeautifulSoup) -> list[Tag]:
    """The elements that hold a page's own text; none when it is a fragment without any frame."""
    for selector in _CONTENT:
        found = [part for part in soup.select(selector) if part.get_text(strip=True)]
        if found:
            return [part for part in found if not any(other in found for other in part.parents)]
    return []


def _title(soup: BeautifulSoup, parts: list[Tag]) -> str:
    """Confluence's, else the content's first heading of the first level, else the browser tab's."""
    if named := soup.select_one(_TITLE):
        return _text(named).split(" : ", 1)[-1]
    headings = [heading for part in parts for heading in part.find_all("h1")] or soup.find_all("h1")
    for found in (*headings[:1], *soup.find_all("title", limit=1)):
        if text := _text(found):
            return text
    return ""


def _text(element: Tag) -> str:
    return " ".join(element.get_text(" ").split())


def _changed(soup: BeautifulSoup) -> date | None:
    metadata = soup.select_one(".page-metadata")
    match = _CHANGED.search(_text(metadata)) if metadata else None
    try:
        return datetime.strptime(match[1], "%b %d, %Y").date() if match else None
    except ValueError:
        return None
