"""Requests that nobody's Slack or Teams would send, straight at each webhook's handler (S9, S10, U9).

    python -m tests.connectors.fuzz slack|teams [COUNT [SEED]]

The suite takes a few hundred of them (test_fuzz.py). Whoever changes a connector runs a hundred thousand."""

from __future__ import annotations

import asyncio
import copy
import itertools
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote_plus, urlencode

from bot.rasa import prepare

prepare()

from rasa.core.channels.channel import InputChannel  # noqa: E402
from sanic import Sanic  # noqa: E402
from sanic.compat import Header  # noqa: E402
from sanic.exceptions import SanicException  # noqa: E402
from sanic.request import Request  # noqa: E402
from sqlalchemy import select  # noqa: E402

from connectors.envelope import CONTROLS, Item, ItemKind  # noqa: E402
from connectors.runtime import Runtime  # noqa: E402
from connectors.slack.channel import SlackInput  # noqa: E402
from connectors.slack.verify import signature_of  # noqa: E402
from connectors.teams.channel import TeamsInput  # noqa: E402
from servicedesk.store.tables import inbound  # noqa: E402
from servicedesk.teams_settings import TeamsSettings  # noqa: E402
from tests.connectors import slack_api  # noqa: E402
from tests.connectors.demo_server import front_in  # noqa: E402
from tests.connectors.mutation import CONTENT_TYPES, STRINGS, changed, encoded, spoilt_bytes  # noqa: E402
from tests.connectors.support import FakeActions, Front, identify, label, say  # noqa: E402
from tests.connectors.teams import client  # noqa: E402
from tests.connectors.teams.microsoft import APP_ID, KARI, SECRET, TENANT, Microsoft, start  # noqa: E402

AT_ONCE = 25
REFUSED = {401, 413}  # what an unsigned request may get
FINE = {200, 400, 403, 413}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    body: bytes
    headers: dict[str, str]
    genuine: bool  # signed as the platform signs


class Target(Protocol):
    channel: InputChannel

    def shot(self, dice: random.Random) -> Shot: ...


class SlackTarget:
    JSON = ("message_im", "app_mention", "app_home_opened", "message_channels", "url_verification")
    FORMS = ("block_actions", "view_submission", "slash_command")

    def __init__(self, runtime: Runtime) -> None:
        self.channel = SlackInput(runtime)
        self._samples = {name: slack_api.payload(name) for name in (*self.JSON, *self.FORMS)}
        self._numbers = itertools.count()

    def shot(self, dice: random.Random) -> Shot:
        name = dice.choice(tuple(self._samples))
        sample = copy.deepcopy(self._samples[name])
        if name in ("message_im", "app_mention"):
            number = next(self._numbers)
            sample["event"].update(ts=f"1793620000.{number:06}", client_msg_id=f"fuzz-{number:012}")
        made = changed(sample, tuple(self._samples.values()), dice)
        kind = "application/json" if name in self.JSON else "application/x-www-form-urlencoded"
        body = self._body(name, made, dice)
        if dice.random() < 0.15:
            body = spoilt_bytes(body, dice)
        if dice.random() < 0.1:
            kind = dice.choice(CONTENT_TYPES)
        timestamp, genuine = str(int(time.time())), dice.random() < 0.8
        headers = {"content-type": kind, "x-slack-request-timestamp": timestamp}
        headers["x-slack-signature"] = signature_of(body, timestamp=timestamp, secret=slack_api.SECRET)
        if not genuine:
            headers[dice.choice(tuple(headers)[1:])] = dice.choice(STRINGS)
        return Shot(body=body, headers=headers, genuine=genuine)

    def _body(self, name: str, made: Any, dice: random.Random) -> bytes:
        if name in self.JSON:
            return encoded(made, dice)
        if name == "slash_command":
            fields = {key: str(value) for key, value in made.items()} if isinstance(made, dict) else {}
            return urlencode(fields, errors="replace").encode()
        return b"payload=" + quote_plus(encoded(made, dice)).encode()


class TeamsTarget:
    def __init__(self, runtime: Runtime, microsoft: Microsoft) -> None:
        self.channel = TeamsInput(runtime)
        self.channel._typing.show = lambda *_: None  # type: ignore[method-assign]  # nothing is answered here
        names = sorted(path.stem for path in client.PAYLOADS.glob("*.json"))
        self._samples = [client.payload(name, microsoft, KARI) for name in names]
        self._genuine = microsoft.authorization()["Authorization"]
        self._numbers = itertools.count()

    def shot(self, dice: random.Random) -> Shot:
        sample = copy.deepcopy(dice.choice(self._samples))
        sample["id"] = f"fuzz-{next(self._numbers)}"
        body = encoded(changed(sample, self._samples, dice), dice)
        if dice.random() < 0.15:
            body = spoilt_bytes(body, dice)
        genuine = dice.random() < 0.8
        token = self._genuine if genuine else self._forged(dice)
        headers = {"content-type": "application/json", "authorization": token}
        if dice.random() < 0.1:
            headers["content-type"] = dice.choice(CONTENT_TYPES)
        return Shot(body=body, headers=headers, genuine=genuine)

    def _forged(self, dice: random.Random) -> str:
        if dice.random() < 0.3:
            return dice.choice(("", "Bearer", "Bearer ", "Basic ")) + dice.choice(STRINGS)
        parts = self._genuine.removeprefix("Bearer ").split(".")
        place = dice.randrange(3)
        spoilt = spoilt_bytes(parts[place].encode(), dice).decode("latin-1")
        if spoilt == parts[place] or (place == 2 and spoilt[:-1] == parts[place][:-1]):
            spoilt += "x"  # the last character's spare bits do not count
        parts[place] = spoilt
        return "Bearer " + ".".join(parts)


@dataclass
class Result:
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


async def fuzz(target: Target, front: Front, *, count: int, seed: int, told: Callable[[str], None]) -> Result:
    app = Sanic(f"fuzz_{seed}_{id(target)}", configure_logging=False)
    handler = _handler(target.channel)
    dice, result = random.Random(seed), Result()
    for first in range(0, count, AT_ONCE):
        shots = [target.shot(dice) for _ in range(min(AT_ONCE, count - first))]
        found = await asyncio.gather(*(_fire(handler, app, shot) for shot in shots))
        for shot, (status, reason) in zip(shots, found, strict=True):
            result.statuses[status] += 1
            if status not in (FINE if shot.genuine else REFUSED):
                told(f"{status} {reason} genuine={shot.genuine} {shot.headers} {shot.body[:3000]!r}")
                result.faults.append(f"{status} {reason}")
        if first and first % 5_000 == 0:
            told(f"{first} {dict(result.statuses)} {len(result.faults)} faults")
    result.faults += _wrong_rows(front)
    return result


async def _fire(handler: Any, app: Sanic, shot: Shot) -> tuple[int, str]:
    request = Request(b"/webhook", Header(shot.headers), "1.1", "POST", None, app)  # type: ignore[arg-type]
    request.body = shot.body
    try:
        response = await handler(request)
    except SanicException as err:
        return err.status_code, repr(err)
    except Exception as err:  # what Sanic answers with 500
        return 500, repr(err)
    return response.status, ""


def _handler(channel: InputChannel) -> Any:
    async def nowhere(_: Any) -> None:
        raise AssertionError("nothing is worked on here")

    return next(r.handler for r in channel.blueprint(nowhere)._future_routes if "POST" in r.methods)


def _wrong_rows(front: Front) -> Iterator[str]:
    """U4: no words may become an order, whatever they were wrapped in."""
    with front.store.reading() as connection:
        for text in connection.execute(select(inbound.c.text)).scalars():
            item = Item.load(text)
            order = item.kind is ItemKind.PAYLOAD and item.value not in CONTROLS.values()
            if order or (item.kind is ItemKind.TEXT and item.value.lstrip().startswith(("/", "EXTERNAL:"))):
                yield f"an order came through: {item}"


async def run(
    name: str, folder: Path, *, count: int, seed: int, told: Callable[[str], None] = print
) -> Result:
    front = front_in(folder)
    actions = FakeActions()
    if name == "slack":
        slack = replace(
            slack_api.settings_for("http://127.0.0.1:9/api")
        )  # nobody there: nothing is to be answered
        front = replace(front, settings=replace(front.settings, slack=slack))
        runtime = Runtime(front, actions=actions, identify=identify, say=say, label=label)
        with front.store.kept_open():
            return await fuzz(SlackTarget(runtime), front, count=count, seed=seed, told=told)
    microsoft = Microsoft()
    runner = await start(microsoft)
    secret = folder / "teams.secret"
    secret.write_text(SECRET)
    teams = TeamsSettings(
        app_id=APP_ID,
        tenant=TENANT,
        secret_file=secret,
        openid_url=microsoft.openid_url,
        token_url=microsoft.token_url,
        service_hosts=("127.0.0.1",),
    )
    front = replace(front, settings=replace(front.settings, teams=teams))
    runtime = Runtime(front, actions=actions, identify=identify, say=say, label=label)
    target = TeamsTarget(runtime, microsoft)
    try:
        with front.store.kept_open():
            return await fuzz(target, front, count=count, seed=seed, told=told)
    finally:
        await target.channel._http.close()
        await runner.cleanup()


def main(name: str, count: str = "100000", seed: str = "1") -> int:
    logging.disable(logging.CRITICAL)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(run(name, Path(folder), count=int(count), seed=int(seed)))
    print(f"{name}: {dict(result.statuses)}, {time.process_time() - started:.0f} s of CPU")
    print(*result.faults[:20], sep="\n")
    return 1 if result.faults else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
