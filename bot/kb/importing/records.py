"""Records in JSON or XML -> pages: ServiceNow's table kb_knowledge, SharePoint's list of pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from bs4 import BeautifulSoup
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeTree

from bot.kb.importing.html_pages import content_parts
from bot.kb.importing.page import ImportRefused, Left, Page

Record = Mapping[str, Any]

# ServiceNow's name of a field, then SharePoint's.
_TITLE: Final = ("short_description", "Title")
_TEXT: Final = ("text", "CanvasContent1", "WikiField")
_DAY: Final = ("sys_updated_on", "published", "Modified")
_CATEGORY: Final = ("kb_category", "category", "topic")
_NAMES: Final = ("number", "sys_id", "FileLeafRef")
_LISTS: Final = ("records", "result", "value", "d", "results")  # under which an export keeps its records
_ROWS: Final = ("kb_knowledge", "result")  # an XML record's element: an unload, the Table API


def read_json(content: bytes, place: str) -> Iterator[Page | Left]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as err:
        raise ImportRefused(f"{place}: is not JSON") from err
    rows = _list_in(document)
    if rows is None:
        raise ImportRefused(f"{place}: holds no list of records")
    yield from _pages(rows, place)


def read_xml(content: bytes, place: str) -> Iterator[Page | Left]:
    try:
        root = SafeTree.fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as err:
        raise ImportRefused(f"{place}: is no XML that can be read safely") from err
    rows = next((found for name in _ROWS if (found := list(root.iter(name)))), [])
    if not rows:
        raise ImportRefused(f"{place}: holds no record <{'> or <'.join(_ROWS)}>")
    yield from _pages([{field.tag: _of_field(field) for field in row} for row in rows], place)


def _of_field(field: Any) -> dict[str, str]:
    return {"value": field.text or "", "display_value": field.get("display_value") or field.text or ""}


def _list_in(document: Any) -> list[Any] | None:
    while isinstance(document, Mapping):
        document = next((document[name] for name in _LISTS if name in document), None)
        if isinstance(document, Mapping) and any(name in document for name in (*_TITLE, *_TEXT)):
            return [document]  # a single record
    return document if isinstance(document, list) else None


def _pages(rows: list[Any], place: str) -> Iterator[Page | Left]:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            yield Left(f"{place}, record {number}", "is no record")
            continue
        name = _value(row, _NAMES) or f"record {number}"
        yield _page(row, f"{place}, {name}")


def _page(record: Record, place: str) -> Page | Left:
    state, active = _value(record, ("workflow_state",)).casefold(), _value(record, ("active",)).casefold()
    if state not in ("", "published") or active == "false":
        return Left(place, f"is not published, but {state or 'retired'}")
    html = _value(record, _TEXT)
    if not html:
        wiki = "is written in wiki markup, not HTML" if _value(record, ("wiki",)) else "has no text"
        return Left(place, wiki)
    return Page(
        place=place,
        title=" ".join(_value(record, _TITLE).split()),
        html=_content(html),
        names=tuple(name for field in _NAMES if (name := _value(record, (field,)))),
        language=_value(record, ("language",)),
        day=_day(_value(record, _DAY)),
        labels=tuple(label for part in _value(record, ("meta",)).split(",") if (label := part.strip())),
        category=_value(record, _CATEGORY, shown=True),
    )


def _content(html: str) -> str:
    """SharePoint keeps its text parts among settings of web parts; ServiceNow keeps only the text."""
    if "data-sp-rte" not in html:
        return html
    return "".join(str(part) for part in content_parts(BeautifulSoup(html, "html.parser")))


def _value(record: Record, names: tuple[str, ...], *, shown: bool = False) -> str:
    """The first of the fields that is not empty; `shown`: as people see it, not its id."""
    order = ("display_value", "value") if shown else ("value", "display_value")
    for name in names:
        value = record.get(name)
        if isinstance(value, Mapping):
            value = next((value[key] for key in order if value.get(key)), "")
        if isinstance(value, str | int | bool) and (text := str(value).strip()):
            return text
    return ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
