from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from connectors.teams.keys import SigningKeys
from connectors.teams.service import ServiceHosts
from connectors.teams.token import TokenCheck
from servicedesk.settings import Teams
from tests.connectors.teams.microsoft import APP_ID, SECRET, TENANT, Microsoft, Signer, start


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("key-1")


@pytest.fixture
async def microsoft(signer: Signer) -> AsyncIterator[Microsoft]:
    stand_in = Microsoft(signer=signer)
    runner = await start(stand_in)
    yield stand_in
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def time_() -> Time:
    return Time()


@pytest.fixture
def teams(microsoft: Microsoft, tmp_path: Path) -> Teams:
    secret = tmp_path / "teams.secret"
    secret.write_text(SECRET + "\n")
    return Teams(
        app_id=APP_ID,
        tenant=TENANT,
        secret_file=secret,
        openid_url=microsoft.openid_url,
        token_url=microsoft.token_url,
        service_hosts=("127.0.0.1",),
    )


@pytest.fixture
def services(teams: Teams) -> ServiceHosts:
    return ServiceHosts(teams.service_hosts, embedded=True)


@pytest.fixture
def keys(http: aiohttp.ClientSession, teams: Teams, time_: Time) -> SigningKeys:
    return SigningKeys(lambda: http, teams.openid_url, now=time_)


@pytest.fixture
def token_check(teams: Teams, keys: SigningKeys, services: ServiceHosts) -> TokenCheck:
    return TokenCheck(teams, keys, services)
