"""Off until it is set up: nothing is loaded, and the list of channels is what it was."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.runtime import Runtime
from connectors.teams.channel import TeamsInput
from deploy.embedded.processes import channels
from servicedesk.errors import SettingsError
from servicedesk.settings import Settings
from servicedesk.teams_settings import TeamsSettings
from tests.connectors.teams.microsoft import APP_ID, TENANT

ROOT = Path(__file__).resolve().parent.parent.parent.parent
TEAMS = TeamsSettings(app_id=APP_ID, tenant=TENANT, secret_file=Path("secret"))


def test_the_list_of_channels_is_the_file_until_teams_is_set_up() -> None:
    always = (ROOT / "credentials.yml").read_text(encoding="utf-8")
    assert channels(Settings()) == always
    assert channels(replace(Settings(), teams=TEAMS)) == always + "connectors.teams.channel.TeamsInput:\n"


def test_nothing_of_it_is_imported_by_what_is_always_there() -> None:
    code = (
        "from bot.rasa import prepare; prepare()\n"
        "import sys, connectors.rest, connectors.web, deploy.embedded.processes\n"
        "sys.exit(any(name.startswith('connectors.teams') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_channel_without_its_settings_stops_the_start(runtime: Runtime) -> None:
    with pytest.raises(SettingsError, match="TIER0_TEAMS_APP_ID"):
        TeamsInput(runtime)
