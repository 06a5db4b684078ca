"""Markdown of an article's body: its sections, steps, links and images, each with the line it stands on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.kb.languages import SectionKind, heading_kind

_INTERNAL_LINK = re.compile(r"(?:\./)?(?P<id>[a-z0-9][a-z0-9-]*)\.md(?P<anchor>#[^\s]*)?")
_LINK_IN_SOURCE = re.compile(
    r"\]\(\s*<?(?P<target>[^\s()<>]+\.md(?:#[^\s()<>]*)?)>?(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of an article and what stands under it. Text before the first has heading ''."""

    heading: str
    kind: SectionKind
    markdown: str
    steps: tuple[str, ...]
    line: int  # 1-based, in the body
    text: str  # in plain words, without markup


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A link or an image: where it points and what it is called."""

    kind: str  # link | image
    target: str
    label: str
    line: int


def new_parser() -> MarkdownIt:
    """CommonMark with tables; raw HTML is shown as text, never passed on."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


_PARSER = new_parser()


def headings(body: str) -> tuple[Heading, ...]:
    return tuple(_headings(_PARSER.parse(body)))


def references(body: str) -> tuple[Reference, ...]:
    """All links and images of a body, in order."""
    found: list[Reference] = []
    for token in _PARSER.parse(body):
        if token.type == "inline":
            line = token.map[0] + 1 if token.map else 1
            found.extend(_inline_references(token.children or [], line))
    return tuple(found)


def sections(body: str, language: str) -> tuple[Section, ...]:
    """The body cut at its headings; a part without text is left out."""
    tokens = _PARSER.parse(body)
    lines = body.splitlines()
    starts = [(heading.line, heading.text) for heading in _headings(tokens)]
    if not starts or starts[0][0] > 1:
        starts.insert(0, (0, ""))
    ends = [line for line, _ in starts[1:]] + [len(lines) + 1]
    found: list[Section] = []
    for (start, heading), end in zip(starts, ends, strict=True):
        markdown = "\n".join(lines[start : end - 1]).strip()
        if markdown:
            found.append(_section(heading, markdown, language, line=start))
    return tuple(found)


def plain_text(markdown: str) -> str:
    """The words of a piece of Markdown on one line."""
    return " ".join(" ".join(_words(_PARSER.parse(markdown))).split())


def heading_text(inline: Token) -> str:
    """The words of a heading, from the token after the one that opens it."""
    return _inline_text(inline).strip()


def slug(heading: str) -> str:
    """What a link to a heading ends in after its '#': as the Git pages make it, where authors try their links."""
    kept = "".join(char for char in heading.strip().casefold() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


def internal_link(target: str) -> tuple[str, str] | None:
    """(article id, '#anchor' or '') of a link to another article, or None for any other target."""
    match = _INTERNAL_LINK.fullmatch(target)
    return (match["id"], match["anchor"] or "") if match else None


def rewrite_links(markdown: str, link: Callable[[str], str]) -> str:
    """Markdown source whose links to other articles point to `link(article id)`."""

    def replace(match: re.Match[str]) -> str:
        parts = internal_link(match["target"])
        return f"]({link(parts[0])}{parts[1]})" if parts else match[0]

    return _LINK_IN_SOURCE.sub(replace, markdown)


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    for token, following in pairwise(tokens):
        # Level 0: a heading inside a list or a quotation does not cut the article.
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield Heading(int(token.tag[1:]), heading_text(following), token.map[0] + 1)


def _section(heading: str, markdown: str, language: str, *, line: int) -> Section:
    steps = _steps(markdown)
    kind = heading_kind(heading, language) or ("steps" if steps else "text")
    return Section(heading, kind, markdown, steps, line, plain_text(markdown))


def _steps(markdown: str) -> tuple[str, ...]:
    """The items of the numbered lists, as Markdown without their numbers."""
    lines = markdown.splitlines()
    steps: list[str] = []
    inside = 0
    for token in _PARSER.parse(markdown):
        if token.level == 0 and token.type in {"ordered_list_open", "ordered_list_close"}:
            inside += token.nesting
        if inside and token.type == "list_item_open" and token.level == 1 and token.map:
            steps.append(_without_number(lines[token.map[0] : token.map[1]]))
    return tuple(step for step in steps if step)


def _without_number(lines: list[str]) -> str:
    first = re.sub(r"^\s*\d+[.)]\s*", "", lines[0])
    indent = len(lines[0]) - len(first)
    rest = [line[min(indent, len(line) - len(line.lstrip())) :].rstrip() for line in lines[1:]]
    return "\n".join([first.rstrip(), *rest]).strip()


def _inline_text(token: Token) -> str:
    return "".join(_words_of(child) for child in token.children or [])


def _words_of(token: Token) -> str:
    if token.type in {"text", "code_inline"}:
        return token.content
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return _inline_text(token) if token.type == "image" else ""


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield _inline_text(token)
        elif token.type in {"fence", "code_block"}:
            yield token.content


def _inline_references(children: Sequence[Token], line: int) -> Iterator[Reference]:
    for position, token in enumerate(children):
        if token.type in {"softbreak", "hardbreak"}:
            line += 1
        elif token.type == "image":
            yield Reference("image", str(token.attrGet("src") or ""), _inline_text(token), line)
        elif token.type == "link_open":
            label = "".join(
                _words_of(child) for child in children[position + 1 :][: _link_length(children, position)]
            )
            yield Reference("link", str(token.attrGet("href") or ""), label, line)


def _link_length(children: Sequence[Token], start: int) -> int:
    for offset, token in enumerate(children[start + 1 :]):
        if token.type == "link_close":
            return offset
    return 0
