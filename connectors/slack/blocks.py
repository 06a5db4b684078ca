"""A reply in Block Kit, within its limits: https://docs.slack.dev/reference/block-kit/blocks

Words go into `rich_text`, which reads no markup in them: nothing that anybody wrote becomes a mention, a link or
a format (U10), and lists are lists for a screen reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from connectors.outgoing import Outgoing
from connectors.preview import lines_of
from connectors.richtext import Line, Span, parse, plain
from connectors.slack.interactivity import CHOICE, CODE, EDIT
from connectors.slack.text import escaped

Block = dict[str, Any]

MAX_TEXT = 3_900  # of `text`, the notification; Slack cuts at 40,000, and aims below 4,000
MAX_ALL = 12_000  # characters of one message's blocks; above some 13,200 Slack refuses the message
MAX_ABOUT = 300  # of the line that says whose an article is
MAX_BUTTON = 75
MAX_URL = 3_000
MAX_ACTIONS = 25
MAX_LABEL = 24  # of a modal's title and buttons
LINK = "tier0:link"  # a button that only opens an address


def notification(message: Outgoing) -> str:
    """The whole text without markup: what a notification, a search and a screen reader have."""
    text = escaped(plain(message.text))
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1].rsplit(" ", 1)[0] + "…"


def blocks_of(message: Outgoing, labels: dict[str, str]) -> list[Block]:
    """The message as it is to be shown now: with what can be pressed, or with what was."""
    blocks: list[Block] = []
    if message.author == "agent":
        blocks.append(_context(labels["from_agent"].format(name=message.author_name)))
    below = [*_card(message, labels), *_buttons(message)]
    taken = sum(_characters(block) for block in (*blocks, *below))
    return [*blocks, *words(message.text, limit=MAX_ALL - taken), *below]


def words(markdown: str, *, limit: int = MAX_ALL) -> list[Block]:
    """Text as one `rich_text` of at most `limit` characters; nothing for no text."""
    elements = list(_elements(_fitting(parse(markdown), limit)))
    return [{"type": "rich_text", "elements": elements}] if elements else []


def button(title: str, action: str, value: str, *, primary: bool = False) -> Block:
    made: Block = {"type": "button", "text": _plain(title, MAX_BUTTON), "action_id": action, "value": value}
    return {**made, "style": "primary"} if primary else made


def link_button(title: str, url: str, number: int = 0, *, primary: bool = False) -> Block:
    made: Block = {
        "type": "button",
        "text": _plain(title, MAX_BUTTON),
        "action_id": f"{LINK}:{number}",
        "url": url,
    }
    return {**made, "style": "primary"} if primary else made


def _card(message: Outgoing, labels: dict[str, str]) -> list[Block]:
    """What comes with the words: a link, the article's page, the field for a code."""
    custom = message.custom
    kind, url = custom.get("type"), str(custom.get("url") or "")
    if kind == "link" and _is_web(url):
        return [_actions([link_button(str(custom.get("title") or url), url, primary=True)])]
    if kind == "article":
        about = _cut(" · ".join(_about(custom, labels)), MAX_ABOUT)
        page = [_actions([link_button(labels["whole_article"], url)])] if _is_web(url) else []
        return [*([_context(about)] if about else []), *page]
    asks = not message.closed and not message.pressed  # another way than a code was chosen
    if kind == "code_field" and message.closed and not message.pressed:
        return [_context(f"✓ {labels['code_given']}")]
    if kind == "code_field" and message.conversation.private and asks:
        return [
            _actions([button(labels["code_enter"], CODE, str(custom.get("factor") or "-"), primary=True)])
        ]
    if message.conversation.private and message.live and lines_of(custom):
        send = message.live[0]
        return [_actions([button(labels["preview_edit"], EDIT, send.token)])]
    return []


def _buttons(message: Outgoing) -> list[Block]:
    if message.pressed:
        return [_context(f"✓ {message.pressed}")]
    made = [
        button(choice.title, f"{CHOICE}:{number}", choice.token) for number, choice in enumerate(message.live)
    ]
    return [_actions(made[start : start + MAX_ACTIONS]) for start in range(0, len(made), MAX_ACTIONS)]


def _about(custom: dict[str, Any], labels: dict[str, str]) -> Iterator[str]:
    if custom.get("owner"):
        yield labels["article_owner"].format(owner=custom["owner"])
    if custom.get("reviewed"):
        yield labels["article_reviewed"].format(date=custom["reviewed"])


def _fitting(lines: Sequence[Line], left: int) -> Iterator[Line]:
    """As many lines as fit; what is cut is marked."""
    for line in lines:
        size = sum(len(span.text) + len(span.url) for span in line.spans) + 40
        if size > left:
            yield Line((Span(line.plain[: max(left - 40, 0)] + "…"),), line.marker, line.depth)
            return
        left -= size
        yield line


def _elements(lines: Iterator[Line]) -> Iterator[Block]:
    first = True
    for (style, depth), group in groupby(lines, key=_kind):
        members = list(group)
        if style:
            start = int(members[0].marker.rstrip(".")) if style == "ordered" else 1
            made: Block = {
                "type": "rich_text_list",
                "style": style,
                "indent": min(depth, 8),
                "elements": [_section(line) for line in members],
            }
            yield {**made, "offset": start - 1} if start > 1 else made
        else:
            for line in members:
                yield _section(line, gap=not first and not line.depth)
                first = False
        first = False


def _kind(line: Line) -> tuple[str, int]:
    if not line.marker:
        return "", 0
    return ("bullet" if line.marker == "-" else "ordered"), line.depth


def _section(line: Line, *, gap: bool = False) -> Block:
    spans = [_span(span) for span in line.spans if span.text]
    lead = [{"type": "text", "text": "\n"}] if gap else []
    return {"type": "rich_text_section", "elements": [*lead, *spans] or [{"type": "text", "text": " "}]}


def _span(span: Span) -> Block:
    style = {name: True for name, on in (("bold", span.bold), ("code", span.code)) if on}
    made: Block = (
        {"type": "link", "url": span.url, "text": span.text}
        if span.url and len(span.url) <= MAX_URL
        else {"type": "text", "text": span.text}
    )
    return {**made, "style": style} if style else made


def _actions(elements: list[Block]) -> Block:
    return {"type": "actions", "elements": elements}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_plain(text, 2_000)]}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": _cut(text, limit), "emoji": False}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _characters(block: Any) -> int:
    """How much text there is in a block, wherever in it."""
    if isinstance(block, list):
        return sum(map(_characters, block))
    if not isinstance(block, dict):
        return 0
    own = block.get("text")
    return (len(own) if isinstance(own, str) else _characters(own)) + _characters(block.get("elements"))


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= MAX_URL
