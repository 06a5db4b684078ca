"""A Slack workspace that behaves: its Web API with the limits that the documentation names, its people, and the
requests that it signs. It refuses what Slack refuses, and can be busy, broken or forgetful."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from connectors.slack.verify import signature_of
from servicedesk.clock import Clock
from servicedesk.secret import Secret
from servicedesk.slack_settings import SlackSettings
from tests.connectors.slack_oauth import CLIENT_ID, CLIENT_SECRET, OAuthServer

PAYLOADS = Path(__file__).parent / "slack_payloads"
TEAM, APP, BOT = "T0NORDLYS", "A0TIER0", "U0TIER0"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # the documentation's own example
TOKEN = "xoxb-1234567890-abcdefghijklmnop"
APP_TOKEN = "xapp-1-A0TIER0-1234567890-abcdefghijklmnop"
WEBHOOK = "/webhooks/slack/webhook"


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def settings_for(api_url: str) -> SlackSettings:
    return SlackSettings(
        app_id=APP,
        team_id=TEAM,
        signing_secret=Secret(name="TIER0_SLACK_SIGNING_SECRET", value=SECRET),
        bot_token=Secret(name="TIER0_SLACK_BOT_TOKEN", value=TOKEN),
        api_url=api_url,
        email_domains=("nordlys.example",),
    )


def several_workspaces(api_url: str, **domains: str) -> SlackSettings:
    """The app installed by OAuth; `domains` are e-mail domains by workspace."""
    return SlackSettings(
        app_id=APP,
        signing_secret=Secret(name="TIER0_SLACK_SIGNING_SECRET", value=SECRET),
        client_id=CLIENT_ID,
        client_secret=Secret(name="TIER0_SLACK_CLIENT_SECRET", value=CLIENT_SECRET),
        workspaces={workspace: tuple(text.split()) for workspace, text in domains.items()},
        api_url=api_url,
    )


class Line:
    """Slack's end of Socket Mode: hands envelopes over, and again what was not acknowledged in time."""

    def __init__(self) -> None:
        self.connections = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._count = 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self._sockets.append(socket)
        self.connections += 1
        async for message in socket:
            answer = json.loads(message.data)
            waiting = self._waiting.pop(answer["envelope_id"], None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer.get("payload"))
        self._sockets.remove(socket)
        return socket

    async def send(self, kind: str, payload: Any, *, patience: float = 20.0) -> Any:
        """What the app answered; TimeoutError where it did not acknowledge."""
        while not self._sockets:
            await asyncio.sleep(0.02)
        self._count += 1
        identifier = f"envelope-{self._count}"
        self._waiting[identifier] = asyncio.get_running_loop().create_future()
        envelope = {
            "type": kind,
            "envelope_id": identifier,
            "payload": payload,
            "accepts_response_payload": True,
        }
        await self._sockets[-1].send_json(envelope)
        return await asyncio.wait_for(self._waiting[identifier], patience)

    async def ask_to_reconnect(self) -> None:
        await self._sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def hang_up(self) -> None:
        for socket in list(self._sockets):
            await socket.close()


@dataclass
class Fault:
    """What the next call of `method` gets instead. `taken`: it was carried out, only the answer is bad."""

    method: str
    status: int = 200
    error: str = ""
    retry_after: int | None = None
    taken: bool = False


@dataclass
class Posted:
    ts: str
    channel: str
    thread: str
    text: str
    blocks: list[dict[str, Any]]
    by: str = TEAM  # the workspace whose bot wrote it

    def elements(self, kind: str) -> list[dict[str, Any]]:
        found = [block.get("elements", []) for block in self.blocks if block["type"] == "actions"]
        return [element for element in itertools.chain(*found) if element["type"] == kind]

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return self.elements("button")

    @property
    def titles(self) -> list[str]:
        return [element["text"]["text"] for element in self.buttons]

    @property
    def words(self) -> str:
        """What is read in the blocks, in order."""
        return "".join(_texts(self.blocks))


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) else _texts(value.get("text"))
    return own + _texts(value.get("elements"))


@dataclass
class Workspace:
    """What stands in Slack."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    ephemeral: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    triggers: set[str] = field(default_factory=set)
    prompts: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # what each private chat suggests
    statuses: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # what is shown now, by chat and thread
    status_seen: list[tuple[str, str, str]] = field(default_factory=list)
    scopes: str = "chat:write,im:history,im:write,app_mentions:read,users:read,users:read.email,commands,assistant:write"
    socket: Line = field(default_factory=lambda: Line())
    oauth: OAuthServer = field(default_factory=lambda: OAuthServer(APP, {TOKEN: TEAM}))
    asked_by: str = TEAM  # the workspace whose token the call at hand came with
    address: str = ""
    _count: int = 0
    _runner: web.AppRunner | None = None

    def add_user(self, user: str, **changes: Any) -> None:
        known = payload("users_info")["user"]
        profile = {**known["profile"], **changes.pop("profile", {})}
        self.users[user] = {**known, "id": user, **changes, "profile": profile}

    def in_channel(self, channel: str) -> list[Posted]:
        return [message for message in self.posted if message.channel == channel]

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open_connection)
        app.router.add_get("/socket", self.socket.serve)
        app.router.add_route("*", "/api/{method}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{port}/api"

    async def stop(self) -> None:
        assert self._runner is not None
        await self.socket.hang_up()
        await self._runner.cleanup()

    async def _open_connection(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {APP_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        address = self.address.replace("http://", "ws://").removesuffix("/api")
        return web.json_response({"ok": True, "url": f"{address}/socket"})

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        authorization = request.headers.get("Authorization", "")
        if method == "oauth.v2.access":
            arguments = {**(await request.post()), "authorization": authorization}
        else:
            token = authorization.removeprefix("Bearer ")
            if refusal := self.oauth.refusal(token):
                return web.json_response({"ok": False, "error": refusal})
            self.oauth.used(token)
            self.asked_by = self.oauth.access[token]
            is_json = request.content_type == "application/json"
            arguments = await request.json() if is_json else dict(request.query)
        fault = next((fault for fault in self.faults if fault.method == method), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.taken:
                self._do(method, arguments)
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
            if fault.error or fault.status == 429:
                body = {"ok": False, "error": fault.error or "ratelimited"}
                return web.json_response(body, status=fault.status, headers=headers)
            return web.Response(text="<html>502</html>", status=fault.status, content_type="text/html")
        answer = self._do(method, arguments)
        headers = {"x-oauth-scopes": self.scopes}
        return web.json_response({"ok": "error" not in answer, **answer}, headers=headers)

    def _do(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        handler: Callable[[dict[str, Any]], dict[str, Any]] | None = getattr(
            self, "_" + method.replace(".", "_"), None
        )
        return handler(arguments) if handler else {"error": "unknown_method"}

    def _oauth_v2_access(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self.oauth.answer(arguments, arguments["authorization"])

    def _apps_uninstall(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.oauth.uninstalled.append(self.asked_by)
        self.oauth.throw_out(self.asked_by)
        return {}

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        if self.asked_by.startswith("E"):
            return {"enterprise_id": self.asked_by, "user_id": BOT, "bot_id": "B0TIER0", "app_id": APP}
        return {
            "team_id": self.asked_by,
            "team": "Nordlys",
            "user_id": BOT,
            "bot_id": "B0TIER0",
            "app_id": APP,
        }

    def _bots_info(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"bot": {"id": "B0TIER0", "app_id": APP, "user_id": BOT}}

    def _users_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = self.users.get(arguments.get("user", ""))
        if user is None:
            return {"error": "user_not_found"}
        if arguments.get("include_locale") != "true":
            user = {name: value for name, value in user.items() if name != "locale"}
        return {"user": user}

    def _conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = arguments.get("users", "")
        return {"channel": {"id": "D" + user[1:]}} if user in self.users else {"error": "user_not_found"}

    def _chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:
        error = _message_error(arguments)
        if error:
            return {"error": error}
        self._count += 1
        ts = f"179361{self._count:04}.000100"
        self.statuses.pop((arguments["channel"], arguments.get("thread_ts", "")), None)
        self.posted.append(
            Posted(
                ts,
                arguments["channel"],
                arguments.get("thread_ts", ""),
                arguments["text"],
                arguments["blocks"],
                self.asked_by,
            )
        )
        return {"channel": arguments["channel"], "ts": ts}

    def _chat_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = next((message for message in self.posted if message.ts == arguments.get("ts")), None)
        error = _message_error(arguments)
        if found is None or error:
            return {"error": error or "message_not_found"}
        found.text, found.blocks = arguments["text"], arguments["blocks"]
        return {"ts": found.ts, "channel": found.channel}

    def _chat_postEphemeral(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.ephemeral.append(arguments)
        return {"message_ts": "1.1"}

    def _views_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        trigger = arguments.get("trigger_id", "")
        if trigger not in self.triggers:
            return {"error": "expired_trigger_id"}
        self.triggers.remove(trigger)
        view = arguments["view"]
        if _view_error(view, "modal"):
            return {
                "error": "invalid_arguments",
                "response_metadata": {"messages": [_view_error(view, "modal")]},
            }
        self.views.append(view)
        return {"view": {**view, "id": f"V{len(self.views):04}"}}

    def _assistant_threads_setSuggestedPrompts(self, arguments: dict[str, Any]) -> dict[str, Any]:
        prompts = arguments["prompts"]
        if "thread_ts" in arguments or not 1 <= len(prompts) <= 4:
            return {"error": "invalid_arguments"}
        self.prompts[arguments["channel_id"]] = prompts
        return {}

    def _assistant_threads_setStatus(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if not arguments.get("thread_ts") or not isinstance(arguments.get("status"), str):
            return {"error": "invalid_arguments"}
        where = (arguments["channel_id"], arguments["thread_ts"])
        self.status_seen.append((*where, arguments["status"]))
        if arguments["status"]:
            self.statuses[where] = arguments["status"]
        else:
            self.statuses.pop(where, None)
        return {}

    def _views_publish(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if _view_error(arguments["view"], "home"):
            return {"error": "invalid_arguments"}
        self.homes[arguments["user_id"]] = arguments["view"]
        return {}


def _message_error(arguments: dict[str, Any]) -> str:
    if not arguments.get("channel"):
        return "channel_not_found"
    if not arguments.get("text"):
        return "no_text"
    if len(arguments["text"]) > 40_000:
        return "msg_too_long"
    blocks = arguments.get("blocks", [])
    if len(blocks) > 50 or any(_block_error(block) for block in blocks):
        return "invalid_blocks"
    actions = [e["action_id"] for block in blocks for e in block.get("elements", ()) if "action_id" in e]
    if len(set(actions)) != len(actions):
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(len(text) for text in _texts(blocks)) > 13_200 else ""


def _block_error(block: dict[str, Any]) -> str:
    elements = block.get("elements", [])
    kind = block.get("type")
    if kind == "divider":
        return ""
    if kind == "header":
        return "" if _is_plain(block.get("text"), 150) else "header"
    if kind == "actions":
        wrong = not 1 <= len(elements) <= 25 or any(_element_error(element) for element in elements)
        return "actions" if wrong else ""
    if kind == "context":
        return "" if 1 <= len(elements) <= 10 and all(e["text"] for e in elements) else "context"
    if kind == "rich_text":
        known = {"rich_text_section", "rich_text_list"}
        return "" if elements and {element["type"] for element in elements} <= known else "rich_text"
    return f"unknown block {kind}"


def _element_error(element: dict[str, Any]) -> str:
    return _select_error(element) if element.get("type") == "static_select" else _button_error(element)


def _select_error(element: dict[str, Any]) -> str:
    options = element.get("options", [])
    fit = all(_is_plain(o.get("text"), 75) and 1 <= len(o.get("value", "")) <= 150 for o in options)
    known = element.get("initial_option", options[0] if options else None) in options
    placeholder = _is_plain(element.get("placeholder"), 150)
    return "" if 1 <= len(options) <= 100 and fit and known and placeholder else "select"


def _input_error(block: dict[str, Any]) -> str:
    element = block["element"]
    longest = element.get("max_length", 3_000)
    fits = (
        _is_plain(block.get("label"), 2_000)
        and element["type"] == "plain_text_input"
        and longest <= 3_000
        and len(element.get("initial_value", "")) <= longest
        and 1 <= len(block.get("block_id", "")) <= 255
    )
    return "" if fits else "input"


def _confirm_error(confirm: dict[str, Any]) -> str:
    longest = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    fits = all(_is_plain(confirm.get(name), length) for name, length in longest.items())
    return "" if fits and confirm.get("style") in (None, "primary", "danger") else "confirm"


def _is_plain(text: Any, longest: int) -> bool:
    return (
        isinstance(text, dict)
        and text.get("type") == "plain_text"
        and 1 <= len(text.get("text", "")) <= longest
    )


def _button_error(element: dict[str, Any]) -> str:
    text = element.get("text", {}).get("text", "")
    fits = (
        element.get("type") == "button"
        and 1 <= len(text) <= 75
        and 1 <= len(element.get("action_id", "")) <= 255
        and len(element.get("value", "")) <= 2_000
        and len(element.get("url", "")) <= 3_000
        and not ("confirm" in element and _confirm_error(element["confirm"]))
    )
    return "" if fits else "button"


def _view_error(view: dict[str, Any], kind: str) -> str:
    if view.get("type") != kind or len(view.get("blocks", [])) > 100:
        return "type"
    blocks = view.get("blocks", [])
    if kind == "home" and any(_block_error(block) for block in blocks):
        return next(filter(None, map(_block_error, blocks)))
    actions = [e["action_id"] for block in blocks for e in block.get("elements", ()) if "action_id" in e]
    if len(set(actions)) != len(actions):
        return "action_id"
    if any(_input_error(block) for block in blocks if block["type"] == "input"):
        return "input"
    titles = [view[name]["text"] for name in ("title", "submit", "close") if name in view]
    if any(not 1 <= len(title) <= 24 for title in titles) or len(view.get("private_metadata", "")) > 3_000:
        return "texts"
    return ""


@dataclass
class Sender:
    """Slack's side of the webhook: signs what it sends, and sends again what was not answered well."""

    http: aiohttp.ClientSession
    address: str
    clock: Clock

    async def post(
        self, body: bytes, content_type: str, headers: dict[str, str] | None = None
    ) -> tuple[int, str, dict[str, str]]:
        timestamp = str(int(self.clock.now().timestamp()))
        signed = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature_of(body, timestamp=timestamp, secret=SECRET),
        }
        async with self.http.post(
            self.address + WEBHOOK, data=body, headers={**signed, **(headers or {})}
        ) as response:
            return response.status, await response.text(), dict(response.headers)

    async def event(self, body: dict[str, Any]) -> tuple[int, str]:
        status, text, _ = await self.post(json.dumps(body).encode(), "application/json; charset=utf-8")
        return status, text

    async def interact(self, body: dict[str, Any]) -> tuple[int, str]:
        return await self.form({"payload": json.dumps(body)})

    async def form(self, fields: dict[str, str]) -> tuple[int, str]:
        status, text, _ = await self.post(urlencode(fields).encode(), "application/x-www-form-urlencoded")
        return status, text


class Person:
    """Somebody in the workspace, with Slack open in front of them."""

    _numbers = itertools.count(1)

    def __init__(self, workspace: Workspace, sender: Sender, user: str = "U0KARI") -> None:
        self.workspace = workspace
        self.sender = sender
        self.user = user
        self.direct = "D" + user[1:]

    def message(self, text: str) -> dict[str, Any]:
        """The event of a message in the private chat."""
        number = next(self._numbers)
        body = payload("message_im")
        body["event_id"] = f"Ev{number:08}"
        body["event"].update(
            user=self.user,
            channel=self.direct,
            text=text,
            ts=f"1793620000.{number:06}",
            client_msg_id=f"6c2b7d8e-5f0a-4f3e-9b1d-{number:012}",
        )
        return body

    def mention(self, text: str, *, thread: str = "", channel: str = "C0GENERAL") -> dict[str, Any]:
        number = next(self._numbers)
        body = payload("app_mention")
        body["event_id"] = f"Ev{number:08}"
        body["event"].update(user=self.user, channel=channel, text=text, ts=f"1793630000.{number:06}")
        if thread:
            body["event"]["thread_ts"] = thread
        return body

    async def say(self, text: str) -> None:
        assert await self.sender.event(self.message(text)) == (200, "")

    def pressing(self, posted: Posted, element: dict[str, Any], user: str = "") -> dict[str, Any]:
        number = next(self._numbers)
        body = payload("block_actions")
        trigger = f"trigger-{number}"
        self.workspace.triggers.add(trigger)
        body["user"]["id"] = user or self.user
        body["trigger_id"] = trigger
        body["container"].update(channel_id=posted.channel, message_ts=posted.ts)
        if posted.thread:
            body["container"]["thread_ts"] = posted.thread
        body["channel"]["id"] = posted.channel
        body["message"].update(ts=posted.ts, blocks=posted.blocks)
        body["actions"] = [
            {
                "type": "button",
                "action_id": element["action_id"],
                "block_id": "b",
                "text": element["text"],
                "action_ts": f"1793640000.{number:06}",
                **({"value": element["value"]} if "value" in element else {}),
            }
        ]
        return body

    async def press(self, title: str, *, channel: str = "", user: str = "") -> None:
        """The newest button of this title that is still to be seen."""
        for posted in reversed(self.workspace.in_channel(channel or self.direct)):
            for element in posted.buttons:
                if element["text"]["text"] == title:
                    body = self.pressing(posted, element, user)
                    assert (await self.sender.interact(body))[0] == 200
                    return
        raise AssertionError(f"no button {title!r}: {[m.titles for m in self.workspace.posted]}")

    async def enter(self, code: str) -> str:
        """Type into the modal that is open, and send it; the modal's answer."""
        body = payload("view_submission")
        view = self.workspace.views[-1]
        body["user"]["id"] = self.user
        body["view"].update(id=f"V{len(self.workspace.views):04}", callback_id=view["callback_id"])
        body["view"]["state"]["values"]["code"]["code"]["value"] = code
        status, text = await self.sender.interact(body)
        assert status == 200
        return text

    def submission(self, view: dict[str, Any], typed: dict[str, str | None]) -> dict[str, Any]:
        """The window is sent: every field as it was, but for `typed`; an emptied one comes as null."""
        body = payload("view_submission")
        body["user"]["id"] = self.user
        values = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                element = block["element"]
                said = typed.get(block["label"]["text"], element.get("initial_value"))
                values[block["block_id"]] = {
                    element["action_id"]: {"type": "plain_text_input", "value": said}
                }
        number = next(n for n, each in enumerate(self.workspace.views, 1) if each is view)
        body["view"].update(
            id=f"V{number:04}",
            callback_id=view["callback_id"],
            private_metadata=view.get("private_metadata", ""),
            state={"values": values},
        )
        return body

    async def command(self, text: str, channel: str = "C0GENERAL") -> str:
        fields = {**payload("slash_command"), "user_id": self.user, "text": text, "channel_id": channel}
        fields["trigger_id"] = f"command-{next(self._numbers)}"
        status, answer = await self.sender.form(fields)
        assert status == 200
        return answer

    async def read(self, count: int, *, channel: str = "", seconds: float = 20.0) -> list[Posted]:
        """What stands in the channel once there are at least `count` messages."""
        deadline = asyncio.get_running_loop().time() + seconds
        while len(found := self.workspace.in_channel(channel or self.direct)) < count:
            assert asyncio.get_running_loop().time() < deadline, [message.text for message in found]
            await asyncio.sleep(0.02)
        return found
