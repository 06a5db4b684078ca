"""What can be imported: an HTML file, a folder or zip of them, records in JSON or XML."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from bot.kb.importing import html_pages, records
from bot.kb.importing.page import ImportRefused, Left, Page

_MOST_BYTES: Final = 5 * 1024 * 1024  # of an HTML page; its pictures lie beside it
_MOST_RECORD_BYTES: Final = 200 * 1024 * 1024  # of one JSON or XML file with all articles
_MOST_BYTES_IN_ALL: Final = 1024 * 1024 * 1024
_MOST_FILES: Final = 20_000

Reader = Callable[[bytes, str], Iterator[Page | Left]]
_READERS: Final[dict[str, tuple[Reader, int]]] = {
    ".html": (html_pages.read, _MOST_BYTES),
    ".htm": (html_pages.read, _MOST_BYTES),
    ".aspx": (html_pages.read, _MOST_BYTES),
    ".json": (records.read_json, _MOST_RECORD_BYTES),
    ".xml": (records.read_xml, _MOST_RECORD_BYTES),
}


def read_export(path: Path) -> Iterator[Page | Left]:
    """All pages under `path`. Raises ImportRefused when it is no export."""
    if path.is_dir():
        yield from _folder(path)
    elif zipfile.is_zipfile(path):
        yield from _zip(path)
    elif path.suffix.casefold() in _READERS:
        yield from _file(path, path.name)
    else:
        raise ImportRefused(f"{path}: is no folder, zip, HTML, JSON or XML file")


def _folder(root: Path) -> Iterator[Page | Left]:
    found = [
        path for path in sorted(root.rglob("*")) if path.suffix.casefold() in _READERS and path.is_file()
    ]
    if not found:
        raise ImportRefused(f"{root}: there is no HTML, JSON or XML file in it")
    for path in found[:_MOST_FILES]:
        yield from _file(path, path.relative_to(root).as_posix())


def _file(path: Path, place: str) -> Iterator[Page | Left]:
    reader, most = _READERS[path.suffix.casefold()]
    try:
        if path.stat().st_size > most:
            yield Left(place, f"is larger than {most // 1024 // 1024} MiB")
            return
        content = path.read_bytes()
    except OSError as err:
        raise ImportRefused(f"{path}: cannot be read: {err.strerror}") from err
    yield from reader(content, place)


def _zip(path: Path) -> Iterator[Page | Left]:
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if _suffix(entry) in _READERS and not entry.is_dir()]
        if not entries:
            raise ImportRefused(f"{path}: there is no HTML, JSON or XML file in it")
        left = _MOST_BYTES_IN_ALL
        for entry in entries[:_MOST_FILES]:
            reader, most = _READERS[_suffix(entry)]
            content = _unpacked(archive, entry, min(most, left))
            if isinstance(content, Left):
                yield content
                continue
            left -= len(content)
            yield from reader(content, entry.filename)


def _suffix(entry: zipfile.ZipInfo) -> str:
    return Path(entry.filename).suffix.casefold()


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | Left:
    try:
        with archive.open(entry) as file:
            content = file.read(most + 1)  # what an entry says of its size may be a lie
    except (RuntimeError, NotImplementedError):
        return Left(entry.filename, "is encrypted or packed in an unusual way")
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
        return Left(entry.filename, "is damaged")
    return Left(entry.filename, "is too large") if len(content) > most else content
