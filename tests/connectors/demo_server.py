"""The channels on the demo dialogue in a process of their own, to be looked at and to be killed.

python -m tests.connectors.demo_server STATE_DIR [PLATFORMS]    prints its address, serves until interrupted

PLATFORMS is JSON: where the stand-ins of Slack (`slack`) and of Microsoft (`openid`, `token`) answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from bot.rasa import prepare

prepare()

from rasa.core.channels.channel import InputChannel, UserMessage  # noqa: E402

from connectors.runtime import Runtime  # noqa: E402
from connectors.slack.channel import SlackInput  # noqa: E402
from connectors.teams.channel import TeamsInput  # noqa: E402
from servicedesk.buttons import Buttons  # noqa: E402
from servicedesk.clock import SystemClock  # noqa: E402
from servicedesk.conversations import Conversations  # noqa: E402
from servicedesk.keys import KeyRing, create_missing  # noqa: E402
from servicedesk.settings import Settings  # noqa: E402
from servicedesk.store import Store  # noqa: E402
from servicedesk.store.tables import metadata  # noqa: E402
from servicedesk.teams_settings import TeamsSettings  # noqa: E402
from tests.connectors.demo import ANSWERS, PEOPLE  # noqa: E402
from tests.connectors.server import application, serve  # noqa: E402
from tests.connectors.slack_api import settings_for  # noqa: E402
from tests.connectors.support import FakeActions, FakeDialogue, Front, identify, label, say  # noqa: E402
from tests.connectors.teams.microsoft import APP_ID, SECRET, TENANT  # noqa: E402


class SlowDialogue(FakeDialogue):
    """Takes a while over each message, so that a kill hits it at work; remembers finished turns in a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.answers = ANSWERS
        self.before = self._pause

    async def handle(self, message: UserMessage) -> None:
        await super().handle(message)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{message.message_id} {message.text}\n")

    def handled(self) -> set[str]:
        if not self._path.exists():
            return set()
        return {line.split(" ")[0] for line in self._path.read_text(encoding="utf-8").splitlines()}

    @staticmethod
    async def _pause(message: UserMessage) -> None:
        await asyncio.sleep(1.5 if message.text == "slow" else 0.05)


def front_in(folder: Path) -> Front:
    settings = Settings(
        state_dir=folder, keys_dir=folder / "keys", database_url=f"sqlite:///{folder / 'tier0.db'}"
    )
    create_missing(settings.keys_dir)
    store, clock, keys = Store(settings.database_url), SystemClock(), KeyRing(settings.keys_dir)
    metadata.create_all(store.engine)
    return Front(
        settings=settings,
        clock=clock,  # type: ignore[arg-type]
        store=store,
        keys=keys,
        conversations=Conversations(store, clock),
        buttons=Buttons(clock, keys, settings.limits.button_lifetime),
    )


def with_platforms(front: Front, at: dict[str, str]) -> Front:
    secret = front.settings.state_dir / "teams.secret"
    secret.write_text(SECRET)
    teams = TeamsSettings(
        app_id=APP_ID,
        tenant=TENANT,
        secret_file=secret,
        openid_url=at["openid"],
        token_url=at["token"],
        service_hosts=("127.0.0.1",),
    )
    return replace(front, settings=replace(front.settings, slack=settings_for(at["slack"]), teams=teams))


async def main(folder: Path, platforms: str = "") -> None:
    front = front_in(folder)
    if platforms:
        front = with_platforms(front, json.loads(platforms))
    dialogue = SlowDialogue(folder / "turns.txt")
    runtime = Runtime(
        front,
        actions=FakeActions(listed=PEOPLE, any_conversation_waits=True),
        identify=identify,
        say=say,
        label=label,
    )
    more: list[InputChannel] = [SlackInput(runtime), TeamsInput(runtime)] if platforms else []
    _, address = await serve(application(runtime, dialogue, *more))
    print(address, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
