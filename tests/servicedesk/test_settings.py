from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.bootstrap import build_services
from servicedesk.errors import SettingsError
from servicedesk.settings import Limits, Mode, Settings

PRODUCTION = {
    "TIER0_MODE": "production",
    "TIER0_DIRECTORY": "ldap",
    "TIER0_TICKETING": "servicenow",
    "TIER0_TICKETING_URL": "https://example.service-now.com",
    "TIER0_TICKETING_SECRET_FILE": "/run/secrets/ticketing",
    "TIER0_DELIVERY": "smtp",
    "TIER0_SMTP_HOST": "mail.corp.example",
    "TIER0_SMTP_FROM": "IT <it@corp.example>",
    "TIER0_CHAT_URL": "https://chat.example",
    "TIER0_DESK_URL": "https://it.example",
    "TIER0_LDAP_URL": "ldaps://dc1.corp.example ldaps://dc2.corp.example:6636",
    "TIER0_LDAP_BIND_DN": "cn=tier0,ou=services,dc=corp,dc=example",
    "TIER0_LDAP_PASSWORD_FILE": "/run/secrets/directory",
    "TIER0_LDAP_BASE": "ou=people,dc=corp,dc=example",
    "TIER0_LDAP_ADMIN_GROUPS": "cn=admins,dc=corp,dc=example; cn=it,dc=corp,dc=example",
}


def test_nothing_needs_to_be_set_for_the_embedded_default() -> None:
    settings = Settings.from_env({})
    assert settings.mode is Mode.EMBEDDED
    assert settings.embedded
    assert (settings.rasa_port, settings.actions_port, settings.desk_port) == (5005, 5055, 8090)
    assert settings.factors == ("authenticator", "sms")


def test_the_limits_are_those_of_the_security_rules() -> None:
    """S2, S3, S4, S5, S6"""
    limits = Limits()
    assert (limits.code_digits, limits.code_digits_unproven) == (6, 8)
    assert limits.code_lifetime == limits.link_lifetime == timedelta(minutes=10)
    assert (limits.code_sends_per_hour, limits.code_sends_per_day) == (3, 5)
    assert limits.code_send_gap == timedelta(seconds=60)
    assert (limits.wrong_codes_per_day, limits.pause) == (5, timedelta(hours=24))
    assert limits.factor_min_age == timedelta(hours=72)
    assert (limits.unlocks_per_day, limits.min_password_length) == (3, 15)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIER0_MODE", "prod"),
        ("TIER0_RASA_PORT", "0"),
        ("TIER0_DESK_PORT", "70000"),
        ("TIER0_ACTIONS_PORT", "５０５５"),
        ("TIER0_DESK_URL", "it.example"),
        ("TIER0_CHAT_URL", "javascript:alert(1)"),
        ("TIER0_FACTORS", "sms, birthday"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: value})


@pytest.mark.parametrize("name", ["DIRECTORY", "TICKETING", "DELIVERY"])
def test_production_refuses_the_demo_parts(name: str) -> None:
    with pytest.raises(SettingsError, match=f"TIER0_{name}"):
        Settings.from_env({**PRODUCTION, f"TIER0_{name}": "embedded"})


@pytest.mark.parametrize("name", ["TIER0_CHAT_URL", "TIER0_DESK_URL"])
def test_production_refuses_plain_http(name: str) -> None:
    """S13"""
    Settings.from_env(PRODUCTION)
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**PRODUCTION, name: "http://it.example"})


def test_an_unknown_adapter_stops_the_start_and_is_named(tmp_path: Path) -> None:
    settings = Settings.from_env({"TIER0_STATE_DIR": str(tmp_path), "TIER0_DIRECTORY": "novell"})
    with pytest.raises(SettingsError, match="TIER0_DIRECTORY"):
        build_services(settings)


def test_settings_cannot_be_changed_while_running() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.from_env({}).company = "x"  # type: ignore[misc]


def test_addresses_lose_their_trailing_slash() -> None:
    assert Settings.from_env({"TIER0_DESK_URL": "http://127.0.0.1:9/"}).desk_url == "http://127.0.0.1:9"
