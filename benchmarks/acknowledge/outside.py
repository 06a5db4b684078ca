"""What is outside Tier0, in a process of its own: both platforms, and the way to an actions server that has become slow.

    python -m benchmarks.acknowledge.outside ACTIONS_ADDRESS SECONDS PEOPLE

prints one line of JSON with the addresses, then serves until it is ended."""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp
from aiohttp import web

from tests.connectors.slack_api import Workspace
from tests.connectors.teams.microsoft import Microsoft, Person, start

DOMAIN = "nordlys.example"


def teams_person(number: int) -> Person:
    return Person(f"0a6d3c9e-0000-4d1a-9c11-{number:012d}", f"29:person{number}", f"person{number}@{DOMAIN}")


async def slowed(actions: str, seconds: float) -> str:
    """An address that hands every request on to `actions`, `seconds` later."""
    # A kept connection may be closed at its other end the moment it is used again: an error that no server made.
    http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))

    async def forward(request: web.Request) -> web.Response:
        body = await request.read()
        await asyncio.sleep(seconds)
        kept = {
            name: request.headers[name]
            for name in ("Authorization", "Content-Type")
            if name in request.headers
        }
        async with http.request(
            request.method, f"{actions}{request.path_qs}", data=body, headers=kept
        ) as answer:
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type
            )

    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


async def main(actions: str, seconds: float, people: int) -> None:
    workspace, microsoft = Workspace(), Microsoft()
    for number in range(people):
        workspace.add_user(f"U{number:08d}", profile={"email": f"person{number}@{DOMAIN}"})
        person = teams_person(number)
        microsoft.members[person.object_id] = person
    await workspace.start()
    await start(microsoft)
    addresses = {
        "actions": await slowed(actions, seconds),
        "slack": workspace.address,
        "openid": microsoft.openid_url,
        "token": microsoft.token_url,
        "service": microsoft.service_url,
        "authorization": microsoft.authorization()["Authorization"],
    }
    print(json.dumps(addresses), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
