"""A knowledge-base article: what it consists of, and how a file becomes one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import frontmatter
import yaml

from bot.kb import markdown
from bot.kb.languages import LANGUAGES
from bot.kb.markdown import Section

MAX_BYTES = 256 * 1024
FOR_EVERYBODY = ("all", "employees")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class ArticleError(ValueError):
    """The file is not an article. `line` is the line to look at, counted from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file, in a sentence for its author."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class Listed(Protocol):
    """An article as a folder lists it; the article itself may still lie on the disk."""

    @property
    def id(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def for_everybody(self) -> bool: ...

    @property
    def digest(self) -> bytes:
        """Tells this text from any other, also that of the same article before it was changed."""

    def read(self) -> Article:
        """The article itself. Raises ArticleError when it is gone meanwhile."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language. The same `id` in another language is its translation."""

    id: str
    language: str
    title: str
    summary: str
    keywords: tuple[str, ...]
    services: tuple[str, ...]
    audience: str
    owner: str
    reviewed: date
    review_every_days: int
    revision: int  # of the English original; in a translation: the revision that it translates
    questions: tuple[str, ...]  # asked by `bot.kb test`; the search never sees them
    asked_as: tuple[str, ...]  # what the search knows of how employees ask
    sections: tuple[Section, ...]
    path: Path
    source: str = field(repr=False)
    body_line: int = 1  # the line of the file on which the body starts

    @property
    def for_everybody(self) -> bool:
        """Whether an employee may read it; other audiences are L1's own."""
        return self.audience in FOR_EVERYBODY

    @property
    def digest(self) -> bytes:
        return digest_of(self.source)

    def read(self) -> Article:
        return self

    @property
    def body(self) -> str:
        """The Markdown after the front matter."""
        return "\n".join(self.source.splitlines()[self.body_line - 1 :])

    @property
    def version(self) -> str:
        """Which state of the text somebody was shown, in words for a ticket."""
        return f"revision {self.revision}, reviewed {self.reviewed.isoformat()}"

    @property
    def source_revision(self) -> int:
        """The revision of the English article that this text says the same as."""
        return self.revision


def digest_of(source: str) -> bytes:
    return blake2b(source.encode("utf-8", "replace"), digest_size=16).digest()


def read_article(path: Path) -> Article:
    """Read and check one file. Raises ArticleError, with a sentence and a line for the author."""
    return parse_article(read_source(path), path)


def read_source(path: Path) -> str:
    """The text of a file, with line ends as everywhere. Raises ArticleError."""
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise ArticleError(f"cannot be read: {err.strerror}") from err
    if len(raw) > MAX_BYTES:
        raise ArticleError(f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as err:
        raise ArticleError("is not saved as UTF-8", raw.count(b"\n", 0, err.start) + 1) from err


def parse_article(source: str, path: Path) -> Article:
    """Check the text of a file at `path`: LANGUAGE/ID.md. Raises ArticleError."""
    source = source.replace("\r\n", "\n")
    front, body, body_line = _split(source)
    try:
        fields = _Fields(front, source)
        fields.refuse_other(path)
        sections = markdown.sections(body, path.parent.name)
    except RecursionError as err:
        raise ArticleError("is nested too deeply") from err
    if not any(section.heading for section in sections):
        raise ArticleError("has no '## ' heading with text under it", body_line)
    return Article(
        id=path.stem,
        language=path.parent.name,
        title=fields.text("title"),
        summary=fields.text("summary"),
        keywords=fields.texts("keywords"),
        services=fields.texts("services"),
        audience=fields.text("audience"),
        owner=fields.text("owner"),
        reviewed=fields.date("reviewed"),
        review_every_days=fields.number("review_every_days"),
        revision=fields.number("revision" if path.parent.name == "en" else "source_revision"),
        questions=fields.texts("questions"),
        asked_as=fields.texts("asked_as") if "asked_as" in front else (),
        sections=sections,
        path=path,
        source=source,
        body_line=body_line,
    )


def field_line(source: str, name: str) -> int:
    """The line on which the front matter names a field; 1 when it does not."""
    for number, line in enumerate(source.splitlines(), start=1):
        if line.startswith(f"{name}:"):
            return number
        if number > 1 and line.strip() == "---":
            break
    return 1


def _split(source: str) -> tuple[Mapping[str, Any], str, int]:
    handler = frontmatter.default_handlers.YAMLHandler()
    if not handler.detect(source):
        raise ArticleError("does not start with front matter between two lines of '---'")
    try:
        front_text, rest = handler.split(source)
        front = handler.load(front_text)
    except ValueError as err:
        raise ArticleError("front matter is not closed with a line of '---'") from err
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)
        reason = getattr(err, "problem", None) or "cannot be read"
        raise ArticleError(f"front matter: {reason}", mark.line + 1 if mark else 1) from err
    except RecursionError as err:
        raise ArticleError("is nested too deeply") from err
    if not isinstance(front, Mapping):
        raise ArticleError("front matter is not a list of 'name: value' lines")
    body = rest.lstrip("\n")
    return front, body, source[: len(source) - len(body)].count("\n") + 1


def _is_text(entry: object) -> bool:
    return isinstance(entry, str | int | float) and not isinstance(entry, bool) and bool(str(entry).strip())


class _Fields:
    """Typed reading of the front matter; every refusal names the field and its line."""

    def __init__(self, front: Mapping[str, Any], source: str) -> None:
        self._front = front
        self._source = source

    def refuse_other(self, path: Path) -> None:
        """The place of the file decides id and language; the front matter must agree."""
        if path.parent.name not in LANGUAGES:
            raise ArticleError(f"lies in '{path.parent.name}/', which is none of {', '.join(LANGUAGES)}")
        if not _ID.fullmatch(path.stem):
            raise ArticleError("file name: use small letters a-z, digits and single hyphens")
        for name, place in (("id", path.stem), ("language", path.parent.name)):
            if (value := self._value(name)) != place:
                raise self._error(name, f"is '{value}', but the file is {path.parent.name}/{path.name}")

    def text(self, name: str) -> str:
        value = self._value(name)
        if not isinstance(value, str) or not value.strip():
            raise self._error(name, "must be a line of text")
        return " ".join(value.split())

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._value(name)
        if not isinstance(value, list) or not value:
            raise self._error(name, "must be a list with at least one entry")
        if not all(_is_text(entry) for entry in value):
            raise self._error(name, "has an entry that is no text; put it in quotation marks")
        return tuple(" ".join(str(entry).split()) for entry in value)

    def number(self, name: str) -> int:
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._error(name, "must be a whole number from 1")
        return value

    def date(self, name: str) -> date:
        value = self._value(name)
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self._error(name, "must be a date like 2026-10-15")
        return value

    def _value(self, name: str) -> Any:
        if name not in self._front:
            raise ArticleError(f"front matter: '{name}' is missing")
        return self._front[name]

    def _error(self, name: str, message: str) -> ArticleError:
        return ArticleError(f"front matter: '{name}' {message}", field_line(self._source, name))
