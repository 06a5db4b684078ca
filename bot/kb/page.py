"""An article as HTML for the desk's page. The page around it, and its headings' style, are the desk's."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import nh3

from bot.kb.answer import article_path
from bot.kb.articles import Article
from bot.kb.markdown import heading_text, new_parser, rewrite_links, slug

_TAGS: Final = {
    *(
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "a",
        "img",
    ),
    *("br", "hr", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
_SCHEMES: Final = {"https", "mailto", "tel"}


def render_html(article: Article, *, link: Callable[[str], str] | None = None) -> str:
    """Safe HTML of an article's body, without its title (S9, U10): no script, style, frame, form, event.

    `link` gives the address of another article by its id; without it, its path on the desk.
    """
    target = link or (lambda article_id: article_path(article_id, article.language))
    parser = new_parser()
    tokens = parser.parse(rewrite_links(article.body, target))
    for token, following in pairwise(tokens):
        if token.type == "heading_open":  # where a link such as vpn-connect.md#on-windows leads
            token.attrSet("id", slug(heading_text(following)))
    return str(
        nh3.clean(
            parser.renderer.render(tokens, parser.options, {}),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_SCHEMES,
            link_rel="noopener noreferrer",
            strip_comments=True,
        )
    )
