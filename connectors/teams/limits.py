"""What Teams takes of an app package, checked here: the upload page says only that something is wrong."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image, UnidentifiedImageError

from connectors.teams.icons import COLOR_SIZE, OUTLINE_SIZE

LENGTHS = {  # characters at most, by the path in manifest.json; localised files use the same paths
    "name.short": 30,
    "name.full": 100,
    "description.short": 80,
    "description.full": 4000,
    "developer.name": 32,
    "developer.websiteUrl": 2048,
    "developer.privacyUrl": 2048,
    "developer.termsOfUseUrl": 2048,
}
COMMAND_LENGTHS = {"title": 32, "description": 128}
MAX_COMMANDS = 10
SCOPES = {"personal", "team", "groupChat"}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"\d{1,5}\.\d{1,5}\.\d{1,5}")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_PATH = re.compile(r"[^.\[\]]+|\[\d+\]")


def faults(files: Mapping[str, bytes]) -> list[str]:
    """A line a fault; none where Teams takes the package."""
    manifest = json.loads(files["manifest.json"])
    found = [*_manifest(manifest), *_icons(files)]
    for entry in manifest["localizationInfo"]["additionalLanguages"]:
        name = entry["file"]
        if name not in files:
            found.append(f"{name}: is named in the manifest and not there")
        else:
            found += _localised(name, json.loads(files[name]), manifest)
    return found


def _manifest(manifest: Mapping[str, Any]) -> Iterator[str]:
    for path, limit in LENGTHS.items():
        yield from _length("manifest.json", path, _at(manifest, path), limit)
    for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        if not str(manifest["developer"][name]).startswith("https://"):
            yield f"manifest.json: developer.{name} must start with https://"
    if not _VERSION.fullmatch(manifest["version"]):
        yield "manifest.json: version must be three numbers"
    if not _GUID.fullmatch(manifest["id"]):
        yield "manifest.json: id must be a GUID"
    for bot in manifest["bots"]:
        yield from _bot(bot)
    for domain in manifest["validDomains"]:
        if not _DOMAIN.fullmatch(domain):
            yield f"manifest.json: validDomains: {domain!r} is no host name"


def _bot(bot: Mapping[str, Any]) -> Iterator[str]:
    if not _GUID.fullmatch(bot["botId"]):
        yield "manifest.json: bots.botId must be a GUID"
    if not bot["scopes"] or set(bot["scopes"]) - SCOPES:
        yield "manifest.json: bots.scopes"
    for commands in (entry["commands"] for entry in bot["commandLists"]):
        if not 1 <= len(commands) <= MAX_COMMANDS:
            yield f"manifest.json: between 1 and {MAX_COMMANDS} commands"
        for command in commands:
            for name, limit in COMMAND_LENGTHS.items():
                yield from _length("manifest.json", f"commands.{name}", command[name], limit)


def _localised(file: str, texts: Mapping[str, str], manifest: Mapping[str, Any]) -> Iterator[str]:
    for path, text in texts.items():
        if path == "$schema":
            continue
        if _at(manifest, path) is None:
            yield f"{file}: {path} is not in the manifest"
            continue
        limit = LENGTHS.get(path) or COMMAND_LENGTHS[path.rsplit(".", 1)[-1]]
        yield from _length(file, path, text, limit)


def _icons(files: Mapping[str, bytes]) -> Iterator[str]:
    for name, size in (("color.png", COLOR_SIZE), ("outline.png", OUTLINE_SIZE)):
        try:
            picture = Image.open(io.BytesIO(files[name]))
            picture.load()
        except (KeyError, UnidentifiedImageError, OSError):
            yield f"{name}: is no picture"
            continue
        if picture.format != "PNG" or picture.size != (size, size):
            yield f"{name}: must be a PNG of {size} x {size}"
        elif name == "outline.png":
            corner = picture.convert("RGBA").getpixel((0, 0))
            if not isinstance(corner, tuple) or corner[3] != 0:
                yield "outline.png: must be transparent"


def _length(file: str, path: str, text: Any, limit: int) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield f"{file}: {path} is missing"
    elif len(text) > limit:
        yield f"{file}: {path} has {len(text)} characters, {limit} are allowed"


def _at(data: Any, path: str) -> Any:
    """What stands at a path such as bots[0].commandLists[0].commands[1].title, or None."""
    for step in _PATH.findall(path):
        try:
            data = data[int(step[1:-1])] if step.startswith("[") else data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
