from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select

from servicedesk.delivery.port import Medium, Message
from servicedesk.retention import Retention
from servicedesk.store.tables import (
    buttons,
    challenges,
    code_sends,
    code_tries,
    conversations,
    deliveries,
    feedback,
    inbound,
    messages,
    outbox,
)
from tests.servicedesk.world import World


def count(world: World, table: Table) -> int:
    with world.services.store.transaction() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def tries(world: World) -> int:
    """Wrong codes that are remembered, of all accounts."""
    with world.services.store.transaction() as connection:
        return int(connection.execute(select(func.coalesce(func.sum(code_tries.c.wrong), 0))).scalar_one())


def add(world: World, table: Table, **values: Any) -> None:
    with world.services.store.transaction() as connection:
        connection.execute(insert(table).values(**values))


def purge(world: World) -> dict[str, int]:
    return Retention(world.services.store, world.clock).purge()


def later(world: World, step: timedelta) -> None:
    world.clock.advance(step)


def test_a_fresh_world_loses_nothing(world: World) -> None:
    talk = world.talk("kari.nordmann")
    world.services.conversations.say(conversation=talk.id, key="m", author="employee", text="hei")
    world.start(talk)
    world.check(talk, world.wrong_code("kari.nordmann"))
    assert set(purge(world)) <= {"code_tries"}  # counters that count nothing
    assert (count(world, challenges), tries(world), count(world, messages)) == (1, 1, 1)


def test_codes_go_after_a_day_and_limits_after_two(world: World) -> None:
    """D4."""
    talk = world.talk("kari.nordmann")
    world.start(talk)
    world.check(talk, world.wrong_code("kari.nordmann"))
    assert (count(world, challenges), count(world, code_sends), tries(world)) == (1, 1, 1)
    later(world, timedelta(hours=24, minutes=11))
    purge(world)
    assert (count(world, challenges), count(world, code_sends), tries(world)) == (0, 1, 1)
    later(world, timedelta(hours=24))
    purge(world)
    assert (count(world, code_sends), tries(world)) == (0, 0)


def test_the_demos_phone_forgets_codes_after_a_day_and_notices_after_a_week(world: World) -> None:
    """D4."""
    world.start(world.talk("kari.nordmann"))
    world.services.delivery.send(
        Message(key="notice:1:sms", medium=Medium.SMS, recipient="+47", subject="", text="changed")
    )
    later(world, timedelta(hours=25))
    purge(world)
    assert [sent.text for sent in world.services.delivery.recent()] == ["changed"]
    later(world, timedelta(days=6))
    purge(world)
    assert count(world, deliveries) == 0


def test_a_pause_outlives_the_retention_of_tries(world: World) -> None:
    """S3: forgetting must not end a pause."""
    now = world.clock.now()
    moment = (now - timedelta(hours=60)).timestamp()
    add(
        world, code_tries, account="a", proven=True, wrong=1, recent=[[moment, "wrong"]],
        paused_until=now + timedelta(hours=1),
    )  # fmt: skip
    purge(world)
    assert count(world, code_tries) == 1
    later(world, timedelta(hours=2))
    purge(world)
    assert count(world, code_tries) == 0


def test_conversations_go_after_thirty_days_without_a_word(world: World) -> None:
    """D4: with what was said in them."""
    talk = world.talk("kari.nordmann")
    world.services.conversations.say(conversation=talk.id, key="m", author="employee", text="hei")
    add(
        world,
        inbound,
        key="i",
        conversation=talk.id,
        text="hei",
        at=world.clock.now(),
        done_at=world.clock.now(),
    )
    add(
        world, buttons, id="b", group="g", conversation=talk.id, payload="/x", title="x",
        expires_at=world.clock.now(),
    )  # fmt: skip
    later(world, timedelta(days=29))
    purge(world)
    assert (count(world, conversations), count(world, messages)) == (1, 1)
    world.talk("kari.nordmann")  # seen again: the conversation stays, its old words go
    later(world, timedelta(days=2))
    purge(world)
    assert (count(world, conversations), count(world, messages)) == (1, 0)
    later(world, timedelta(days=30))
    purge(world)
    assert count(world, conversations) == 0


def test_a_message_that_was_not_worked_off_stays(world: World) -> None:
    """F7: an accepted message is never lost, however old."""
    talk = world.talk("kari.nordmann")
    add(world, inbound, key="i", conversation=talk.id, text="hei", at=world.clock.now())
    later(world, timedelta(days=60))
    purge(world)
    assert (count(world, inbound), count(world, conversations)) == (1, 1)


@pytest.mark.parametrize(("state", "left"), [("done", 0), ("dead", 1), ("queued", 1)])
def test_only_what_is_done_leaves_the_outbox(world: World, state: str, left: int) -> None:
    """F5: a dead letter stays until a person has seen to it."""
    now = world.clock.now()
    add(
        world, outbox, key="k", kind="x", payload={}, state=state, not_before=now, give_up_at=now,
        created_at=now, ended_at=now,
    )  # fmt: skip
    later(world, timedelta(days=8))
    purge(world)
    assert count(world, outbox) == left


def test_feedback_goes_after_ninety_days(world: World) -> None:
    """D4."""
    add(world, feedback, at=world.clock.now(), conversation="c", language="nb", question="q", verdict="shown")
    later(world, timedelta(days=89))
    purge(world)
    assert count(world, feedback) == 1
    later(world, timedelta(days=2))
    assert purge(world) == {"feedback": 1}
