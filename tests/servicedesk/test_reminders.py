"""What people are told unasked: to whom, when, how often, and who is never told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import insert, select

from servicedesk.directory.demo import demo_id
from servicedesk.errors import SettingsError
from servicedesk.reminder_settings import ReminderSettings
from servicedesk.settings_reader import Reader
from servicedesk.store.tables import buttons, channel_links, conversations
from servicedesk.worker import build_worker
from tests.servicedesk.world import World, at_once

MONDAY_NINE = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)


@pytest.fixture
def locked(world: World) -> World:
    """Ola wrote to us yesterday, and was locked out a minute ago."""
    world.directory.unlock(demo_id("ola.hansen"))
    world.talk("ola.hansen")
    world.later(days=1)
    world.directory.lock(demo_id("ola.hansen"))
    world.later(minutes=1)
    return world


def said(world: World) -> list[dict[str, Any]]:
    return world.queued("chat.say")


def look(world: World) -> list[dict[str, Any]]:
    world.services.reminders.look_for_lockouts()
    return said(world)


def test_who_was_locked_out_a_moment_ago_is_asked_once(locked: World) -> None:
    (item,) = look(locked)
    assert "nettopp **låst**" in item["text"]
    assert [choice["payload"] for choice in item["choices"]] == [
        "/account_unlock",
        '/reminders{"switch": "off"}',
    ]
    locked.later(minutes=1)
    assert len(look(locked)) == 1
    at_once(8, lambda _: locked.services.reminders.look_for_lockouts())
    assert len(said(locked)) == 1, "several workers, and still once"


def test_the_button_that_comes_with_it_works(locked: World) -> None:
    """S9: issued to this conversation, for an hour"""
    look(locked)
    build_worker(locked.services).round()
    talk = locked.talk("ola.hansen")
    (message,) = locked.services.conversations.messages(talk.id)
    assert [choice["title"] for choice in message.content["choices"]] == ["Ja, lås opp", "Stopp påminnelser"]
    with locked.services.store.transaction() as connection:
        kept = list(connection.execute(select(buttons.c.payload)).scalars())
    assert set(kept) == {"/account_unlock", '/reminders{"switch": "off"}'}


def test_the_next_lockout_is_another_occasion(locked: World) -> None:
    look(locked)
    locked.directory.unlock(demo_id("ola.hansen"))
    locked.later(minutes=30)
    locked.directory.lock(demo_id("ola.hansen"))
    assert len(look(locked)) == 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"groups": ["domain-admins"]}, id="privileged (S7)"),
        pytest.param({"vip": True}, id="vip"),
        pytest.param({"guest": True}, id="guest"),
        pytest.param({"enabled": False}, id="disabled"),
        pytest.param({"phone": None, "seed": None}, id="no factor"),
    ],
)
def test_whom_self_service_must_not_touch_is_told_nothing(locked: World, change: dict[str, Any]) -> None:
    locked.edit("ola.hansen", **change)
    assert look(locked) == []


def test_who_is_talking_to_us_already_is_not_asked(locked: World) -> None:
    locked.talk("ola.hansen")
    assert look(locked) == []


def test_a_lockout_of_this_morning_is_no_news(locked: World) -> None:
    locked.later(minutes=20)
    assert look(locked) == []


@pytest.mark.parametrize(
    "conversation",
    [
        pytest.param({"private": False}, id="a shared room (S1)"),
        pytest.param({"account": None}, id="nobody is proven (S1)"),
        pytest.param({"channel": "slack"}, id="a chat platform without a link (S1)"),
        pytest.param({"channel": "rest"}, id="REST"),
    ],
)
def test_only_a_proven_private_chat_is_written_to(locked: World, conversation: dict[str, Any]) -> None:
    with locked.services.store.transaction() as connection:
        connection.execute(conversations.update().values(**conversation))
    assert look(locked) == []


def test_a_linked_user_of_a_chat_platform_is_written_to(locked: World) -> None:
    talk = locked.services.conversations.latest_of(demo_id("ola.hansen"))
    assert talk is not None
    with locked.services.store.transaction() as connection:
        connection.execute(conversations.update().values(channel="slack", tenant="T1", channel_user="U1"))
        connection.execute(
            insert(channel_links).values(
                channel="slack", tenant="T1", channel_user="U1", account=demo_id("ola.hansen"),
                evidence="email", linked_at=locked.clock.now(),
            )
        )  # fmt: skip
    assert len(look(locked)) == 1


@pytest.mark.parametrize(
    ("country", "hours", "told"),
    [
        ("NO", 0, True),  # Tuesday 9:01 UTC is 10:01 in Oslo
        ("NO", -3, False),  # 7:01
        ("NO", 8, False),  # 18:01
        ("US", 0, False),  # night on the whole continent
        ("US", 9, True),  # 18:01 UTC: 13 in New York, 8 in Honolulu and on Adak
        ("", 0, True),  # unknown: UTC
    ],
)
def test_it_is_quiet_at_night_where_the_person_is(world: World, country: str, hours: int, told: bool) -> None:
    world.directory.unlock(demo_id("ola.hansen"))
    world.talk("ola.hansen")
    world.edit("ola.hansen", country=country)
    world.later(days=1, hours=hours)
    world.directory.lock(demo_id("ola.hansen"))
    world.later(minutes=1)
    assert bool(look(world)) is told


def test_it_is_quiet_at_the_weekend(world: World) -> None:
    world.directory.unlock(demo_id("ola.hansen"))
    world.talk("ola.hansen")
    world.later(days=5)
    world.directory.lock(demo_id("ola.hansen"))
    assert look(world) == []


def test_who_turned_reminders_off_gets_none(locked: World) -> None:
    reminders, ola = locked.services.reminders, demo_id("ola.hansen")
    reminders.turn(ola, on=False)
    reminders.turn(ola, on=False)
    assert not reminders.are_on(ola)
    assert look(locked) == []
    reminders.turn(ola, on=True)
    assert reminders.are_on(ola)
    assert len(look(locked)) == 1


def test_the_administrator_turns_them_off_for_everybody(locked: World) -> None:
    locked.with_parts(TIER0_REMINDERS="false")
    assert look(locked) == []
    assert locked.services.reminders.look_for_expiries() == 0


def expiring_in(world: World, days: float) -> None:
    """Kari's password expires in so many days; she has a chat."""
    world.talk("kari.nordmann")
    age = timedelta(days=365) - timedelta(days=days)
    world.edit("kari.nordmann", password_changed_at=world.clock.now() - age)


def test_a_password_that_expires_is_said_two_weeks_three_days_and_one_day_before(world: World) -> None:
    """The weekend's turn falls away; Friday's was there."""
    expiring_in(world, 16)  # from Monday 2 to Wednesday 18 November
    told = []
    for _ in range(17 * 4):
        before = len(said(world))
        world.services.reminders.look_for_expiries()
        told += [(world.clock.now().day, item["text"]) for item in said(world)[before:]]
        world.later(hours=6)
    days = [day for day, _ in told]
    assert days == [4, 16, 17], told  # 14 days, then Monday for Sunday's three days, then the day before
    assert "om 14 dager, onsdag 18. november" in told[0][1]
    assert "om 2 dager" in told[1][1]
    assert "utløper snart: onsdag 18. november" in told[2][1]


def test_who_must_change_it_anyway_or_has_a_new_one_is_not_reminded(world: World) -> None:
    expiring_in(world, 3)
    world.edit("kari.nordmann", must_change=True)
    assert world.services.reminders.look_for_expiries() == 0
    world.edit("kari.nordmann", must_change=False, password_changed_at=world.clock.now())
    assert world.services.reminders.look_for_expiries() == 0


def test_an_old_reminder_that_is_deleted_takes_no_new_one_with_it(world: World) -> None:
    """D4: or the person would be told twice"""
    from servicedesk.retention import Retention
    from servicedesk.store.tables import reminders

    kari = demo_id("kari.nordmann")
    with world.services.store.transaction() as connection:
        for days, occasion in ((100, "old"), (0, "new")):
            at = world.clock.now() - timedelta(days=days)
            connection.execute(insert(reminders).values(account=kari, occasion=occasion, at=at))
    Retention(world.services.store, world.clock).purge()
    with world.services.store.transaction() as connection:
        assert list(connection.execute(select(reminders.c.occasion)).scalars()) == ["new"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DAYS", "0"),
        ("DAYS", "1, soon"),
        ("DAYS", "61"),
        ("HOURS", "18-8"),
        ("HOURS", "8"),
        ("HOURS", "8-25"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"TIER0_REMINDER_{name}"):
        ReminderSettings.read(Reader({f"TIER0_REMINDER_{name}": value}))
    assert ReminderSettings.read(Reader({"TIER0_REMINDER_DAYS": "none"})).days == ()
