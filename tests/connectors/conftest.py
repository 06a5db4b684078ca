from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.rasa import prepare

prepare()

from connectors.actions_client import KnownAccount  # noqa: E402
from connectors.runtime import Runtime  # noqa: E402
from servicedesk.buttons import Buttons  # noqa: E402
from servicedesk.clock import ManualClock  # noqa: E402
from servicedesk.conversations import Conversations  # noqa: E402
from servicedesk.directory.port import AccountId  # noqa: E402
from servicedesk.keys import KeyRing, create_missing  # noqa: E402
from servicedesk.settings import Settings  # noqa: E402
from servicedesk.store import Store  # noqa: E402
from servicedesk.store.tables import metadata  # noqa: E402
from tests.connectors.server import Site, application, serve, stop  # noqa: E402
from tests.connectors.support import Chat, FakeActions, FakeDialogue, Front, identify, label, say  # noqa: E402


@pytest.fixture
def front(tmp_path: Path) -> Front:
    settings = Settings(
        state_dir=tmp_path, keys_dir=tmp_path / "keys", database_url=f"sqlite:///{tmp_path}/tier0.db"
    )
    create_missing(settings.keys_dir)
    store, clock, keys = Store(settings.database_url), ManualClock(), KeyRing(settings.keys_dir)
    metadata.create_all(store.engine)
    return Front(
        settings=settings,
        clock=clock,
        store=store,
        keys=keys,
        conversations=Conversations(store, clock),
        buttons=Buttons(clock, keys, settings.limits.button_lifetime),
    )


@pytest.fixture
def actions() -> FakeActions:
    return FakeActions(accounts={"kari.nordmann": KnownAccount(account=AccountId("a-kari"), language="nb")})


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
def runtime(front: Front, actions: FakeActions) -> Runtime:
    return Runtime(front, actions=actions, identify=identify, say=say, label=label)


@pytest.fixture
async def chat(
    runtime: Runtime, dialogue: FakeDialogue, actions: FakeActions, front: Front
) -> AsyncIterator[Chat]:
    runtime.core.start(dialogue.port)
    yield Chat(runtime, dialogue, actions, front)
    await runtime.core.stop()


@pytest.fixture
async def site(
    runtime: Runtime, dialogue: FakeDialogue, actions: FakeActions, front: Front
) -> AsyncIterator[Site]:
    """REST and web channel behind HTTP."""
    server, address = await serve(application(runtime, dialogue))
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Site(address, http, dialogue, actions, front)
    await stop(server)
