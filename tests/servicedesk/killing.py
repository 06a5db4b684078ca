"""Ending a reset, an unlock or the worker at any boundary, and what must be so five minutes later."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from servicedesk.accounts import ChangeResult, UnlockResult
from servicedesk.buttons import Buttons
from servicedesk.changes import UNSETTLED
from servicedesk.conversations import Conversation
from servicedesk.directory.demo import demo_id
from servicedesk.errors import Tier0Error
from servicedesk.handlers import handlers
from servicedesk.store.tables import account_changes, deliveries, directory_accounts
from servicedesk.texts import load
from tests.servicedesk.boundaries import Boundaries, Snapshot
from tests.servicedesk.processes import until_killed
from tests.servicedesk.world import GOOD_PASSWORD, World

OLA = demo_id("ola.hansen")
OTHER_PASSWORD = "en helt annen setning om fisk"
Journey = Callable[[World, Conversation, Boundaries, Path], None]
CHANGED = tuple(text for name, text in load("en").items() if name.startswith("chat_password_changed"))


def reset(world: World, talk: Conversation, boundaries: Boundaries, kept: Path) -> None:
    _prove(world, talk, "reset", boundaries)
    url = world.services.accounts.begin_reset_link(talk, "en")
    assert url is not None
    kept.write_text(url.rsplit("/", 1)[1])  # the employee has it now
    world.services.accounts.change_password(kept.read_text(), GOOD_PASSWORD)


def unlock(world: World, talk: Conversation, boundaries: Boundaries, kept: Path) -> None:
    _prove(world, talk, "unlock", boundaries)
    world.services.accounts.unlock(talk)


def work(world: World, talk: Conversation, boundaries: Boundaries, kept: Path) -> None:
    """The worker's next minutes."""
    for _ in range(6):
        _run_due(world)
        world.later(seconds=15)


def _prove(world: World, talk: Conversation, purpose: str, boundaries: Boundaries) -> None:
    world.start(talk, purpose)
    with boundaries.aside():
        code = world.code_for("ola.hansen")
    world.check(talk, code)


def _run_due(world: World) -> None:
    services = world.services
    services.outbox.run_due(
        handlers(
            store=services.store,
            keys=services.keys,
            tickets=services.tickets,
            delivery=services.delivery,
            conversations=services.conversations,
            accounts=services.accounts,
            cases=services.cases,
            buttons=Buttons(services.clock, services.keys),
        )
    )


def _in_five_minutes(world: World) -> None:
    """What the processes that are left do: leases end, the worker goes round."""
    for _ in range(11):
        _run_due(world)
        world.later(seconds=30)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The token of the employee's link."""
    return tmp_path / "token"


class Killer:
    def __init__(self, world: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        self.world, self._tmp, self._request = world, tmp_path, request
        on_postgresql = world.services.store.engine.dialect.name == "postgresql"
        self._server = request.getfixturevalue("postgresql") if on_postgresql else None
        self.talk = world.talk("ola.hansen")

    def kills(
        self,
        journey: Journey,
        kept: Path,
        *,
        sqlite: int = 1,
        postgresql: int = 9,
        lost_answers: bool = False,
    ) -> Callable[[Callable[[str], None]], int]:
        """Runs the journey once for every so many boundaries, ended there, then what is handed in.

        Gives how often that was."""
        every = postgresql if self._server else sqlite
        if self._request.config.getoption("--rounds") > 1:
            every = 1

        def run(then: Callable[[str], None]) -> int:
            snapshot = Snapshot(self.world, self._tmp / "kept", self._server)
            link = kept.read_text() if kept.exists() else None
            for number in itertools.count():
                boundaries = Boundaries(number * every, self._tmp / "boundary", lose_answer=lost_answers)
                until_killed(self.world, partial(self._go, journey, boundaries, kept))
                then(f"{number * every}: {self._name()}")
                if not (self._tmp / "boundary").exists():
                    self._request.node.user_properties.append(("kills", number))  # for --junitxml
                    return number
                (self._tmp / "boundary").unlink(missing_ok=True)
                kept.unlink(missing_ok=True)
                if link is not None:
                    kept.write_text(link)
                snapshot.restore()
            raise AssertionError

        return run

    def _go(self, journey: Journey, boundaries: Boundaries, kept: Path) -> None:
        boundaries.watch(self.world.services)
        try:
            journey(self.world, self.talk, boundaries, kept)
        except Tier0Error:
            return  # "not saved", the employee reads; the next steps are another process's

    def _name(self) -> str:
        file = self._tmp / "boundary"
        return file.read_text() if file.exists() else "to its end"


@pytest.fixture
def killer(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Killer:
    return Killer(world, tmp_path, request)


def check_reset(world: World, talk: Conversation, kept: Path) -> Callable[[str], None]:
    def check(where: str) -> None:
        _in_five_minutes(world)
        if not _done(world, talk, "reset", where):
            password, token = OTHER_PASSWORD, kept.read_text() if kept.exists() else ""
            if not token:
                world.later(hours=1)
                token = world.link("ola.hansen")
            result = world.services.accounts.change_password(token, password).result
            assert result is ChangeResult.DONE, where
            _in_five_minutes(world)
            assert _done(world, talk, "reset", where), where
        assert world.services.audit.verify() == [], where

    return check


def check_unlock(world: World, talk: Conversation) -> Callable[[str], None]:
    def check(where: str) -> None:
        _in_five_minutes(world)
        if not _done(world, talk, "unlock", where):
            assert world.account("ola.hansen").locked, where
            world.later(hours=1)
            world.prove(talk, "ola.hansen", "unlock")
            assert world.services.accounts.unlock(talk).result is UnlockResult.DONE, where
            _in_five_minutes(world)
            assert _done(world, talk, "unlock", where), where
        assert not world.account("ola.hansen").locked, where
        assert world.services.audit.verify() == [], where

    return check


def _done(world: World, talk: Conversation, kind: str, where: str) -> bool:
    """Whether the change was made: once, written down, told to every address; and nothing is left open."""
    account = world.account("ola.hansen")
    addresses = {account.email, account.alternate_email, account.phone and account.phone.number} - {None}
    with world.services.store.transaction() as connection:
        history = connection.execute(
            select(directory_accounts.c.password_history).where(directory_accounts.c.id == OLA)
        ).scalar_one()
        notices = connection.execute(
            select(deliveries.c.recipient).where(deliveries.c.key.like("notice:%"))
        ).scalars()
        told = sorted(notices)
        unsettled = connection.execute(
            select(func.count()).select_from(account_changes).where(account_changes.c.state.in_(UNSETTLED))
        ).scalar_one()
    done = world.trail(f"account.{kind}").count("done")
    assert done <= 1, where
    assert unsettled == 0, where
    assert told == sorted(addresses) * done, where
    assert world.services.outbox.counts() | {"done": 0} == {"queued": 0, "done": 0, "dead": 0}, where
    if kind == "reset":
        assert len(history) == done, f"{where}: set {len(history)} times"
        said = [message.text for message in world.services.conversations.messages(talk.id)]
        assert sum(text in CHANGED for text in said) == done, where
    else:
        assert account.locked is not bool(done), where
    return bool(done)
