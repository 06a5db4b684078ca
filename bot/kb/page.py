"""An article as HTML for the desk's page. The page around it, and its headings' style, are the desk's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import nh3

from bot.kb.answer import article_path
from bot.kb.articles import Article
from bot.kb.markdown import new_parser, rewrite_links

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
_ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_SCHEMES: Final = {"https", "mailto", "tel"}


def render_html(article: Article, *, link: Callable[[str], str] | None = None) -> str:
    """Safe HTML of an article's body, without its title (S9, U10): no script, style, frame, form, event.

    `link` gives the address of another article by its id; without it, its path on the desk.
    """
    target = link or (lambda article_id: article_path(article_id, article.language))
    html = new_parser().render(rewrite_links(article.body, target))
    return str(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_SCHEMES,
            link_rel="noopener noreferrer",
            strip_comments=True,
        )
    )
