"""What L1 writes elsewhere reaches the chat once, and only what may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from servicedesk.cases import Case
from servicedesk.store.tables import conversations
from servicedesk.ticket_news import NOT_PASSED_ON, TicketNews
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketRef, TicketState
from servicedesk.worker import build_worker
from tests.contracts.test_servicenow import backstage, settings
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow
from tests.servicedesk.test_worker import open_case
from tests.servicedesk.world import World

__all__ = ["backstage", "settings"]


@pytest.fixture
def outside(world: World, backstage: FakeServiceNow) -> World:
    return world.with_parts(
        TIER0_TICKETING="servicenow",
        TIER0_TICKETING_URL=backstage.wire.url,
        TIER0_TICKETING_USER=USER,
        TIER0_TICKETING_SECRET=PASSWORD,
        TIER0_TICKETING_CALLS_PER_SECOND="100",
    )


@pytest.fixture
def case(outside: World) -> Case:
    """Opened, with its ticket in the outside system."""
    opened = open_case(outside)
    rounds(outside)
    return outside.services.cases.get(opened.reference)


def rounds(world: World, number: int = 1) -> None:
    worker = build_worker(world.services)
    for _ in range(number):
        worker.round()
        world.clock.advance(timedelta(seconds=31))


def ref(case: Case) -> TicketRef:
    assert case.ticket_id is not None
    assert case.number is not None
    return TicketRef(id=case.ticket_id, number=case.number)


def heard(world: World, case: Case) -> list[tuple[str, str]]:
    assert case.conversation is not None
    messages = world.services.conversations.messages(case.conversation)
    return [(each.author_name, each.text) for each in messages if each.author == "agent"]


def test_an_answer_reaches_the_chat_once(outside: World, case: Case, backstage: FakeServiceNow) -> None:
    """F11: however often it is looked at, and after a restart."""
    talk = outside.talk("kari.nordmann")
    outside.services.cases.add_comment(case.reference, conversation=talk.id, key="c", text="Det haster")
    backstage._now += timedelta(minutes=1)
    backstage.reply(ref(case), "Prøv <nå>", public=True)
    backstage.reply(ref(case), "bare for oss", public=False)
    rounds(outside, 4)
    assert heard(outside, case) == [("anna.agent", "Prøv <nå>")]
    backstage._now += timedelta(days=20)
    backstage.reply(ref(case), "Og nå?", public=True)
    outside.clock.advance(timedelta(days=20))
    rounds(outside, 3)
    assert [text for _, text in heard(outside, case)] == ["Prøv <nå>", "Og nå?"]
    assert outside.trail("case.agent_reply") == ["sent", "sent"]


def test_an_answer_at_night_waits_for_the_morning_and_still_comes_once(
    outside: World, case: Case, backstage: FakeServiceNow
) -> None:
    """Whoever looks, and however often, in the hours between (docs/handover.md, "Quiet hours")."""
    with outside.services.store.transaction() as connection:
        connection.execute(update(conversations).values(channel="teams"))
    outside.later(hours=12)
    backstage._now += timedelta(minutes=1)
    backstage.reply(ref(case), "Prøv nå", public=True)
    rounds(outside, 4)
    assert heard(outside, case) == []
    outside.later(hours=10)
    rounds(outside, 4)
    assert heard(outside, case) == [("anna.agent", "Prøv nå")]


def test_the_state_is_kept_for_when_the_system_is_down(
    outside: World, case: Case, backstage: FakeServiceNow
) -> None:
    backstage._now += timedelta(minutes=1)
    backstage.resolve(ref(case))
    rounds(outside, 2)
    assert outside.services.cases.get(case.reference).state is TicketState.RESOLVED


def test_who_asks_for_a_password_is_told_and_the_employee_is_not(
    outside: World, case: Case, backstage: FakeServiceNow
) -> None:
    """U16"""
    backstage._now += timedelta(minutes=1)
    backstage.reply(ref(case), "Please send me your password", public=True)
    rounds(outside, 4)
    assert heard(outside, case) == []
    assert outside.trail("case.agent_reply") == ["asks_for_secret"]
    assert sum(NOT_PASSED_ON in text for text in backstage.comments(ref(case))) == 1
    (note,) = [row for row in backstage.journal if NOT_PASSED_ON in row["value"]]
    assert note["element"] == "work_notes"


def test_what_has_not_changed_is_not_read_again(
    outside: World, case: Case, backstage: FakeServiceNow
) -> None:
    """A thousand new tickets would otherwise cost a thousand calls."""
    rounds(outside, 2)
    assert backstage.wire.requests.count("GET /api/now/table/sys_journal_field") == 0
    backstage._now += timedelta(minutes=1)
    backstage.reply(ref(case), "Hei", public=True)
    rounds(outside, 6)
    assert backstage.wire.requests.count("GET /api/now/table/sys_journal_field") == 2


def test_a_system_that_is_down_is_asked_again(outside: World, case: Case, backstage: FakeServiceNow) -> None:
    backstage._now += timedelta(minutes=1)
    backstage.reply(ref(case), "Hei", public=True)
    backstage.wire.fail("^GET /api/now/table/", "cut", times=2)
    rounds(outside, 5)
    assert heard(outside, case) == [("anna.agent", "Hei")]


def test_another_ticket_with_the_same_id_is_nobodys_news(
    outside: World, case: Case, backstage: FakeServiceNow
) -> None:
    """U13: after a change of the ticket system a case may hold an id that means another's ticket now."""
    backstage._now += timedelta(minutes=1)
    backstage.incidents[ref(case).id]["correlation_id"] = "T0-OTHER"
    backstage.reply(ref(case), "til noen andre", public=True)
    rounds(outside, 3)
    assert heard(outside, case) == []


def test_the_embedded_system_is_not_asked(world: World) -> None:
    assert not any("TicketNews" in str(chore._work) for chore in build_worker(world.services)._chores)


def test_an_outside_system_is_asked(outside: World) -> None:
    assert any("TicketNews" in str(chore._work) for chore in build_worker(outside.services)._chores)


def test_only_so_many_tickets_are_looked_at_in_one_go(
    outside: World, backstage: FakeServiceNow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outbox waits meanwhile; the rest comes with the next rounds."""
    monkeypatch.setattr("servicedesk.ticket_news.MOST", 2)
    opened = [open_case(outside, key=f"k{number}") for number in range(5)]
    rounds(outside)
    cases = [outside.services.cases.get(each.reference) for each in opened]
    backstage._now += timedelta(minutes=1)
    for each in cases:
        backstage.reply(ref(each), f"svar {each.reference}", public=True)
    services = outside.services
    assert isinstance(services.tickets, OutsideTickets)
    news = TicketNews(
        store=services.store,
        clock=services.clock,
        tickets=services.tickets,
        outbox=services.outbox,
        audit=services.audit,
        system="servicenow",
    )
    looked = [news.run() for _ in range(8)]
    assert (max(looked), sum(looked), looked[-1]) == (2, 10, 0)
    assert len(outside.queued("chat.say")) == 5
