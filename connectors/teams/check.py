"""Is Teams set up? A line a step, in the order in which they must work: `python -m connectors.teams check`."""

from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import aiohttp

from connectors.teams.credentials import BotToken
from connectors.teams.errors import TeamsError
from connectors.teams.keys import KeysUnavailable, fetch_keys
from connectors.teams.token import CHANNEL
from servicedesk.errors import SettingsError
from servicedesk.settings import Settings
from servicedesk.teams_settings import TeamsSettings

TIMEOUT = aiohttp.ClientTimeout(total=10.0)
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
WHAT_TO_DO = {
    "AADSTS7000215": "the secret is wrong: copy its value, not its id",
    "AADSTS7000222": "the secret has expired: make a new one",
    "AADSTS7000229": "the app has no service principal in the tenant: create the enterprise application",
    "AADSTS700016": "the tenant does not know the app id: is it another tenant's?",
    "AADSTS90002": "there is no such tenant",
}
_AADSTS = re.compile(r"AADSTS\d+")


@dataclass(frozen=True, slots=True)
class Line:
    good: bool
    what: str
    detail: str = ""

    def __str__(self) -> str:
        mark = "ok  " if self.good else "FAIL"
        return f"{mark}  {self.what}" + (f": {self.detail}" if self.detail else "")


async def check(settings: Settings, http: Callable[[], aiohttp.ClientSession]) -> AsyncIterator[Line]:
    """Asks only what changes nothing. No line holds a secret or a token."""
    teams = settings.teams
    if teams is None:
        yield Line(False, "settings", "TIER0_TEAMS_APP_ID is not set: Teams is off")
        return
    yield Line(True, "settings", f"app {teams.app_id} in tenant {teams.tenant}")
    secret = _secret(teams)
    yield secret
    yield await _keys(teams, http)
    if secret.good:
        yield await _token(teams, http)
    for host in teams.service_hosts:
        yield await _service(host, http)
    yield await _webhook(settings, http)


def _secret(teams: TeamsSettings) -> Line:
    what = f"client secret in {teams.secret_file}"
    try:
        length = len(teams.secret())
        others = teams.secret_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~stat.S_IRGRP
    except (SettingsError, OSError) as err:
        return Line(False, what, str(err))
    if others:
        return Line(False, what, "others on this machine may read or change it: chmod 600")
    return Line(True, what, f"{length} characters")


async def _keys(teams: TeamsSettings, http: Callable[[], aiohttp.ClientSession]) -> Line:
    what = "signing keys of the Bot Connector"
    try:
        keys = await fetch_keys(http, teams.openid_url)
    except KeysUnavailable as err:
        return Line(False, what, f"{teams.openid_url}: {err}")
    endorsed = sum(CHANNEL in key.endorsements for key in keys.values())
    return Line(endorsed > 0, what, f"{endorsed} of {len(keys)} may speak for Teams")


async def _token(teams: TeamsSettings, http: Callable[[], aiohttp.ClientSession]) -> Line:
    what = "our own token"
    try:
        await BotToken(http, teams).get()
    except TeamsError as err:
        found = _AADSTS.search(str(err))
        advice = WHAT_TO_DO.get(found.group(), "") if found else ""
        return Line(False, what, f"{err}: {advice}" if advice else str(err))
    return Line(True, what, "granted")


async def _service(host: str, http: Callable[[], aiohttp.ClientSession]) -> Line:
    """Any answer will do: without a conversation there is nothing to ask it."""
    what = f"way to {host}"
    try:
        async with http().get(f"https://{host}/", timeout=TIMEOUT, allow_redirects=False) as response:
            return Line(True, what, f"answers ({response.status})")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as err:
        return Line(False, what, f"{type(err).__name__}: is it open in the firewall?")


async def _webhook(settings: Settings, http: Callable[[], aiohttp.ClientSession]) -> Line:
    """As the internet sees it; a request without a token must be refused by us, not by something before us."""
    address = f"{settings.chat_url}/webhooks/teams/webhook"
    what = f"webhook {address}"
    if not address.startswith("https://"):
        return Line(
            False, what, "Teams needs https: set TIER0_CHAT_URL to the address that the internet sees"
        )
    try:
        async with http().post(address, json={}, timeout=TIMEOUT, allow_redirects=False) as response:
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as err:
        return Line(False, what, f"{type(err).__name__}: not reachable from here")
    if status == 404:
        return Line(False, what, "not there: was rasa started with these settings?")
    return Line(
        status == 401, what, "refuses whoever is not Teams" if status == 401 else f"answers {status}, not 401"
    )
