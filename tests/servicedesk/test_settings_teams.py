"""Teams is off until it is set up, and a half set-up stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.errors import SettingsError
from servicedesk.settings import Settings
from tests.servicedesk.test_settings import PRODUCTION

APP, TENANT = "5F3C1A52-0D8E-4B7E-9A55-8F6D3F0C2B11", "9b1d3a70-4c2f-4e0a-8d34-6c1f2f7f5a01"
SET = {
    "TIER0_TEAMS_APP_ID": APP,
    "TIER0_TEAMS_TENANT_ID": TENANT,
    "TIER0_TEAMS_SECRET_FILE": "/run/secrets/teams",
}


def test_it_is_off_by_default() -> None:
    assert Settings.from_env({}).teams is None


def test_three_settings_turn_it_on() -> None:
    teams = Settings.from_env(SET).teams
    assert teams is not None
    assert teams.app_id == APP.lower()
    assert teams.token_url == f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
    assert teams.openid_url == "https://login.botframework.com/v1/.well-known/openidconfiguration"
    assert teams.service_hosts == ("smba.trafficmanager.net",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEAMS_APP_ID", "tier0"),
        ("TEAMS_APP_ID", ""),
        ("TEAMS_TENANT_ID", ""),
        ("TEAMS_TENANT_ID", "contoso.onmicrosoft.com"),
        ("TEAMS_SECRET_FILE", ""),
        ("TEAMS_OPENID_URL", "login.botframework.com"),
        ("TEAMS_TOKEN_URL", "ftp://login.example"),
        ("TEAMS_SERVICE_HOSTS", "https://smba.trafficmanager.net"),
        ("TEAMS_SERVICE_HOSTS", "*.trafficmanager.net"),
        ("TEAMS_SERVICE_HOSTS", "smba.trafficmanager.net,"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"TIER0_{name}"):
        Settings.from_env({**SET, f"TIER0_{name}": value})


@pytest.mark.parametrize("name", ["OPENID_URL", "TOKEN_URL"])
def test_production_asks_over_https_only(name: str) -> None:
    """S10: whoever stands between could give us keys of their own."""
    Settings.from_env({**PRODUCTION, **SET})
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**PRODUCTION, **SET, f"TIER0_TEAMS_{name}": "http://127.0.0.1:9000/x"})


def test_the_secret_is_a_file_and_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    teams = Settings.from_env({**SET, "TIER0_TEAMS_SECRET_FILE": str(path)}).teams
    assert teams is not None
    with pytest.raises(SettingsError, match="TIER0_TEAMS_SECRET_FILE"):
        teams.secret()
    for value in ("one", "two"):
        path.write_text(value + "\n")
        assert teams.secret() == value
    assert "two" not in repr(teams)
