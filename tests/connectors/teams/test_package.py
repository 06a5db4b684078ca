"""What an administrator uploads: TeamsSettings' limits, and the words that a command writes into the chat."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from PIL import Image

from bot.responses import label
from connectors.teams.icons import color_icon
from connectors.teams.limits import faults
from connectors.teams.package import COMMANDS, App, PackageRefused, build, version_of
from servicedesk.conversations import LANGUAGES
from tests.connectors.teams.microsoft import APP_ID, SECRET, TENANT

ROOT = Path(__file__).resolve().parent.parent.parent.parent
NOW = datetime(2026, 11, 30, 4, 0, tzinfo=timezone.utc)
APP = App(
    app_id=APP_ID,
    company="Nordlys Group",
    name="Tier0",
    website="https://nordlys.example",
    privacy="https://nordlys.example/privacy",
    terms="https://nordlys.example/terms",
    desk_url="https://it.nordlys.example",
    version=version_of(NOW),
)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_all_files_are_at_the_top() -> None:
    files = unpacked(build(APP))
    assert set(files) == {"manifest.json", "nb.json", "sv.json", "de.json", "color.png", "outline.png"}
    assert faults(files) == []
    manifest = json.loads(files["manifest.json"])
    assert manifest["bots"][0]["botId"] == manifest["id"] == APP_ID
    assert manifest["validDomains"] == ["it.nordlys.example"]


def test_the_pictures_are_as_teams_wants_them() -> None:
    files = unpacked(build(APP))
    color, outline = (Image.open(io.BytesIO(files[name])) for name in ("color.png", "outline.png"))
    assert (color.size, outline.size) == ((192, 192), (32, 32))
    assert color.convert("RGBA").getpixel((0, 0)) == (11, 92, 173, 255)
    colours = {pixel[:3] for pixel in outline.convert("RGBA").getdata() if pixel[3] > 0}
    assert colours == {(255, 255, 255)}, "one colour on nothing"
    assert outline.convert("RGBA").getpixel((0, 0))[3] == 0


def test_the_version_rises() -> None:
    later = [version_of(NOW + timedelta(minutes=step)) for step in (0, 1, 60, 1440, 500_000)]
    numbers = [tuple(map(int, version.split("."))) for version in later]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_says_what_the_buttons_say(language: str) -> None:
    files = unpacked(build(APP))
    if language == "en":
        commands = json.loads(files["manifest.json"])["bots"][0]["commandLists"][0]["commands"]
        titles = [command["title"] for command in commands]
    else:
        texts = json.loads(files[f"{language}.json"])
        titles = [texts[f"bots[0].commandLists[0].commands[{n}].title"] for n in range(len(COMMANDS))]
    assert titles == [label(name, language) for name in COMMANDS]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": "x" * 31}, "name.short has 31"),
        ({"name": ""}, "name.short is missing"),
        ({"company": "x" * 33}, "developer.name has 33"),
        ({"website": "http://nordlys.example"}, "developer.websiteUrl must start with https"),
        ({"privacy": ""}, "developer.privacyUrl"),
        ({"version": "1.0"}, "version"),
        ({"version": "1.0.123456"}, "version"),
        ({"app_id": "tier0"}, "GUID"),
        ({"desk_url": "nonsense"}, "validDomains"),
    ],
    ids=str,
)
def test_what_teams_would_refuse_is_named(change: dict[str, str], named: str) -> None:
    with pytest.raises(PackageRefused, match=named):
        build(replace(APP, **change))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"outline.png": color_icon()}, "outline.png: must be a PNG of 32"),
        ({"color.png": b"x"}, "color.png: is no picture"),
        ({"nb.json": b'{"name.shrt": "x"}'}, "name.shrt"),
    ],
    ids=["size", "picture", "path"],
)
def test_a_broken_file_is_named(change: dict[str, bytes], named: str) -> None:
    assert named in "\n".join(faults({**unpacked(build(APP)), **change}))


def test_from_the_command_line(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    environment = {
        "PATH": "/usr/bin:/bin",
        "TIER0_STATE_DIR": str(tmp_path),
        "TIER0_TEAMS_APP_ID": APP_ID,
        "TIER0_TEAMS_TENANT_ID": TENANT,
        "TIER0_TEAMS_SECRET_FILE": str(secret),
        "TIER0_DESK_URL": "https://it.nordlys.example",
    }
    command = [sys.executable, "-m", "connectors.teams", "package", "--out", str(tmp_path / "app.zip")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "manifest.json" in unpacked((tmp_path / "app.zip").read_bytes())
    without = {name: value for name, value in environment.items() if "TEAMS" not in name}
    done = subprocess.run(command, cwd=ROOT, env=without, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "TIER0_TEAMS_APP_ID" in done.stderr
