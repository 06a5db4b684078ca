"""The converted model: made once from the installed package, kept in the cache folder, made again when it is broken."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.nlu.engine import graph, tokens
from bot.nlu.engine.adapter import Adapter
from bot.nlu.engine.weights import Weights, package_version

logger = logging.getLogger(__name__)

_MODEL: Final = "encoder.onnx"
_VOCABULARY: Final = "vocabulary.model"
# What zipfile raises for a file that is none, is cut short, or has other bytes than were written.
_BROKEN: Final = (OSError, KeyError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Converted:
    model: bytes  # ONNX
    vocabulary: bytes  # SentencePiece


def converted(weights: Weights, adapter: Adapter, cache_dir: Path) -> Converted:
    """From the cache, or made now (some seconds) and kept there if possible.

    Several processes may do so at once: each writes a file of its own, the last rename wins, all are alike.
    """
    path = cache_dir / f"e5-{package_version()}-{graph.RECIPE}-{adapter.version}.zip"
    kept = _kept(path)
    if kept is None:
        print("Preparing the embedding engine, once (some seconds) ...", file=sys.stderr, flush=True)
        kept = Converted(graph.build(weights, adapter), tokens.build(weights.vocabulary))
        _keep(kept, path)
    return kept


def _kept(path: Path) -> Converted | None:
    try:
        # A zip's entries carry checksums; reading one that does not fit is an error.
        with zipfile.ZipFile(path) as archive:
            return Converted(archive.read(_MODEL), archive.read(_VOCABULARY))
    except FileNotFoundError:
        return None
    except _BROKEN as err:
        logger.warning("%s cannot be read and is made again: %s", path, err)
        return None


def _keep(made: Converted, path: Path) -> None:
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(_MODEL, made.model)
                archive.writestr(_VOCABULARY, made.vocabulary)
        part.chmod(0o644)  # who serves need not be who trained
        os.replace(part, path)
    except OSError as err:
        logger.warning(
            "the embedding engine cannot be kept in %s, every start will make it: %s", path.parent, err
        )
        if part is not None:
            part.unlink(missing_ok=True)
