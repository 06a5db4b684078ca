"""HTML -> the Markdown that articles are written in and the chat can show (docs/authoring.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_WITHOUT_TEXT: Final = (
    "script, style, noscript, template, iframe, object, embed, svg, canvas, form, input, select, textarea, nav, footer, "
    "body > header, [role=navigation], [role=banner], [role=contentinfo], "
    # Confluence: table of contents, attachments, comments; what its macros hide.
    ".toc-macro, .pageSection, .plugin_attachments_container, .hidden, .confluence-metadata"
)
_SCHEMES: Final = ("https", "http", "mailto", "tel")


@dataclass(slots=True)
class Conversion:
    markdown: str = ""
    pictures: list[str] = field(
        default_factory=list
    )  # that are not on the web, so that they could not be kept


def convert(html: str, *, title: str, link: Callable[[str], str | None]) -> Conversion:
    """The body of an article. `link` gives the id of the article that an address leads to, if it is one.

    Raises RecursionError for a page that is nested too deeply.
    """
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(_WITHOUT_TEXT):
        element.decompose()
    _order_headings(soup, title)
    found = Conversion()
    markdown = _Converter(found, link).convert_soup(soup)
    markdown = re.sub(r"\n{3,}", "\n\n", markdown.replace("\u00a0", " ")).strip()
    # An article's text stands under headings.
    found.markdown = markdown if re.search(r"^## ", markdown, re.MULTILINE) else f"## {title}\n\n{markdown}"
    return found


def _order_headings(soup: BeautifulSoup, title: str) -> None:
    """Headings start at the second level and never leave one out; the title's own and empty ones go."""
    open_levels: list[int] = []
    for heading in soup.find_all(_HEADINGS):
        text = " ".join(heading.get_text(" ").split())
        if not text or (heading.name == "h1" and text.casefold() == title.casefold()):
            heading.decompose()
            continue
        level = int(heading.name[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        heading.name = f"h{min(len(open_levels) + 1, 6)}"
        heading.string = text  # without bold and pictures in it


class _Converter(MarkdownConverter):
    def __init__(self, found: Conversion, link: Callable[[str], str | None]) -> None:
        # No escapes and no '<address>': the chat shows them as they stand.
        super().__init__(
            heading_style=ATX,
            bullets="-",
            autolinks=False,
            escape_asterisks=False,
            escape_underscores=False,
            table_infer_header=True,
        )
        self._found = found
        self._link = link

    def _plain(self, _element: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    # The chat knows bold and nothing else.
    convert_em = convert_i = convert_del = convert_s = convert_sub = convert_sup = _plain

    def convert_a(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        address = str(element.get("href") or "").strip()
        if not text.strip():
            return ""
        if identifier := self._link(address):
            element["href"] = f"{identifier}.md"
        elif scheme_of(address) not in _SCHEMES:
            return text
        element.attrs.pop("title", None)
        return str(super().convert_a(element, text, parent_tags))  # type: ignore[misc]  # its stub has no such methods

    def convert_img(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        address = str(element.get("src") or "").strip()
        label = " ".join(str(element.get("alt") or "").split())
        if "emoticon" in element.get_attribute_list("class"):
            return label
        if scheme_of(address) == "https":
            return f"![{label}]({address})"
        name = label or (
            "" if address.startswith("data:") else unquote(address.split("?")[0].rsplit("/", 1)[-1])
        )
        self._found.pictures.append(name or "without a name")
        return f"(picture: {name})" if name else ""


def scheme_of(address: str) -> str | None:
    """The scheme of an address; None for what is no address."""
    try:
        return urlsplit(address).scheme.casefold()
    except ValueError:
        return None
