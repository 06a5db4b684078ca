"""What the chat shows of an article: the passage that fits, not the whole page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bot.kb.articles import Article
from bot.kb.markdown import Section, rewrite_links

MAX_CHARACTERS: Final = 1_200
# From this score the search knows better than the intent model what the words are about. Chosen on the dev sets: of 263
# sentences there that are not about IT the likeliest article reached 0.90.
CERTAIN: Final = 0.95


@dataclass(frozen=True, slots=True)
class Answer:
    """One passage in neutral Markdown: bold, links and lists. Connectors make their own markup of it."""

    id: str
    language: str
    title: str
    heading: str  # of the passage
    markdown: str  # the passage; at most MAX_CHARACTERS
    steps: tuple[str, ...]  # the same as single steps, where the passage has steps
    shortened: bool  # more is on the page
    result: str  # how the employee sees that it worked; may be ''
    owner: str
    reviewed: date
    url: str  # path of the whole article on the desk


def is_certain(hits: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the best of them (`id`, `score`, …, best first) answers the words, whatever else they were taken for."""
    return bool(hits) and float(hits[0].get("score") or 0.0) >= CERTAIN


def article_path(article_id: str, language: str) -> str:
    """The path of the readable article page."""
    return f"/articles/{language}/{article_id}"


def answer(article: Article, section_index: int, *, link: Callable[[str], str] | None = None) -> Answer:
    """The passage at `section_index` (the first that helps, if there is no such passage).

    `link` gives the address of another article by its id; without it, its path on the desk.
    """
    target = link or (lambda article_id: article_path(article_id, article.language))
    section = _section(article, section_index)
    if section.steps:
        steps, shortened = _whole_steps([rewrite_links(step, target) for step in section.steps])
        # What stands around the list is on the page; the chat shows what to do.
        markdown = _numbered(steps)
    else:
        steps = ()
        markdown, shortened = _whole_blocks(rewrite_links(section.markdown, target))
    return Answer(
        id=article.id,
        language=article.language,
        title=article.title,
        heading=section.heading,
        markdown=markdown,
        steps=steps,
        shortened=shortened,
        result=rewrite_links(_result(article), target),
        owner=article.owner,
        reviewed=article.reviewed,
        url=article_path(article.id, article.language),
    )


def chat_values(article: Article, section_index: int, *, desk_url: str) -> dict[str, Any]:
    """What `utter_article` in responses/ is filled with: the chat and the authors' preview show the same.

    Links lead to the article pages below `desk_url`.
    """
    shown = answer(
        article, section_index, link=lambda other: f"{desk_url}{article_path(other, article.language)}"
    )
    return {
        "title": shown.title,
        "body": _body(article, shown),
        "url": f"{desk_url}{shown.url}",
        "owner": shown.owner,
        "reviewed": shown.reviewed.isoformat(),
    }


def _body(article: Article, shown: Answer) -> str:
    """Where an article has steps for several cases, the chat says for which these are; then how one knows
    that they worked."""
    cases = [section for section in article.sections if section.kind == "steps"]
    result = next((section.heading for section in article.sections if section.kind == "result"), "")
    parts = [shown.markdown]
    if len(cases) > 1 and shown.heading:
        parts.insert(0, f"**{shown.heading}**")
    if shown.steps and shown.result and shown.heading != result:
        parts += [f"**{result}**", shown.result]
    return "\n\n".join(parts)


def _section(article: Article, index: int) -> Section:
    if 0 <= index < len(article.sections):
        return article.sections[index]
    helpful = [section for section in article.sections if section.kind in {"steps", "text"}]
    return (helpful or list(article.sections))[0]


def _result(article: Article) -> str:
    found = next((section.markdown for section in article.sections if section.kind == "result"), "")
    return _whole_blocks(found)[0]


def _whole_steps(steps: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """As many whole steps as fit; a single step that is too long is cut between words."""
    kept: list[str] = []
    for step in steps:
        if len(_numbered([*kept, step])) > MAX_CHARACTERS:
            break
        kept.append(step)
    if not kept:
        return (_cut(steps[0], MAX_CHARACTERS - len("1. ")),), True
    return tuple(kept), len(kept) < len(steps)


def _numbered(steps: Sequence[str]) -> str:
    lines: list[str] = []
    for number, step in enumerate(steps, start=1):
        mark = f"{number}. "
        lines.append(mark + step.replace("\n", "\n" + " " * len(mark)))
    return "\n".join(lines)


def _whole_blocks(markdown: str) -> tuple[str, bool]:
    """As many whole paragraphs as fit; a single one that is too long is cut between words."""
    if len(markdown) <= MAX_CHARACTERS:
        return markdown, False
    kept = ""
    for block in markdown.split("\n\n"):
        longer = f"{kept}\n\n{block}" if kept else block
        if len(longer) > MAX_CHARACTERS:
            break
        kept = longer
    return kept or _cut(markdown, MAX_CHARACTERS), True


def _cut(markdown: str, length: int) -> str:
    shortened = markdown[: length - 1].rsplit(" ", 1)[0].rstrip()
    # An opened '**' or '[text](' would swallow what the connector puts after it.
    if shortened.count("**") % 2:
        shortened = shortened[: shortened.rindex("**")].rstrip()
    opened = shortened.rfind("[")
    if opened > shortened.rfind(")"):
        shortened = shortened[:opened].rstrip()
    return shortened + "…"
