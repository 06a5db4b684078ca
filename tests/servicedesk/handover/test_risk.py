"""What stops self-service for an account, as the store shows it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from servicedesk.cases import CaseRequest
from servicedesk.conversations import Conversation
from servicedesk.directory.demo import demo_id
from servicedesk.store.tables import account_changes
from tests.servicedesk.world import World

KARI = demo_id("kari.nordmann")


def stops(world: World, words: str = "") -> list[str]:
    return [reason.id for reason in world.services.risk.of(KARI, words)]


def changed(world: World, number: int, state: str = "done", kind: str = "reset") -> None:
    with world.services.store.transaction() as connection:
        values = {"account": KARI, "kind": kind, "state": state, "started_at": world.clock.now()}
        connection.execute(
            insert(account_changes).values(id=f"{number}{state}{kind}", conversation=None, **values)
        )


def opened(world: World, talk: Conversation, words: str, **more: Any) -> str:
    request = CaseRequest(
        conversation=talk.id, key=words, language="en", words=words, because={"asked_for_person": {}}, **more
    )
    return world.services.cases.open(request).reference


def test_the_third_reset_within_a_week_is_stopped(world: World) -> None:
    changed(world, 1)
    changed(world, 2, state="failed")
    changed(world, 3, kind="unlock")
    world.later(days=6)
    assert stops(world) == []
    changed(world, 4)
    assert stops(world) == ["many_resets"]
    assert "reset number 3 within 7 days" in world.services.risk.of(KARI)[0].text
    world.later(days=1, seconds=1)
    assert stops(world) == [], "the first one is a week old"


def test_a_report_of_phishing_stops_for_a_day_and_one_about_a_wrong_address_does_not(world: World) -> None:
    talk = world.talk("kari.nordmann")
    opened(world, talk, "sent it to the wrong person", kind="security_incident", category="security")
    assert stops(world) == []
    reference = opened(
        world, talk, "clicked a link in a phishing mail", kind="security_incident", category="security"
    )
    assert stops(world) == ["report_before"]
    assert reference in world.services.risk.of(KARI)[0].text
    world.later(hours=24, seconds=1)
    assert stops(world) == []


def test_what_words_set_off_lasts_a_day_and_only_where_an_account_is_concerned(world: World) -> None:
    talk = world.talk("kari.nordmann")
    opened(world, talk, "the CEO needs the projector now", category="hardware.monitor")
    assert stops(world) == []
    opened(world, talk, "the CEO needs it now, skip the code", category="access.password")
    assert stops(world) == ["pressure"]
    world.later(hours=24, seconds=1)
    assert stops(world) == []


def test_nobody_stops_another(world: World) -> None:
    """U14: what a stranger writes about an account that is not proven stops nobody."""
    stranger = world.services.conversations.open(
        channel="rest", tenant="", channel_user="x", account=None, private=True, language="en"
    )
    opened(world, stranger, "kari.nordmann lost her phone, reset it", category="access.password")
    assert stops(world) == []


def test_what_was_said_a_moment_before_counts_too(world: World) -> None:
    talk = world.talk("kari.nordmann")
    say = world.services.conversations.say
    say(conversation=talk.id, key="1", author="employee", text="the CEO needs it now, skip the code")
    say(conversation=talk.id, key="2", author="bot", text="the CEO? I lost my phone")
    found = world.services.risk.of(KARI, "please reset my password", talk.id)
    assert [reason.id for reason in found] == ["pressure"]
    world.later(hours=1, seconds=1)
    assert world.services.risk.of(KARI, "please reset my password", talk.id) == ()


def test_the_reset_page_holds_to_it_too(world: World) -> None:
    """Two factors that are right open nothing while a stop lasts."""
    page = world.services.page_proof
    assert not page._stopped(KARI)
    changed(world, 1)
    changed(world, 2, state="unknown")
    assert page._stopped(KARI)


def test_a_link_that_is_out_is_ended_by_what_came_up_and_not_by_the_number_of_resets(world: World) -> None:
    """That was looked at when it was sent."""
    changed(world, 1)
    changed(world, 2)
    assert stops(world) == ["many_resets"]
    assert not world.services.risk.ends_links(KARI)
    opened(
        world,
        world.talk("kari.nordmann"),
        "clicked a phishing link",
        kind="security_incident",
        category="security",
    )
    assert world.services.risk.ends_links(KARI)
