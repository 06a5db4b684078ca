"""The app package that an administrator uploads: manifest, words in four languages, icons, in one zip.

https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.responses import label
from connectors.teams.icons import color_icon, outline_icon
from connectors.teams.limits import faults
from servicedesk.conversations import LANGUAGES
from servicedesk.errors import Tier0Error

MANIFEST_VERSION = "1.25"
SCHEMAS = f"https://developer.microsoft.com/en-us/json-schemas/teams/v{MANIFEST_VERSION}"
DEFAULT_LANGUAGE = "en"
COMMANDS = ("reset_password", "unlock_account", "my_tickets", "person", "what_can_you_do")
SCOPES = ["personal", "team", "groupChat"]
_EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
_FOLDER = Path(__file__).parent / "manifest"

Json = dict[str, Any]


class PackageRefused(Tier0Error):
    """Teams would not take it; each line names a field and its limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    app_id: str
    company: str
    name: str
    website: str
    privacy: str
    terms: str
    desk_url: str
    version: str


def version_of(moment: datetime) -> str:
    """Higher each minute: Teams takes an update only with a higher version, and then asks nobody anything."""
    since = moment - _EPOCH
    return f"1.{since.days}.{since.seconds // 60}"


def build(app: App) -> bytes:
    """The zip. Raises PackageRefused with everything that is over a limit."""
    files: dict[str, bytes] = {"manifest.json": _json(manifest(app))}
    for language in LANGUAGES:
        if language != DEFAULT_LANGUAGE:
            files[f"{language}.json"] = _json(localisation(app, language))
    files |= {"color.png": color_icon(), "outline.png": outline_icon()}
    found = faults(files)
    if found:
        raise PackageRefused("\n".join(found))
    return _zip(files)


def manifest(app: App) -> Json:
    words = _words(DEFAULT_LANGUAGE)
    return {
        "$schema": f"{SCHEMAS}/MicrosoftTeams.schema.json",
        "manifestVersion": MANIFEST_VERSION,
        "version": app.version,
        "id": app.app_id,
        "developer": {
            "name": app.company,
            "websiteUrl": app.website,
            "privacyUrl": app.privacy,
            "termsOfUseUrl": app.terms,
        },
        "name": {"short": app.name, "full": f"{app.name}, {app.company}"},
        "description": {"short": words["short"], "full": _full(app, words)},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#0B5CAD",
        "localizationInfo": {
            "defaultLanguageTag": DEFAULT_LANGUAGE,
            "additionalLanguages": [
                {"languageTag": language, "file": f"{language}.json"}
                for language in LANGUAGES
                if language != DEFAULT_LANGUAGE
            ],
        },
        "bots": [
            {
                "botId": app.app_id,
                "scopes": SCOPES,
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [
                    {
                        "scopes": ["personal"],
                        "commands": [
                            {"title": label(name, DEFAULT_LANGUAGE), "description": words["commands"][name]}
                            for name in COMMANDS
                        ],
                    }
                ],
            }
        ],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [urlsplit(app.desk_url).hostname or ""],
    }


def localisation(app: App, language: str) -> Json:
    """A command's title is also what Teams writes into the chat: words that Tier0 understands."""
    words = _words(language)
    texts: Json = {
        "$schema": f"{SCHEMAS}/MicrosoftTeams.Localization.schema.json",
        "name.short": app.name,
        "name.full": f"{app.name}, {app.company}",
        "description.short": words["short"],
        "description.full": _full(app, words),
    }
    for number, name in enumerate(COMMANDS):
        path = f"bots[0].commandLists[0].commands[{number}]"
        texts[f"{path}.title"] = label(name, language)
        texts[f"{path}.description"] = words["commands"][name]
    return texts


def _full(app: App, words: Mapping[str, Any]) -> str:
    return str(words["full"]).format(name=app.name, company=app.company)


@cache
def _words(language: str) -> Json:
    words: Json = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return words


def _json(data: Json) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    """At the top of the archive, as Teams wants it; the same input makes the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()
