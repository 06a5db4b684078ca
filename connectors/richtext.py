"""A reply's Markdown as a neutral description: paragraphs, lists, and what stands in their lines.

Replies use bold, links, code and lists only (bot/responses.py, bot/kb/answer.py). CommonMark's own parser reads
them; each connector writes its platform's markup from what comes out, and escapes in its own way, so no text of
anybody's becomes markup (U10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style. `text` may hold line breaks."""

    text: str
    bold: bool = False
    code: bool = False
    url: str = ""  # http(s) only


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, or an item of a list."""

    spans: tuple[Span, ...]
    marker: str = ""  # "" of a paragraph, "-" of a bullet, "3." of a step
    depth: int = 0  # how many lists it stands in, less one

    @property
    def plain(self) -> str:
        return "".join(span.text for span in self.spans)


# As the chat page reads it: no HTML, images, headings, entities; what looks like one is text.
_PARSER = MarkdownIt("zero").enable(["emphasis", "link", "backticks", "list", "newline"])


def parse(markdown: str) -> tuple[Line, ...]:
    """The lines of a text, in order; nothing of the text is lost but its markup."""
    return tuple(_lines(_PARSER.parse(markdown)))


def plain(markdown: str) -> str:
    """The text without markup, for a notification or a screen reader."""
    return "\n".join(f"{line.marker} {line.plain}".strip() for line in parse(markdown))


def _lines(tokens: Sequence[Token]) -> Iterator[Line]:
    markers: list[str] = []  # of the open lists' newest items, "" once an item's first paragraph has taken it
    for token in tokens:
        if token.type == "list_item_open":
            markers.append(f"{token.info}." if token.info else "-")
        elif token.type == "list_item_close":
            markers.pop()
        elif token.type == "inline":
            marker = markers[-1] if markers else ""
            if markers:
                markers[-1] = ""
            yield Line(_spans(token.children or ()), marker, max(len(markers) - 1, 0))


def _spans(tokens: Sequence[Token]) -> tuple[Span, ...]:
    spans: list[Span] = []
    bold, url = 0, ""
    for token in tokens:
        if token.type == "strong_open":
            bold += 1
        elif token.type == "strong_close":
            bold -= 1
        elif token.type == "link_open":
            url = _web(str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            url = ""
        else:
            text = _text(token)
            if text:
                spans.append(Span(text, bold=bold > 0, code=token.type == "code_inline", url=url))
    return tuple(_joined(spans))


def _text(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return token.markup if token.type in ("em_open", "em_close") else token.content  # a lone star is a star


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    """Neighbours in one style as one: `a\\nb` is three tokens."""
    held: Span | None = None
    for span in spans:
        if held is not None and (held.bold, held.code, held.url) == (span.bold, span.code, span.url):
            held = Span(held.text + span.text, held.bold, held.code, held.url)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def _web(url: str) -> str:
    return url if urlsplit(url).scheme in ("http", "https") else ""
