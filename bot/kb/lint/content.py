"""Findings that one article alone shows: front matter, review, headings, sections, language, links, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import frontmatter

from bot.kb.articles import Article, Problem, field_line
from bot.kb.draft import GAP
from bot.kb.languages import LANGUAGES, STOP_WORDS, SectionKind
from bot.kb.markdown import Reference, Section, headings, internal_link, references
from bot.kb.review import overdue, review_due

# Fixed sections come in this order; free ones ('steps', 'text') stand between symptoms and result.
_ORDER: Final[dict[SectionKind, int]] = {
    "symptoms": 0,
    "steps": 1,
    "text": 1,
    "result": 2,
    "fallback": 3,
    "stop": 4,
}
# Beside the revision; `asked_as` is the one that an article may do without.
_FIELDS: Final = {
    *("id", "language", "title", "summary", "keywords", "services", "audience", "owner"),
    *("reviewed", "review_every_days", "questions", "asked_as"),
}
_SAFE_LINK: Final = re.compile(r"(?:https|mailto|tel):", re.IGNORECASE)
_FILE_NAME: Final = re.compile(r"[\w.-]+\.(?:png|jpe?g|gif|svg|webp|bmp)", re.IGNORECASE)
_WORDS_TO_JUDGE: Final = 20  # fewer words do not tell their language


def of_content(article: Article, today: date) -> Iterator[Problem]:
    gaps = list(_gaps(article))
    yield from gaps
    yield from _fields(article)
    yield from _review(article, today)
    yield from _heading_order(article)
    yield from _empty_sections(article)
    if article.for_everybody:  # what only L1 reads is never shown as steps in the chat
        yield from _missing_sections(article)
    if not gaps:  # what a draft says of its gaps is English everywhere
        yield from _wrong_language(article)
    for reference in references(article.body):
        line = article.body_line + reference.line - 1
        for message in _reference(reference):
            yield Problem(article.path, line, message)


def _fields(article: Article) -> Iterator[Problem]:
    known = _FIELDS | {"revision" if article.language == "en" else "source_revision"}
    for name in frontmatter.loads(article.source).metadata:
        if name not in known:
            line = field_line(article.source, str(name))
            yield Problem(article.path, line, f"front matter: there is no entry '{name}', nothing reads it")


def _gaps(article: Article) -> Iterator[Problem]:
    for number, line in enumerate(article.source.splitlines(), start=1):
        if re.search(rf"\b{GAP}\b", line):
            yield Problem(article.path, number, f"'{GAP}': this is still to be written")


def _reference(reference: Reference) -> Iterator[str]:
    target, label = reference.target, reference.label.strip()
    if reference.kind == "image":
        if not label or _FILE_NAME.fullmatch(label):
            yield f"image '{target}' has no alternative text"
        if not target.startswith("https://"):
            yield f"image '{target}' has no https address, nobody will see it"
    elif not (internal_link(target) or _SAFE_LINK.match(target) or target.startswith("#")):
        yield f"link '{target}' is neither an article nor https, mailto or tel"


def _review(article: Article, today: date) -> Iterator[Problem]:
    line = field_line(article.source, "reviewed")
    if article.reviewed > today:
        yield Problem(article.path, line, f"'reviewed' lies in the future: {article.reviewed}")
    elif overdue(article, today):
        yield Problem(article.path, line, f"review is overdue since {review_due(article)}: {article.owner}")


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


def _empty_sections(article: Article) -> Iterator[Problem]:
    written = {section.line for section in article.sections}
    for heading in headings(article.body):
        if heading.line not in written:
            line = article.body_line + heading.line - 1
            yield Problem(article.path, line, f"nothing stands under '{heading.text}'")


def _missing_sections(article: Article) -> Iterator[Problem]:
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


def _line(article: Article, section: Section) -> int:
    return article.body_line + max(section.line, 1) - 1


def _wrong_language(article: Article) -> Iterator[Problem]:
    told = f"the file is '{article.language}'"
    foreign = [
        (section, found)
        for section in article.sections
        if (found := _foreign(section.text, article.language))
    ]
    for section, found in foreign:
        message = f"'{section.heading}' reads like '{found}', {told}"
        yield Problem(article.path, _line(article, section), message)
    # Short sections tell nothing one by one.
    whole = _foreign(" ".join(section.text for section in article.sections), article.language)
    if whole and not foreign:
        yield Problem(article.path, article.body_line, f"the text reads like '{whole}', {told}")
    head = f"{article.title} {article.summary} {' '.join(article.questions)}"
    if found := _foreign(head, article.language):
        yield Problem(
            article.path, field_line(article.source, "title"), f"front matter reads like '{found}', {told}"
        )
    if found := _foreign(" ".join(article.asked_as), article.language):
        line = field_line(article.source, "asked_as")
        yield Problem(article.path, line, f"'asked_as' reads like '{found}', {told}")


def _foreign(text: str, language: str) -> str | None:
    found = language_of(text)
    return found if found != language else None


def language_of(text: str) -> str | None:
    """The language whose function words are clearly the most, or None when a text does not tell."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    if len(words) < _WORDS_TO_JUDGE:
        return None
    counts = {language: sum(word in STOP_WORDS[language] for word in words) for language in LANGUAGES}
    best, second = sorted(counts, key=lambda language: -counts[language])[:2]
    return best if counts[best] >= 1.5 * counts[second] and counts[best] >= len(words) * 0.15 else None
