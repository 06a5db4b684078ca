"""The search for secrets that were left behind finds each one that is planted, and nothing else."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from tests.canary import Canaries

PASSWORD = 'blå "giraff" spiser & lefse 77'
CODE, TOKEN = "482913", "pV3kq-Z8w_1LmT0yRb5cXn7sQeUaHdGfJ2iOv4uMx9E"


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/form.json", data)
    return buffer.getvalue()


SHAPES: dict[str, Callable[[str], bytes]] = {
    "plain": lambda secret: f"so {secret}, then".encode(),
    "UTF-16": lambda secret: f"so {secret}.".encode("utf-16"),
    "JSON": lambda secret: json.dumps({"text": f"so {secret}."}).encode(),
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"text": f"so {secret}."})).encode(),
    "every letter escaped": lambda secret: "".join(f"\\u{ord(letter):04x}" for letter in secret).encode(),
    "a form": lambda secret: b"a=1&password=" + quote_plus(secret).encode() + b"&b=2",
    "every byte percent": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()).encode(),
    "hex": lambda secret: b"blob " + secret.encode().hex().encode(),
    "backwards": lambda secret: f"so {secret[::-1]}.".encode(),
    "zip": lambda secret: zipped(secret.encode()),
    "gzip of zip": lambda secret: gzip.compress(zipped(secret.encode())),
    "zlib": lambda secret: zlib.compress(f"so {secret}.".encode()),
    **{f"base64 at {start}": lambda secret, start=start: base64.b64encode(b"x" * start + b" " + secret.encode() + b" y")
       for start in range(3)},
}  # fmt: skip


@pytest.fixture
def canaries() -> Canaries:
    canaries = Canaries()
    canaries.password(PASSWORD)
    canaries.code(CODE)
    canaries.link(f"https://desk.example/reset/{TOKEN}")
    return canaries


@pytest.mark.parametrize("write", SHAPES.values(), ids=SHAPES)
def test_a_planted_secret_is_found_in_any_shape(
    canaries: Canaries, tmp_path: Path, write: Callable[[str], bytes]
) -> None:
    for kind, secret in (("password", PASSWORD), ("code", CODE), ("link", TOKEN)):
        (tmp_path / "left.bin").write_bytes(write(secret))
        assert {finding.kind for finding in canaries.in_folder(tmp_path)} == {kind}


@pytest.mark.parametrize(
    "text", ["482 913", "4 8 2 9 1 3", "482-913", "koden er 482913.", '"code": "482913"']
)
def test_a_code_is_found_as_people_write_it(canaries: Canaries, text: str) -> None:
    assert canaries.in_text(text, "here")


@pytest.mark.parametrize(
    "text", ["2026-11-02 09:00:00.482913", "1764580000.482913", "1482913", "a482913f", "4829134"]
)
def test_the_same_digits_in_another_number_are_no_code(canaries: Canaries, text: str) -> None:
    assert canaries.in_text(text, "here") == []


def test_rows_are_read_where_they_are_not_yet_in_the_file_or_spread_over_its_pages(
    canaries: Canaries, tmp_path: Path
) -> None:
    database = sqlite3.connect(tmp_path / "some.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE notes (text)")
    for pages in range(3000, 5000, 100):  # some place of it falls on a page's end
        database.execute("INSERT INTO notes VALUES (?)", ("x " * (pages // 2) + PASSWORD,))
    database.commit()
    rows = [finding for finding in canaries.in_folder(tmp_path) if finding.place == "some.db (rows)"]
    assert rows
    database.close()


def test_clean_files_are_clean(canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("INFO 2026 the code was right\n" * 100)
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 1000)
    assert canaries.in_folder(tmp_path) == []
