"""`preview`: what the chat shows of an article."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.kb.articles import Article
from bot.kb.cache import Cache
from bot.kb.commands import UsageError, add_command, read_articles
from bot.kb.encoder import Embeddings
from bot.kb.index import Query, build_languages, with_vectors
from bot.kb.languages import FALLBACK_LANGUAGE, LANGUAGES
from bot.kb.preview import Message, as_page, chat_messages


def add(commands: Any) -> None:
    command = add_command(commands, "preview", _preview, "what the chat shows of an article")
    command.add_argument("id", metavar="ID")
    command.add_argument("--language", required=True, choices=LANGUAGES)
    command.add_argument(
        "--query", default="", metavar="QUESTION", help="choose the passage that fits this question"
    )
    command.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, to open in a browser")
    command.add_argument(
        "--desk", default="http://127.0.0.1:8090", metavar="URL", help="where links to articles lead"
    )
    command.add_argument(
        "--chat-page", type=Path, default=Path("connectors/web"), metavar="DIR", help="the chat page's files"
    )


def _preview(options: argparse.Namespace) -> int:
    article = _article(options)
    section = _section(options, article) if options.query else -1
    messages = chat_messages(article, section, language=options.language, desk_url=options.desk)
    for remark in _remarks(options, article):
        print(remark, file=sys.stderr)
    if options.html:
        _write(options, article, messages)
        print(f"{options.html} is written; open it in a browser", file=sys.stderr)
    else:
        print(_as_text(messages))
    return 0


def _article(options: argparse.Namespace) -> Article:
    articles, problems = read_articles(options)
    versions = {article.language: article for article in articles if article.id == options.id}
    for language in (options.language, FALLBACK_LANGUAGE, *LANGUAGES):
        if language in versions:
            return versions[language]
    broken = next((str(problem) for problem in problems if problem.path.stem == options.id), "")
    raise UsageError(broken or f"there is no article '{options.id}'")


def _section(options: argparse.Namespace, article: Article) -> int:
    """The passage that the search would choose for the question."""
    articles, _ = read_articles(options)
    languages = build_languages([other for other in articles if other.language == article.language], {})
    index = languages[article.language]
    at = index.position[article.id]
    embeddings = Embeddings(Cache(options.cache))
    texts = [entry.text for entry in index.passages if entry.article == at]
    embeddings.compute(texts)  # of this article only: a preview does not wait for hundreds of others
    complete = with_vectors(languages, embeddings.known(texts)).languages[article.language]
    query = Query.of(options.query, options.language, embeddings.of_query(options.query))
    return complete.best_section(at, query)


def _remarks(options: argparse.Namespace, article: Article) -> list[str]:
    remarks = []
    if article.language != options.language:
        remarks.append(f"there is no version in '{options.language}', shown in '{article.language}'")
    if not article.for_everybody:
        remarks.append(f"audience is '{article.audience}': employees do not get this article in the chat")
    return remarks


def _write(options: argparse.Namespace, article: Article, messages: list[Message]) -> None:
    name = f"{article.language}/{article.id}.md"
    try:
        page = as_page(
            messages,
            language=options.language,
            title=article.title,
            note=f"Preview of {name}" + "".join(f" · {remark}" for remark in _remarks(options, article)),
            chat_page=options.chat_page,
        )
        options.html.write_text(page, encoding="utf-8")
    except OSError as err:
        raise UsageError(f"{err.filename}: {err.strerror}") from err


def _as_text(messages: list[Message]) -> str:
    parts = []
    for message in messages:
        parts.append(message["text"])
        custom = message["custom"]
        if custom.get("type") == "article":
            parts.append(f"{custom['owner']}, {custom['reviewed']}, {custom['url']}")
        if message["choices"]:
            parts.append("  ".join(f"[{choice['title']}]" for choice in message["choices"]))
    return "\n\n".join(parts)
