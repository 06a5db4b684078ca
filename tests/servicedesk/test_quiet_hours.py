"""Nobody's pocket rings at night for what can wait; whoever waits is told at any hour, and in order."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, update

from servicedesk.clock import ManualClock
from servicedesk.conversations import Conversation
from servicedesk.directory.demo import demo_id
from servicedesk.handover.gathering import CaseRequest
from servicedesk.outbox import release
from servicedesk.quiet_hours import QuietHours
from servicedesk.reminder_settings import ReminderSettings
from servicedesk.store.tables import conversations, outbox
from servicedesk.ticketing.port import Impact, Urgency
from servicedesk.worker import build_worker
from tests.servicedesk.world import World

KARI = "kari.nordmann"  # in Norway
OSLO = timezone(timedelta(hours=1))


def at(*moment: int) -> datetime:
    """In winter, on Oslo's clock."""
    return datetime(*moment, tzinfo=OSLO)  # type: ignore[arg-type,misc]


def quiet(now: datetime, country: str, **settings: Any) -> bool:
    return QuietHours(ManualClock(now.astimezone(timezone.utc)), ReminderSettings(**settings)).are_on(country)


@pytest.mark.parametrize(
    ("now", "country", "expected"),
    [
        (at(2026, 12, 1, 8), "NO", False),
        (at(2026, 12, 1, 7, 59), "NO", True),
        (at(2026, 12, 1, 17, 59), "NO", False),
        (at(2026, 12, 1, 18), "NO", True),
        (at(2026, 12, 5, 12), "NO", True),  # a Saturday
        (at(2026, 12, 25, 12), "NO", True),  # Christmas Day, a Friday
        (at(2026, 5, 18, 12), "NO", False),  # the day after the national day
        (datetime(2027, 5, 17, 10, tzinfo=timezone.utc), "NO", True),  # 17 May, a Monday
        (datetime(2027, 5, 17, 10, tzinfo=timezone.utc), "SE", False),
        (at(2026, 12, 1, 12), "", False),  # nobody knows: UTC
        (at(2026, 12, 1, 12), "XX", False),  # no such country
    ],
)
def test_hours_weekends_and_public_holidays_of_the_country_are_kept(
    now: datetime, country: str, expected: bool
) -> None:
    assert quiet(now, country) is expected


def test_the_hours_are_the_administrators() -> None:
    assert not quiet(at(2026, 12, 1, 6), "NO", first_hour=6)
    assert quiet(at(2026, 12, 1, 16), "NO", last_hour=16)


# --- what L1 answers ---


def chat(world: World, channel: str = "teams") -> Conversation:
    return world.services.conversations.open(
        channel=channel, tenant="t", channel_user=KARI, account=demo_id(KARI), private=True, language="nb"
    )


def case(world: World, talk: Conversation, **more: Any) -> str:
    values = {
        "impact": Impact.PERSON,
        "urgency": Urgency.HINDERED,
        "words": "skriveren er treg",
        "language": "nb",
    }
    request = CaseRequest(conversation=talk.id, key="k", because={"no_answer": {}}, **{**values, **more})
    return world.services.cases.open(request).reference


def answered(world: World, reference: str, text: str = "Prøv nå") -> bool:
    return world.services.cases.agent_reply(reference, "Anna", text).held


def heard(world: World, talk: Conversation) -> list[str]:
    build_worker(world.services).round()
    return [each.text for each in world.services.conversations.messages(talk.id) if each.author != "employee"]


def night(world: World, *, hours: float = 12) -> None:
    """Monday 10:00 in Oslo it was; now it is so much later."""
    world.later(hours=hours)


def test_an_answer_at_night_waits_for_the_morning(world: World) -> None:
    talk = chat(world)
    reference = case(world, talk)
    night(world)
    assert answered(world, reference)
    assert heard(world, talk) == []
    world.later(hours=9, minutes=45)
    assert heard(world, talk) == []
    world.later(minutes=15)  # Tuesday 08:00
    assert heard(world, talk) == ["Prøv nå"]


def test_an_answer_on_friday_evening_waits_over_the_weekend_and_is_no_dead_letter(world: World) -> None:
    talk = chat(world)
    reference = case(world, talk)
    night(world, hours=4 * 24 + 9)  # Friday 19:00
    assert answered(world, reference)
    for _ in range(6):
        assert heard(world, talk) == []
        world.later(hours=10)
    world.later(hours=1)  # Monday 08:00
    assert heard(world, talk) == ["Prøv nå"]
    assert world.services.outbox.counts()["dead"] == 0


@pytest.mark.parametrize(
    "why",
    [
        {"kind": "security_incident", "category": "security"},
        {"urgency": Urgency.CANNOT_WORK},
        {"impact": Impact.EVERYBODY},
    ],
)
def test_who_waits_for_it_is_answered_at_any_hour(world: World, why: dict[str, Any]) -> None:
    talk = chat(world)
    reference = case(world, talk, **why)
    night(world)
    assert not answered(world, reference)
    assert heard(world, talk) == ["Prøv nå"]


def test_a_chat_that_is_running_goes_on_at_night(world: World) -> None:
    talk = chat(world)
    reference = case(world, talk)
    night(world)
    chat(world)  # wrote a moment ago
    world.later(minutes=29)
    assert not answered(world, reference)
    world.later(minutes=2)
    assert answered(world, reference, "Og nå?")


@pytest.mark.parametrize("channel", ["web", "rest"])
def test_a_page_that_rings_nowhere_shows_it_at_once(world: World, channel: str) -> None:
    talk = chat(world, channel)
    reference = case(world, talk)
    night(world)
    assert not answered(world, reference)
    assert heard(world, talk) == ["Prøv nå"]


def test_an_administrator_may_have_answers_go_at_any_hour(world: World) -> None:
    world = world.with_parts(TIER0_HOLD_ANSWERS="false")
    reference = case(world, chat(world))
    night(world)
    assert not answered(world, reference)


def test_who_writes_at_night_gets_what_was_held(world: World) -> None:
    talk = chat(world)
    reference = case(world, talk)
    night(world)
    answered(world, reference, "første")
    answered(world, reference, "andre")
    with world.services.store.transaction() as connection:
        release(connection, talk.id, world.clock.now())  # as the connector does
    assert heard(world, talk) == ["første", "andre"]


def test_what_goes_at_once_takes_along_what_was_held_and_nothing_overtakes(world: World) -> None:
    """Else an answer for the morning would hold up the outcome of an unlock, or come after a later one."""
    talk = chat(world)
    reference = case(world, talk)
    night(world)
    answered(world, reference, "kan vente")
    with world.services.store.transaction() as connection:
        payload = {"conversation": talk.id, "text": "Kontoen er låst opp", "author": "notice"}
        world.services.outbox.put(connection, kind="chat.say", key="unlock", payload=payload)
    assert heard(world, talk) == ["kan vente", "Kontoen er låst opp"]


def test_an_account_without_a_country_is_answered_at_once(world: World) -> None:
    """Whose night it is nobody knows."""
    world.edit(KARI, country="")
    talk = chat(world)
    reference = case(world, talk)
    night(world)
    assert not answered(world, reference)


def test_where_a_countrys_clocks_share_no_hour_nothing_waits_for_ever(world: World) -> None:
    world.edit(KARI, country="RU")
    talk = chat(world)
    reference = case(world, talk)
    night(world)
    assert not answered(world, reference)


def test_the_owner_is_told_of_a_change_at_any_hour(world: World) -> None:
    """S6: within a minute, by mail and text message, whatever the clock shows."""
    link = world.link(KARI)
    night(world, hours=0.1)
    with world.services.store.transaction() as connection:
        connection.execute(update(conversations).values(channel="teams"))
    world.services.accounts.change_password(link, "blå giraff spiser lefse")
    with world.services.store.transaction() as connection:
        kinds = outbox.c.kind.in_(("notice.mail", "notice.sms", "chat.say"))
        rows = connection.execute(select(outbox.c.kind, outbox.c.not_before).where(kinds)).all()
    assert {row.kind for row in rows} == {"notice.mail", "notice.sms", "chat.say"}
    assert all(row.not_before <= world.clock.now() for row in rows)
