"""A person in Teams: what their client posts to the bot, and what it shows them."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from sqlalchemy import select

from servicedesk.conversations import conversation_id
from servicedesk.store.tables import inbound, sendings
from tests.connectors.teams.microsoft import APP_ID, TENANT, Microsoft, Person, Said

if TYPE_CHECKING:  # it brings Rasa, and the load script does without
    from connectors.runtime import Runtime

PAYLOADS = Path(__file__).parent / "payloads"
WEBHOOK = "/webhooks/teams/webhook"
BOT = f"28:{APP_ID}"


def payload(sample: str, microsoft: Microsoft, person: Person, /, **fields: Any) -> dict[str, Any]:
    """A sample of payloads/ as this person's client sends it; `fields` replace what stands at the top."""
    data: dict[str, Any] = json.loads((PAYLOADS / f"{sample}.json").read_text(encoding="utf-8"))
    data["serviceUrl"] = microsoft.service_url
    data["from"] = {"id": person.user, "name": person.upn, "aadObjectId": person.object_id}
    if data["conversation"]["conversationType"] == "personal":
        data["conversation"]["id"] = f"a:{person.user}"
    if "locale" in data:
        data["locale"] = person.locale
        data["entities"][-1]["locale"] = person.locale
    return {**data, **fields}


class TeamsClient:
    def __init__(
        self,
        address: str,
        http: aiohttp.ClientSession,
        microsoft: Microsoft,
        runtime: Runtime,
        person: Person,
    ) -> None:
        self._address = address
        self._http = http
        self._runtime = runtime
        self.microsoft = microsoft
        self.person = person
        self.patience = 8.0  # seconds until an answer is there
        self._count = 0

    # --- the wire ---

    async def post(
        self, data: Any, *, headers: dict[str, str] | None = None, raw: bytes | None = None
    ) -> tuple[int, Any]:
        body = raw if raw is not None else json.dumps(data).encode()
        sent = (
            {**self.microsoft.authorization(), "Content-Type": "application/json"}
            if headers is None
            else headers
        )
        async with self._http.post(self._address + WEBHOOK, data=body, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    def payload(self, sample: str, /, **fields: Any) -> dict[str, Any]:
        self._count += 1
        unique = f"{self.person.user}-{self._count}"
        return payload(sample, self.microsoft, self.person, **{"id": unique, **fields})

    # --- what a person does ---

    async def meet(self) -> None:
        """The app is installed for this person: the bot introduces itself, once."""
        said = self.microsoft.said
        before = len(said)
        assert await self.post(self.payload("installation_add")) == (200, None)
        await self.settled()
        self.microsoft.greetings += said[before:]
        del said[before:]

    async def say(self, text: str, *, sample: str = "message_personal", **fields: Any) -> list[Said]:
        """Type a message; what is new in the chat once the bot has nothing more to say."""
        before = len(self.microsoft.said)
        status, body = await self.post(self.payload(sample, text=text, **fields))
        assert (status, body) == (200, None)
        await self.settled()
        return self.microsoft.said[before:]

    async def mention(self, text: str, *, sample: str = "message_channel", **fields: Any) -> list[Said]:
        return await self.say(f"<at>Tier0</at> {text}", sample=sample, **fields)

    async def click(self, said: Said, title: str, **fields: Any) -> Any:
        """Press a button of a card. A card that comes back is shown in its place, as Teams does it."""
        action = said.buttons[title]
        data = self.payload("card_action", replyToId=said.id, **fields)
        data["conversation"] = {**data["conversation"], "id": said.conversation}
        data["value"]["action"] |= {"data": action["data"], "title": title, "verb": action["verb"]}
        status, body = await self.post(data)
        assert status == 200, body
        assert body["statusCode"] == 200
        if body["type"] == "application/vnd.microsoft.card.adaptive":
            said.body = copy.deepcopy(said.body)
            said.body["attachments"][0]["content"] = body["value"]
        return body

    async def choose(self, said: Said, title: str) -> list[Said]:
        before = len(self.microsoft.said)
        await self.click(said, title)
        await self.settled()
        return self.microsoft.said[before:]

    async def open_dialog(self, said: Said, title: str) -> dict[str, Any]:
        action = said.buttons[title]
        assert action["data"]["msteams"] == {"type": "task/fetch"}
        sent = {name: value for name, value in action["data"].items() if name != "msteams"}
        data = self.payload("task_fetch", replyToId=said.id)
        data["value"]["data"] = {**sent, "type": "task/fetch"}
        status, body = await self.post(data)
        assert status == 200, body
        dialog: dict[str, Any] = body["task"]
        return dialog

    async def submit(self, dialog: dict[str, Any], code: str) -> Any:
        return await self.fill_in(dialog, {"code": code})

    async def fill_in(self, dialog: dict[str, Any], typed: dict[str, str]) -> Any:
        """Every field as it was, but for `typed`, by its label or its name."""
        content = dialog["value"]["card"]["content"]
        (action,) = content["actions"]
        fields = [element for element in content["body"] if element["type"] == "Input.Text"]
        given = {f["id"]: typed.get(f["label"], typed.get(f["id"], f.get("value", ""))) for f in fields}
        data = self.payload("task_submit")
        data["value"]["data"] = {**action["data"], **given}
        status, body = await self.post(data)
        assert status == 200, body
        return body["task"]

    # --- waiting ---

    async def settled(self, seconds: float | None = None) -> None:
        """Until everything that was accepted is answered, and everything that may go has gone."""
        await until(lambda: asyncio.to_thread(self._quiet), seconds or self.patience)

    def _quiet(self) -> bool:
        """Looked at from both ends: what is claimed or done in between must not look like nothing to do."""
        before = self._sendings()
        idle = not any(
            row.lease_until for row in before
        ) and not self._runtime.outgoing.conversations_with_work(("teams",))
        with self._runtime.front.store.transaction() as connection:
            work = connection.execute(
                select(inbound.c.id).where(inbound.c.done_at.is_(None)).limit(1)
            ).first()
        return idle and work is None and self._sendings() == before

    def _sendings(self) -> list[Any]:
        columns = (sendings.c.message, sendings.c.state, sendings.c.attempts, sendings.c.lease_until)
        with self._runtime.front.store.transaction() as connection:
            return list(connection.execute(select(*columns).order_by(sendings.c.message)).all())

    def conversation(self, *, room: str = "") -> str:
        user = self.person.object_id
        if room:
            user += "/" + hashlib.sha256(room.encode()).hexdigest()[:32]
        return conversation_id("teams", TENANT, user)


async def until(condition: Callable[[], Any], seconds: float) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, "it never happened"
        await asyncio.sleep(0.02)
