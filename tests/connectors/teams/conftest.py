from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from connectors.actions_client import KnownAccount
from connectors.runtime import Runtime
from connectors.teams.channel import TeamsInput
from connectors.teams.keys import SigningKeys
from connectors.teams.service import ServiceHosts
from connectors.teams.token import TokenCheck
from servicedesk.directory.port import AccountId
from servicedesk.teams_settings import TeamsSettings
from tests.connectors.server import application, serve, stop
from tests.connectors.support import FakeActions, FakeDialogue, Front, identify, label, say
from tests.connectors.teams.client import TeamsClient
from tests.connectors.teams.microsoft import (
    APP_ID,
    KARI,
    PEOPLE,
    SECRET,
    TENANT,
    Microsoft,
    Person,
    Signer,
    start,
)


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
def teams(microsoft: Microsoft, tmp_path: Path) -> TeamsSettings:
    secret = tmp_path / "teams.secret"
    secret.write_text(SECRET + "\n")
    return TeamsSettings(
        app_id=APP_ID,
        tenant=TENANT,
        secret_file=secret,
        openid_url=microsoft.openid_url,
        token_url=microsoft.token_url,
        service_hosts=("127.0.0.1",),
    )


@pytest.fixture
def services(teams: TeamsSettings) -> ServiceHosts:
    return ServiceHosts(teams.service_hosts, embedded=True)


@pytest.fixture
def keys(http: aiohttp.ClientSession, teams: TeamsSettings, time_: Time) -> SigningKeys:
    return SigningKeys(lambda: http, teams.openid_url, now=time_)


@pytest.fixture
def token_check(teams: TeamsSettings, keys: SigningKeys, services: ServiceHosts) -> TokenCheck:
    return TokenCheck(teams, keys, services)


@dataclass
class Desk:
    """The bot behind its webhook, on a dialogue that answers from a table."""

    address: str
    http: aiohttp.ClientSession
    microsoft: Microsoft
    runtime: Runtime
    dialogue: FakeDialogue
    actions: FakeActions
    front: Front

    def client(self, person: Person = KARI) -> TeamsClient:
        return TeamsClient(self.address, self.http, self.microsoft, self.runtime, person)


@pytest.fixture
def accounts(actions: FakeActions) -> FakeActions:
    """Everybody of the stand-in's tenant has an account of the same sign-in name."""
    for person in PEOPLE:
        name = person.upn.split("@")[0].split(".")[0]
        actions.accounts[person.upn] = KnownAccount(
            account=AccountId(f"a-{name}"), language=person.locale[:2]
        )
    return actions


@pytest.fixture
async def desk(
    front: Front,
    accounts: FakeActions,
    dialogue: FakeDialogue,
    teams: TeamsSettings,
    microsoft: Microsoft,
    http: aiohttp.ClientSession,
) -> AsyncIterator[Desk]:
    with_teams = replace(front, settings=replace(front.settings, teams=teams))
    runtime = Runtime(with_teams, actions=accounts, identify=identify, say=say, label=label)
    server, address = await serve(application(runtime, dialogue, TeamsInput(runtime)))
    yield Desk(address, http, microsoft, runtime, dialogue, accounts, with_teams)
    await stop(server)


@pytest.fixture
async def kari(desk: Desk) -> TeamsClient:
    """Has been welcomed; what was said before is forgotten."""
    client = desk.client(KARI)
    await client.meet()
    return client
