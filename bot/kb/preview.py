"""What the chat shows of an article, before an employee sees it: as text, or as a page."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bot.kb.answer import chat_values
from bot.kb.articles import Article
from bot.responses import label, say

Message = dict[str, Any]

_TEMPLATES: Final = Path(__file__).parent / "templates"
_MODULES: Final = ("markdown.js", "message.js", "texts.js")
_IMPORT: Final = re.compile(r'(\bfrom\s+")\./')


def chat_messages(article: Article, section: int, *, language: str, desk_url: str) -> list[Message]:
    """The replies to somebody who writes `language`, as the chat page gets them."""
    replies = [say("utter_article", language, **chat_values(article, section, desk_url=desk_url))]
    if article.language != language:
        name = label(f"language_name_{article.language}", language)
        replies.insert(0, say("utter_article_other_language", language, article_language=name))
    return [_message(number, reply) for number, reply in enumerate(replies, start=1)]


def as_page(messages: Sequence[Message], *, language: str, title: str, note: str, chat_page: Path) -> str:
    """One HTML file that shows the messages with the chat page's own scripts, style and words.

    `chat_page`: the folder of the chat page. Raises OSError where it is not there.
    """
    static = chat_page / "static"
    template = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True).get_template("preview.html")
    return template.render(
        messages=messages,
        language=language,
        title=title,
        note=note,
        css=_as_style((static / "chat.css").read_text(encoding="utf-8")),
        modules={name: _as_address((static / name).read_text(encoding="utf-8")) for name in _MODULES},
        words=json.loads((chat_page / "texts" / f"{language}.json").read_text(encoding="utf-8")),
    )


def _message(number: int, reply: dict[str, Any]) -> Message:
    choices = [
        {"id": str(at), "title": button["title"], "state": "live"}
        for at, button in enumerate(reply.get("buttons", ()))
    ]
    return {
        "id": number,
        "author": "bot",
        "text": reply["text"],
        "custom": reply.get("custom", {}),
        "choices": choices,
    }


def _as_style(css: str) -> Markup:
    return Markup(css.replace("</", "<\\/"))  # noqa: S704  # the chat page's own file


def _as_address(script: str) -> str:
    """A script as a data: address. There it has no neighbours, so it imports them by their bare names, which the
    page's import map knows."""
    return "data:text/javascript;base64," + base64.b64encode(_IMPORT.sub(r"\1", script).encode()).decode()
