"""`python -m connectors.teams check`: the step that does not work, in words that say what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.teams.check import Line, _webhook, check
from servicedesk.settings import Settings
from servicedesk.teams_settings import TeamsSettings
from tests.connectors.teams.conftest import Desk
from tests.connectors.teams.microsoft import SECRET, Microsoft, Signer


@pytest.fixture
def settings(teams: TeamsSettings, tmp_path: Path) -> Settings:
    teams.secret_file.chmod(0o600)
    return Settings(state_dir=tmp_path, teams=teams)


async def lines(settings: Settings, http: aiohttp.ClientSession) -> list[Line]:
    return [line async for line in check(settings, lambda: http)]


def failed(found: list[Line]) -> str:
    return "\n".join(str(line) for line in found if not line.good)


async def test_what_works_is_said_line_by_line(settings: Settings, http: aiohttp.ClientSession) -> None:
    found = await lines(settings, http)
    good = [str(line) for line in found if line.good]
    assert good[0].startswith("ok    settings: app 5f3c1a52")
    assert any("1 of 1 may speak for Teams" in line for line in good)
    assert any("our own token: granted" in line for line in good)
    assert "Teams needs https" in failed(found), "the test has no address on the internet"
    assert SECRET not in "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("break_", "told"),
    [
        (lambda m, t: setattr(m, "keys_down", True), "signing keys of the Bot Connector: .*status 503"),
        (lambda m, t: setattr(m, "keys", [Signer("x", ()).jwk()]), "0 of 1 may speak for Teams"),
        (lambda m, t: setattr(m, "secret", "another"), "AADSTS7000215: the secret is wrong"),
        (lambda m, t: t.secret_file.chmod(0o644), "chmod 600"),
        (lambda m, t: t.secret_file.write_text(""), "is empty"),
        (lambda m, t: t.secret_file.unlink(), "cannot be read"),
    ],
    ids=["no keys", "no endorsement", "secret", "readable", "empty", "missing"],
)
async def test_what_does_not_work_is_named(
    settings: Settings,
    http: aiohttp.ClientSession,
    microsoft: Microsoft,
    teams: TeamsSettings,
    break_: Any,
    told: str,
) -> None:
    break_(microsoft, teams)
    found = await lines(settings, http)
    assert re.search(told, failed(found))


async def test_without_settings_it_says_that_teams_is_off(http: aiohttp.ClientSession) -> None:
    (line,) = await lines(Settings(), http)
    assert not line.good
    assert "Teams is off" in str(line)


async def test_the_webhook_as_the_internet_sees_it(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https is not to be had in a test; what counts is which status is taken for good."""

    class OverHttp:
        def post(self, address: str, **more: Any) -> Any:
            return desk.http.post(address.replace("https://there", desk.address), **more)

    there = replace(settings, chat_url="https://there")
    line = await _webhook(there, OverHttp)  # type: ignore[arg-type]
    assert line.good, str(line)
    elsewhere = replace(settings, chat_url="https://there/nothing")
    line = await _webhook(elsewhere, OverHttp)  # type: ignore[arg-type]
    assert not line.good
