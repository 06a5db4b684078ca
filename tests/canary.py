"""Secrets that a test has seen being made, and the search for every one of them, in every shape, in all that was stored.

A password, a code or a link is registered where it is made; what then holds one is a finding, whatever it is: a table, a
log, a tracker, a ticket's attachment, a queue, a write-ahead log, a page of a database that is free again."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote_to_bytes

from sqlalchemy import MetaData, select
from sqlalchemy.engine import Engine

LINK = re.compile(r"/(?:reset|not-me)/([\w-]{20,})")
DEEPEST = 4  # archives in archives
_JSON_ESCAPE = re.compile(rb"\\+u([0-9a-fA-F]{4})")  # more than one backslash: JSON in JSON
_JSON_QUOTE = re.compile(rb'\\+"')
# A row of digits of just this length, as people or machines write it: "482913", "482 913". The same digits are in every
# microsecond and every longer number, so neither may stand around it.
_BEFORE, _AFTER = rb"(?<![0-9A-Za-z])(?<![0-9]\.)", rb"(?![0-9A-Za-z])"
_BETWEEN = re.compile(rb"[ \xa0-]")
_SPACED = [
    re.compile(_BEFORE + rb"(?=([0-9](?:[ \xa0-]{0,2}[0-9]){%d})" % (length - 1) + _AFTER + rb")")
    for length in (6, 8)
]


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str  # what sort of secret; the secret itself is not shown
    shape: str
    place: str


class Canaries:
    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._kinds)

    def password(self, secret: str) -> str:
        return self._add("password", secret)

    def code(self, secret: str) -> str:
        return self._add("code", secret)

    def link(self, url: str) -> str:
        """Of a reset link or a "not me" link, its token."""
        for token in LINK.findall(url):
            self._add("link", token)
        return url

    def _add(self, kind: str, secret: str) -> str:
        assert len(secret) >= 6, "too short to be told from chance"
        self._kinds[secret] = kind
        return secret

    def in_folder(self, folder: Path) -> list[Finding]:
        """Every file under it, what is packed in it, and every table of every SQLite database among them."""
        found = []
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                place = str(path.relative_to(folder))
                found += self.in_bytes(place.encode(), f"the name of {place}")
                found += self.in_bytes(path.read_bytes(), place)
                if _is_sqlite(path):
                    found += self.in_bytes(_rows_of(path), f"{place} (rows)")
        return found

    def in_tables(self, engine: Engine) -> list[Finding]:
        """Every column of every table, whatever the database."""
        found = []
        tables = MetaData()
        with engine.connect() as connection:
            tables.reflect(connection)
            for table in tables.sorted_tables:
                rows = "\n".join(repr(tuple(row)) for row in connection.execute(select(table)))
                found += self.in_bytes(rows.encode("utf-8", "surrogatepass"), table.name)
        return found

    def in_text(self, text: str, place: str) -> list[Finding]:
        return self.in_bytes(text.encode("utf-8", "surrogatepass"), place)

    def in_bytes(self, data: bytes, place: str, depth: int = 0) -> list[Finding]:
        views = dict.fromkeys((data, _without_json_escapes(data), unquote_to_bytes(data)))
        found = set()
        for view in views:
            spaced = _spaced_digits(view)
            for secret, kind in self._kinds.items():
                found |= {Finding(kind, shape, place) for shape in _shapes_in(view, secret)}
                if secret.encode() in spaced:
                    found.add(Finding(kind, "spaced", place))
        if depth < DEEPEST:
            for name, inner in _unpacked(data):
                found.update(self.in_bytes(inner, f"{place} > {name}", depth + 1))
        return sorted(found, key=lambda finding: (finding.place, finding.kind, finding.shape))


def _shapes_in(data: bytes, secret: str) -> Iterator[str]:
    """The shapes in which the secret stands there. `in` first: it looks through a megabyte in a tenth of a millisecond."""
    for shape, needle in _needles(secret):
        if needle in data and (
            # Where only digits are left to look for, they must stand by themselves.
            not needle.isdigit() or re.search(_BEFORE + re.escape(needle) + _AFTER, data)
        ):
            yield shape


@cache
def _needles(secret: str) -> tuple[tuple[str, bytes], ...]:
    return tuple(_encodings(secret))


def _spaced_digits(data: bytes) -> set[bytes]:
    """Every row of six or eight digits that may be a code, without what is written between them."""
    return {_BETWEEN.sub(b"", found) for pattern in _SPACED for found in pattern.findall(data)}


def _encodings(secret: str) -> Iterator[tuple[str, bytes]]:
    plain = secret.encode()
    yield "plain", plain
    yield "reversed", secret[::-1].encode()
    yield "JSON", json.dumps(secret)[1:-1].encode()
    yield "HTML", html.escape(secret).encode()
    yield "URL", quote(secret, safe="").encode()
    yield "form", quote_plus(secret).encode()
    yield "hex", plain.hex().encode()
    yield "HEX", plain.hex().upper().encode()
    for coding in ("utf-16-le", "utf-16-be"):
        yield coding, secret.encode(coding)
    for start in range(3):  # where it begins within base64's groups of three
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            whole = encode(b"\0" * start + plain)
            # Of the first and the last group, only what depends on nothing but the secret.
            first, last = (start * 8 + 5) // 6, (start + len(plain)) * 8 // 6
            yield name, whole[first:last]


def _without_json_escapes(data: bytes) -> bytes:
    letters = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "surrogatepass"), data)
    return _JSON_QUOTE.sub(b'"', letters)


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What is inside, where this is a packed file."""
    packed = io.BytesIO(data)
    if data.startswith(b"PK") and zipfile.is_zipfile(packed):
        with zipfile.ZipFile(packed) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
    elif data.startswith(b"\x1f\x8b"):
        yield "gzip", gzip.decompress(data)
    elif data[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        try:
            yield "zlib", zlib.decompress(data)
        except zlib.error:
            return
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=packed) as archive:
            for member in archive.getmembers():
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name, file.read()


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _rows_of(path: Path) -> bytes:
    """All rows, also those whose bytes are spread over pages, and those that stand in the write-ahead log only."""
    lines: list[str] = []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in database.execute(f'SELECT * FROM "{name}"'):
                lines += [
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    for value in row
                ]
    return "\n".join(lines).encode("utf-8", "surrogatepass")
