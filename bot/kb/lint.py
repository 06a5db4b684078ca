"""What is wrong with the articles: one finding a line, for their authors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bot.kb import tokens
from bot.kb.articles import Article, ArticleError, Problem, field_line, read_article
from bot.kb.languages import LANGUAGES, STOP_WORDS, SectionKind
from bot.kb.markdown import Section, headings, internal_link, references

# Fixed sections come in this order; free ones ('steps', 'text') stand between symptoms and result.
_ORDER: Final[dict[SectionKind, int]] = {
    "symptoms": 0,
    "steps": 1,
    "text": 1,
    "result": 2,
    "fallback": 3,
    "stop": 4,
}
_SAFE_LINK: Final = re.compile(r"(?:https|mailto|tel):", re.IGNORECASE)
_WORDS_TO_JUDGE: Final = 20  # fewer words do not tell their language
_SHINGLE: Final = 3
_NEARLY_THE_SAME: Final = 0.5


def lint(root: Path, only: Path | None = None, *, today: date) -> list[Problem]:
    """All findings in the articles under `root`, or those in `only`. Sorted by place."""
    articles, problems = _read(root)
    for article in articles:
        problems.extend(_one(article, today))
    problems.extend(_links(articles, root))
    problems.extend(_translations(articles, _paths(root)))
    problems.extend(_same_questions(articles))
    problems.extend(_near_duplicates(articles))
    chosen = [problem for problem in problems if only is None or problem.path.is_relative_to(only)]
    return sorted(set(chosen), key=lambda problem: (str(problem.path), problem.line, problem.message))


def root_of(path: Path) -> Path:
    """The folder with the language folders that a file or folder belongs to."""
    folder = path if path.is_dir() else path.parent
    return folder.parent if folder.name in LANGUAGES else folder


def _paths(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("*/*.md") if not path.name.startswith("."))


def _read(root: Path) -> tuple[list[Article], list[Problem]]:
    articles: list[Article] = []
    problems: list[Problem] = []
    for path in _paths(root):
        try:
            articles.append(read_article(path))
        except ArticleError as err:
            problems.append(Problem(path, err.line, str(err)))
    problems.extend(_duplicate_ids(root))
    problems.extend(
        Problem(path, 1, "lies outside a language folder, nobody will find it")
        for path in sorted(root.glob("*.md"))
    )
    return articles, problems


def _duplicate_ids(root: Path) -> Iterator[Problem]:
    """By the text of the files: one of two with the same id has the wrong name, so it is no article."""
    seen: dict[tuple[str, str], Path] = {}
    for path in _paths(root):
        match = re.search(
            r"^id:\s*['\"]?([\w-]+)", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
        )
        if not match:
            continue
        first = seen.setdefault((path.parent.name, match[1]), path)
        if first != path:
            yield Problem(path, 2, f"id '{match[1]}' is already that of {first.name}")


def _one(article: Article, today: date) -> Iterator[Problem]:
    yield from _review(article, today)
    yield from _heading_order(article)
    yield from _sections(article)
    yield from _wrong_language(article)
    for reference in references(article.body):
        line = article.body_line + reference.line - 1
        if reference.kind == "image" and not reference.label.strip():
            yield Problem(article.path, line, f"image '{reference.target}' has no alternative text")
        if reference.kind == "link" and not _followable(reference.target):
            yield Problem(
                article.path,
                line,
                f"link '{reference.target}' is neither an article nor https, mailto or tel",
            )


def _followable(target: str) -> bool:
    return bool(internal_link(target) or _SAFE_LINK.match(target) or target.startswith("#"))


def _review(article: Article, today: date) -> Iterator[Problem]:
    line = field_line(article.source, "reviewed")
    due = article.reviewed + timedelta(days=min(article.review_every_days, 36_500))
    if article.reviewed > today:
        yield Problem(article.path, line, f"'reviewed' lies in the future: {article.reviewed}")
    elif due < today:
        yield Problem(article.path, line, f"review is overdue since {due}: {article.owner}")


def _heading_order(article: Article) -> Iterator[Problem]:
    level = 1
    for heading in headings(article.body):
        line = article.body_line + heading.line - 1
        if heading.level == 1:
            yield Problem(
                article.path, line, "a '# ' heading: the title is in the front matter, begin with '## '"
            )
        elif heading.level > level + 1:
            yield Problem(article.path, line, f"heading level {heading.level} after level {level}")
        level = heading.level
    highest, name = 0, ""
    for section in article.sections:
        place = _ORDER[section.kind] if section.heading else 0
        if place < highest:
            yield Problem(
                article.path, _line(article, section), f"'{section.heading}' belongs before '{name}'"
            )
        if place > highest:
            highest, name = place, section.heading


def _sections(article: Article) -> Iterator[Problem]:
    kinds = {section.kind for section in article.sections}
    steps = [section for section in article.sections if section.kind == "steps"]
    texts = [section for section in article.sections if section.kind == "text" and section.heading]
    # An article that only informs, such as opening hours, may hold a list of steps that nothing comes of.
    informs = "symptoms" not in kinds and len(texts) >= 2
    if steps and not informs and "result" not in kinds:
        yield Problem(
            article.path, _line(article, steps[0]), "steps, but no section that says how to know it worked"
        )
    if "stop" not in kinds:
        yield Problem(
            article.path, article.body_line, "no section that says when to stop and contact the service desk"
        )
    written = {section.line for section in article.sections}
    for heading in headings(article.body):
        if heading.line not in written:
            line = article.body_line + heading.line - 1
            yield Problem(article.path, line, f"nothing stands under '{heading.text}'")


def _line(article: Article, section: Section) -> int:
    return article.body_line + max(section.line, 1) - 1


def _wrong_language(article: Article) -> Iterator[Problem]:
    for section in article.sections:
        found = _language_of(section.text)
        if found and found != article.language:
            message = f"'{section.heading}' reads like '{found}', the file is '{article.language}'"
            yield Problem(article.path, _line(article, section), message)
    head = _language_of(f"{article.title} {article.summary} {' '.join(article.questions)}")
    if head and head != article.language:
        line = field_line(article.source, "title")
        yield Problem(
            article.path, line, f"front matter reads like '{head}', the file is '{article.language}'"
        )


def _language_of(text: str) -> str | None:
    """The language whose function words are clearly the most, or None when a text does not tell."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    if len(words) < _WORDS_TO_JUDGE:
        return None
    counts = {language: sum(word in STOP_WORDS[language] for word in words) for language in LANGUAGES}
    best, second = sorted(counts, key=lambda language: -counts[language])[:2]
    return best if counts[best] >= 1.5 * counts[second] and counts[best] >= len(words) * 0.15 else None


def _links(articles: Sequence[Article], root: Path) -> Iterator[Problem]:
    for article in articles:
        for reference in references(article.body):
            target = internal_link(reference.target) if reference.kind == "link" else None
            if target and not (root / article.language / f"{target[0]}.md").is_file():
                line = article.body_line + reference.line - 1
                yield Problem(article.path, line, f"link to '{reference.target}': there is no such article")


def _translations(articles: Sequence[Article], paths: Iterable[Path]) -> Iterator[Problem]:
    there = {
        (path.parent.name, path.stem) for path in paths
    }  # broken files are reported as such, not as missing
    by_id: dict[str, dict[str, Article]] = defaultdict(dict)
    for article in articles:
        by_id[article.id][article.language] = article
    for article_id, versions in by_id.items():
        source = versions.get("en") or next(iter(versions.values()))
        for language in LANGUAGES:
            if (language, article_id) not in there:
                yield Problem(source.path, 1, f"no version in '{language}'")
        if "en" in versions:
            yield from _outdated(
                versions["en"], [version for version in versions.values() if version.language != "en"]
            )


def _outdated(source: Article, versions: Iterable[Article]) -> Iterator[Problem]:
    for version in versions:
        line = field_line(version.source, "source_revision")
        if version.source_revision < source.revision:
            message = f"is outdated: says revision {version.source_revision}, en is at {source.revision}"
            yield Problem(version.path, line, message)
        elif version.source_revision > source.revision:
            message = (
                f"'source_revision' {version.source_revision} does not exist, en is at {source.revision}"
            )
            yield Problem(version.path, line, message)


def _same_questions(articles: Iterable[Article]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Article] = {}
    for article in articles:
        for question in article.questions:
            key = (article.language, " ".join(tokens.words(question, article.language)))
            first = seen.setdefault(key, article)
            if first is not article and key[1]:
                line = _question_line(article, question)
                yield Problem(article.path, line, f"question '{question}' is also one of {first.path.name}")


def _question_line(article: Article, question: str) -> int:
    for number, line in enumerate(article.source.splitlines(), start=1):
        if line.strip().removeprefix("-").strip().strip("'\"") == question:
            return number
    return field_line(article.source, "questions")


def _near_duplicates(articles: Sequence[Article]) -> Iterator[Problem]:
    shingles = [_shingles(article) for article in articles]
    for at, article in enumerate(articles):
        for before in range(at):
            other = articles[before]
            if (
                other.language == article.language
                and _likeness(shingles[at], shingles[before]) > _NEARLY_THE_SAME
            ):
                yield Problem(article.path, article.body_line, f"says nearly the same as {other.path.name}")


def _shingles(article: Article) -> frozenset[tuple[str, ...]]:
    stems = tokens.terms(" ".join(section.text for section in article.sections), article.language)
    return frozenset(tuple(stems[at : at + _SHINGLE]) for at in range(len(stems) - _SHINGLE + 1))


def _likeness(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    union = len(one | other)
    return len(one & other) / union if union else 0.0
