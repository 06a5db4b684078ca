"""The index on the disk: a folder of arrays a shard, which are mapped into memory, and a list of the shards that hold.

A shard never changes, so a process may go on with one that another process has replaced. What is written gets its name
when it is complete. The folder may be deleted at any time.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.kb.cache import Cache
from bot.kb.edition import edition
from bot.kb.encoder import encoder_name
from bot.kb.shard import Shard

logger = logging.getLogger(__name__)

_FOLDER: Final = "kb-index"
_STATE: Final = "state.json"
_CHECKED_BYTES: Final = (
    4 * 1024 * 1024
)  # of larger files only the size is checked: a start reads no gigabytes

Arrays = Mapping[str, npt.NDArray[Any]]


class StoredShard(NamedTuple):
    shard: Shard
    gone: Sequence[int]  # rows that no longer hold


Shards = Mapping[str, Sequence[StoredShard]]  # by language


class Damaged(Exception):
    """What lies there is not what was written."""


class IndexStore:
    """All failures are logged and otherwise ignored: without it the base only starts slower."""

    def __init__(self, cache_dir: Path, articles_dir: Path) -> None:
        self._folder = cache_dir / _FOLDER
        self._articles_dir = articles_dir
        self._cache = Cache(cache_dir)

    def load(self) -> Shards:
        """What was saved last, if by this edition with this encoder; else nothing."""
        problem: Exception | None = None
        for _ in range(2):  # another process may have put a new one in its place meanwhile
            if not self._state_file.exists():
                return {}
            try:
                return self._loaded()
            except (Damaged, OSError, ValueError, KeyError, TypeError, EOFError) as err:
                problem = err
        logger.warning("the stored index in %s is damaged and is built anew: %s", self._folder, problem)
        shutil.rmtree(self._folder, ignore_errors=True)
        return {}

    def save(self, shards: Shards) -> bool:
        """Puts them in place of what is there. False when that fails, or another process is at it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                names = {
                    language: [(self._saved(language, shard), list(gone)) for shard, gone in own]
                    for language, own in shards.items()
                }
                state = json.dumps({"key": self._key(), "shards": names})
                if self._state_file.exists() and self._state_file.read_text(encoding="utf-8") == state:
                    return True
                _replace(self._state_file, state)
                self._clear({name for own in names.values() for name, _ in own})
                return True
        except BlockingIOError:
            return False
        except OSError as err:
            logger.warning("the index cannot be stored in %s: %s", self._folder, err)
            return False

    @property
    def _state_file(self) -> Path:
        return self._folder / _STATE

    def _loaded(self) -> Shards:
        state = json.loads(self._state_file.read_text(encoding="utf-8"))
        if state["key"] != self._key():
            return {}
        return {
            language: [StoredShard(self._shard(language, name), gone) for name, gone in names]
            for language, names in state["shards"].items()
        }

    def _shard(self, language: str, name: str) -> Shard:
        arrays = _mapped(self._folder / name)
        return Shard.from_arrays(language, arrays, self._articles_dir, self._cache)

    def _saved(self, language: str, shard: Shard) -> str:
        """The name of the shard's folder."""
        digest = blake2b(f"{self._key()}\0{language}".encode(), digest_size=16)
        for article in shard.articles:
            digest.update(article.id.encode() + b"\0" + article.digest)
        name = f"{language}-{digest.hexdigest()}"
        if not (self._folder / name).is_dir():
            _write(shard.arrays(), self._folder, name)
        return name

    def _key(self) -> str:
        return f"{edition().hex()} {encoder_name()}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Raises BlockingIOError while another process writes: it has seen the same files."""
        with (self._folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def _clear(self, wanted: set[str]) -> None:
        for entry in os.scandir(self._folder):
            if entry.is_dir() and entry.name not in wanted:
                shutil.rmtree(entry.path, ignore_errors=True)


def _write(arrays: Arrays, folder: Path, name: str) -> None:
    """Complete, or not at all."""
    aside = Path(mkdtemp(dir=folder, prefix="tmp-"))
    try:
        files = {}
        for each, array in arrays.items():
            file = aside / f"{each}.npy"
            np.save(file, array, allow_pickle=False)
            files[each] = [file.stat().st_size, _checksum(file)]
        (aside / _STATE).write_text(json.dumps(files), encoding="utf-8")
        aside.rename(folder / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _mapped(folder: Path) -> Arrays:
    files = json.loads((folder / _STATE).read_text(encoding="utf-8"))
    found = {}
    for name, (size, checksum) in files.items():
        file = folder / f"{name}.npy"
        if file.stat().st_size != size or _checksum(file) != checksum:
            raise Damaged(f"{folder.name}/{file.name}")
        # An ordinary array over the mapping: numpy's own class for it is slow to slice.
        found[name] = np.load(file, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return found


def _checksum(file: Path) -> int | None:
    return zlib.crc32(file.read_bytes()) if file.stat().st_size <= _CHECKED_BYTES else None


def _replace(path: Path, text: str) -> None:
    aside = path.with_suffix(f".{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
