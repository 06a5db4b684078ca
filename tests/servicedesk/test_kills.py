"""A process killed at any commit or outbound call of a reset or an unlock, and what the others make of it (F3,
F7): the account is changed once, with its audit and its notice, or it is not and the employee can go on.

The journeys' own processes are killed at every boundary on SQLite; the worker, and all on PostgreSQL, at some.
At all of them: `pytest tests/servicedesk/test_kills.py --rounds=2`."""

from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.conversations import Conversation
from servicedesk.directory.errors import OutcomeUnknown
from tests.servicedesk.boundaries import Boundaries
from tests.servicedesk.killing import (
    OLA,
    Killer,
    check_reset,
    check_unlock,
    kept,
    killer,
    reset,
    unlock,
    work,
)
from tests.servicedesk.world import GOOD_PASSWORD, World, both_stores

__all__ = ["kept", "killer"]

pytestmark = [both_stores, pytest.mark.timeout(1800)]


def test_a_reset_ends_well_wherever_its_process_is_killed(killer: Killer, kept: Path) -> None:
    run = killer.kills(reset, kept)
    assert run(check_reset(killer.world, killer.talk, kept)) >= 4


def test_an_unlock_ends_well_wherever_its_process_is_killed(killer: Killer, kept: Path) -> None:
    run = killer.kills(unlock, kept)
    assert run(check_unlock(killer.world, killer.talk)) >= 3


def test_a_reset_whose_answer_is_lost_ends_well_wherever_it_is_killed(killer: Killer, kept: Path) -> None:
    """F3: the directory writes, and times out before it says so"""

    def lossy(world: World, talk: Conversation, boundaries: Boundaries, kept: Path) -> None:
        set_password = world.directory.set_password

        def lose(account: object, password: str) -> None:
            set_password(OLA, password)
            raise OutcomeUnknown("time-out")

        world.directory.set_password = lose  # type: ignore[method-assign,assignment]
        reset(world, talk, boundaries, kept)

    run = killer.kills(lossy, kept, sqlite=2)
    assert run(check_reset(killer.world, killer.talk, kept)) >= 4


def test_the_worker_may_be_killed_over_the_news_of_a_reset(killer: Killer, kept: Path) -> None:
    kept.write_text(killer.world.link("ola.hansen"))
    killer.world.later(seconds=5)
    killer.world.services.accounts.change_password(kept.read_text(), GOOD_PASSWORD)
    run = killer.kills(work, kept, sqlite=3)
    assert run(check_reset(killer.world, killer.talk, kept)) >= 4


def test_the_worker_may_be_killed_while_it_settles_a_reset(killer: Killer, kept: Path) -> None:
    """After a request that died with the password set and nothing more"""
    world = killer.world
    kept.write_text(world.link("ola.hansen"))
    world.later(seconds=5)
    change = world.services.accounts._password_change
    succeeded, change._succeeded = change._succeeded, _die  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        world.services.accounts.change_password(kept.read_text(), GOOD_PASSWORD)
    change._succeeded = succeeded  # type: ignore[method-assign]
    world.later(seconds=61)
    run = killer.kills(work, kept, sqlite=3)
    assert run(check_reset(world, killer.talk, kept)) >= 4


def test_the_worker_may_be_killed_over_an_unlock(killer: Killer, kept: Path) -> None:
    """After a request that died before it asked the directory"""
    world = killer.world
    world.prove(killer.talk, "ola.hansen", "unlock")
    unlock, world.directory.unlock = world.directory.unlock, _die  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        world.services.accounts.unlock(killer.talk)
    world.directory.unlock = unlock  # type: ignore[method-assign]
    world.later(seconds=61)
    run = killer.kills(work, kept, sqlite=3)
    assert run(check_unlock(world, killer.talk)) >= 4


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
