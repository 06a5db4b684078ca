"""From a message over REST to a ticket in Request Tracker, and from L1's answer there back into the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from servicedesk.bootstrap import Services, build_services
from servicedesk.cases import Case
from servicedesk.clock import ManualClock
from servicedesk.secret import Secret
from servicedesk.settings import Settings
from servicedesk.ticketing.port import TicketRef, TicketState
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.test_request_tracker import Backstage
from tests.journeys.conftest import WELL
from tests.journeys.test_handover import DETAILS, PERSON, PROBLEM, SECRET
from tests.servers.request_tracker import RequestTrackerServer

LANGUAGE = "nb"
ANSWER = "Vi ser på det <nå> 😀"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(timezone.utc))  # RT has the real one


@pytest.fixture
def services(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, rt: RequestTrackerServer
) -> Iterator[Services]:
    for name in ("http.READ_SECONDS", "http.WRITE_SECONDS", "request_tracker.READ_SECONDS"):
        monkeypatch.setattr(f"servicedesk.ticketing.{name}", 60.0)
    settings = Settings(
        state_dir=tmp_path,
        keys_dir=tmp_path / "keys",
        database_url=f"sqlite:///{tmp_path / 'tier0.db'}",
        ticketing="request_tracker",
        outside_tickets=TicketingSettings(
            system="request_tracker",
            url=rt.url,
            user="",
            secret=Secret(name="TIER0_TICKETING_SECRET", value=rt.token),
        ),
    )
    built = build_services(settings, clock=clock)
    for module in ("actions.turn", "servicedesk.bootstrap"):
        monkeypatch.setattr(f"{module}.current_services", lambda: built)
    yield built
    built.store.close()


async def test_a_handover_reaches_rt_and_the_answer_comes_back(
    talk_as: Callable[..., object],
    services: Services,
    work: Callable[[], None],
    rt: RequestTrackerServer,
    clock: ManualClock,
) -> None:
    talk = talk_as(WELL[LANGUAGE], LANGUAGE, channel="rest")
    for message in (PERSON[LANGUAGE], PROBLEM[LANGUAGE], DETAILS[LANGUAGE]):
        await talk.say(message)
    await talk.choose("urgency_1")
    await talk.choose("send")
    reference = talk.reference()
    work()

    case = services.cases.get(reference)
    desk = Backstage(rt)
    summary, description = desk.shown(ref_of(case))
    assert desk.tickets(reference) == 1
    assert reference in description
    assert PROBLEM[LANGUAGE] in description
    assert SECRET[LANGUAGE] not in description
    assert PROBLEM[LANGUAGE][:20] in summary
    (requestor,) = rt.as_agent("GET", f"ticket/{case.number}")["Requestor"]
    assert requestor["id"] == services.directory.find(talk.account).email

    await until_rt_counts_it_as_a_change(rt, case)
    desk.reply(ref_of(case), ANSWER, public=True)
    desk.reply(ref_of(case), "bare oss", public=False)
    clock.advance(timedelta(seconds=31))
    work()
    heard = [each for each in services.conversations.messages(talk.conversation) if each.author == "agent"]
    assert [(each.text, each.author_name) for each in heard] == [(ANSWER, "Anna Agent")]
    assert heard[0].content == {"type": "agent", "reference": reference}
    assert services.cases.get(reference).state is TicketState.IN_PROGRESS

    desk.resolve(ref_of(case))
    services.cases.reopen(reference, conversation=talk.conversation, key="m9", reason="fortsatt ødelagt")
    work()
    assert services.tickets.state(ref_of(case)) is TicketState.IN_PROGRESS
    assert "fortsatt ødelagt" in desk.comments(ref_of(case))[-1]


def ref_of(case: Case) -> TicketRef:
    assert case.ticket_id is not None
    assert case.number is not None
    return TicketRef(id=case.ticket_id, number=case.number)


async def until_rt_counts_it_as_a_change(rt: RequestTrackerServer, case: Case) -> None:
    """Nobody answers within seconds, and what a system does in them by itself is no news."""
    opened = rt.as_agent("GET", f"ticket/{case.number}")["Created"]
    born = datetime.fromisoformat(opened.replace("Z", "+00:00"))
    await asyncio.sleep(max(0.0, 6 - (datetime.now(timezone.utc) - born).total_seconds()))
