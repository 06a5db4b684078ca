"""What the Home tab asks the actions process, over HTTP: of a private conversation only, and of our own processes only."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from actions.server import create_app
from connectors.actions_client import ActionsUnavailable, HttpActionsClient, overview_of
from servicedesk.bootstrap import build_services
from servicedesk.clock import ManualClock
from servicedesk.keys import Purpose
from servicedesk.settings import Settings
from tests.connectors.server import serve, stop


async def test_a_private_conversation_is_told_what_is_down_and_nobody_else_is(tmp_path: Path):
    settings = Settings(
        state_dir=tmp_path, keys_dir=tmp_path / "keys", database_url=f"sqlite:///{tmp_path / 'tier0.db'}"
    )
    services = build_services(settings, clock=ManualClock())
    private, room = (
        services.conversations.open(
            channel="slack", tenant="T1", channel_user=user, account=None, private=user == "U1"
        )
        for user in ("U1", "U1:C1:1.1")
    )
    server, address = await serve(create_app(services))
    client = HttpActionsClient(address, services.keys.text(Purpose.INTERNAL))
    german = await client.overview(conversation=private.id, language="de")
    assert german.tickets == ()
    assert len(german.outages) == len(services.outages.current()) > 0
    assert services.outages.current()[0].text("de") in german.outages[0]
    for other in (room.id, "made up", ""):
        with pytest.raises(ActionsUnavailable, match="404"):
            await client.overview(conversation=other, language="de")
    async with aiohttp.ClientSession() as http, http.get(f"{address}/internal/overview") as response:
        assert response.status == 401
    await client.close()
    await stop(server)
    services.store.close()


@pytest.mark.parametrize("answer", [None, [], {}, {"tickets": [{}], "more_tickets": 0, "outages": []}])
def test_an_answer_of_another_shape_is_none(answer: object):
    with pytest.raises(ActionsUnavailable):
        overview_of(answer)
