"""What the stored form of articles and index depends on, beside the articles: this code, and what it is built with."""

from __future__ import annotations

import unicodedata
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.nlu import text

_HERE: Final = Path(__file__).parent
_PACKAGES: Final = ("markdown-it-py", "numpy", "python-frontmatter", "pyyaml", "snowballstemmer")


@cache
def edition() -> bytes:
    """Another one, and nothing that was stored is used: it was made by other code, other weights, other packages."""
    digest = blake2b(digest_size=16)
    for file in (*sorted(_HERE.glob("*.py")), _HERE / "ranking.json", Path(text.__file__)):
        digest.update(blake2b(file.read_bytes()).digest() if file.is_file() else b"none")
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\0".encode())
    digest.update(unicodedata.unidata_version.encode())
    return digest.digest()
