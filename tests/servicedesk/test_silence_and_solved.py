"""Who is asked about a silent or a settled ticket: when, where, how often, and what becomes of the answer."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, update

from servicedesk.buttons import Buttons, PressOutcome
from servicedesk.cases import Case
from servicedesk.directory.demo import demo_id
from servicedesk.errors import SettingsError
from servicedesk.reminder_settings import ReminderSettings
from servicedesk.resolution_figures import resolution_figures
from servicedesk.resolutions import Said
from servicedesk.retention import Retention
from servicedesk.settings_reader import Reader
from servicedesk.store.tables import buttons, cases, conversations, outbox, resolutions
from servicedesk.ticket_buttons import TicketAnswer, answer, asked_anew
from servicedesk.ticket_handlers import TicketHandlers
from servicedesk.ticketing.errors import AccessRefused, TicketRejected
from servicedesk.ticketing.port import TicketRef, TicketState
from tests.servicedesk.test_worker import open_case, run
from tests.servicedesk.world import World, at_once, both_stores

MONDAY_NINE = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
KARI = "kari.nordmann"


@pytest.fixture
def case(world: World) -> Case:
    """Kari's, opened on a Monday morning, with its ticket."""
    world.clock.advance(MONDAY_NINE - world.clock.now())
    opened = open_case(world)
    run(world, rounds=3)
    return opened


def written(world: World, kind: str) -> list[dict[str, Any]]:
    """What was queued for the chat, whatever has become of it since."""
    mine = outbox.c.key.startswith(f"{kind}:")
    with world.services.store.reading() as connection:
        return list(connection.execute(select(outbox.c.payload).where(mine).order_by(outbox.c.id)).scalars())


def nudges(world: World) -> int:
    world.services.nudges.look()
    return len(written(world, "nudge"))


def settle(world: World, case: Case, state: TicketState = TicketState.RESOLVED) -> None:
    """As the desk does."""
    found = world.services.tickets.find(case.reference)
    assert found is not None
    with world.services.store.transaction() as connection:
        world.services.tickets.set_state(found, state, connection=connection)  # type: ignore[attr-defined]
        world.services.cases.ticket_is(connection, case.reference, state)


def asked(world: World) -> int:
    world.services.resolutions.look()
    return len(written(world, "solved"))


# --- silence ---


@both_stores
def test_three_working_days_of_silence_are_asked_about_once(world: World, case: Case) -> None:
    world.later(days=3, minutes=-1)
    assert nudges(world) == 0
    world.later(minutes=1)
    at_once(6, lambda _: world.services.nudges.look())
    assert nudges(world) == 1, "several workers, and still once"
    world.later(days=7)
    assert nudges(world) == 1, "the same silence"
    assert world.trail("case.nudged") == ["done"]


def test_the_next_silence_is_another_one(world: World, case: Case) -> None:
    world.later(days=3)
    assert nudges(world) == 1
    world.later(hours=1)
    world.services.cases.agent_reply(case.reference, "Anna", "Vi ser på det.")
    world.later(days=2)
    assert nudges(world) == 1
    world.later(days=3)  # Friday noon to Tuesday: a weekend is no working day
    world.later(days=1)
    assert nudges(world) == 2


def test_weekends_and_holidays_do_not_count(world: World, case: Case) -> None:
    """Thursday 24 December 2026 and the days after it are off at the desk in Norway."""
    world.clock.advance(datetime(2026, 12, 23, 9, tzinfo=timezone.utc) - world.clock.now())
    talk = world.talk(KARI)
    world.services.cases.add_comment(case.reference, conversation=talk.id, key="c", text="Hei")
    for day, count in ((24, 0), (25, 0), (28, 0), (29, 0), (30, 1)):
        world.clock.advance(datetime(2026, 12, day, 9, tzinfo=timezone.utc) - world.clock.now())
        assert nudges(world) == count, day


@pytest.mark.parametrize(
    ("silent", "until_morning"),
    [
        pytest.param({"days": 3, "hours": 9}, {"hours": 15}, id="at night"),
        pytest.param({"days": 5}, {"days": 2}, id="on a Saturday"),
    ],
)
def test_it_waits_for_the_morning(
    world: World, case: Case, silent: dict[str, float], until_morning: dict[str, float]
) -> None:
    world.later(**silent)
    assert nudges(world) == 0
    world.later(**until_morning)
    assert nudges(world) == 1


@pytest.mark.parametrize(
    "conversation",
    [
        pytest.param({"private": False}, id="a shared room (S1)"),
        pytest.param({"account": demo_id("ola.hansen")}, id="somebody else's by now (S1)"),
        pytest.param({"channel": "slack"}, id="a chat platform without a link (S1)"),
        pytest.param({"channel": "rest"}, id="REST"),
    ],
)
def test_nobody_is_written_to_where_others_may_read(
    world: World, case: Case, conversation: dict[str, Any]
) -> None:
    with world.services.store.transaction() as connection:
        connection.execute(update(conversations).values(**conversation))
    world.later(days=3)
    assert nudges(world) == 0
    settle(world, case)
    world.later(minutes=3)
    assert asked(world) == 0


def test_who_wants_no_reminders_gets_none_but_is_asked_whether_it_is_solved(world: World, case: Case) -> None:
    world.services.reminders.turn(demo_id(KARI), on=False)
    world.later(days=3)
    assert nudges(world) == 0
    settle(world, case)
    world.later(minutes=3)
    assert asked(world) == 1


def test_a_ticket_that_was_resolved_meanwhile_is_not_called_open(world: World, case: Case) -> None:
    found = world.services.tickets.find(case.reference)
    assert found is not None
    world.services.tickets.set_state(found, TicketState.RESOLVED)  # type: ignore[attr-defined]
    world.later(days=3)
    assert nudges(world) == 0
    assert world.services.cases.get(case.reference).state is TicketState.RESOLVED


def test_an_administrator_decides(world: World, case: Case) -> None:
    world.later(days=3)
    world.with_parts(TIER0_NUDGE_DAYS="0")
    assert nudges(world) == 0
    world.with_parts(TIER0_NUDGE_DAYS="4")
    assert nudges(world) == 0
    settle(world, case)
    world.later(minutes=3)
    world.with_parts(TIER0_ASK_SOLVED="false")
    assert asked(world) == 0


@pytest.mark.parametrize("value", ["-1", "31", "three", "1.5"])
def test_a_wrong_number_of_days_stops_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match="TIER0_NUDGE_DAYS"):
        ReminderSettings.read(Reader({"TIER0_NUDGE_DAYS": value}))


def test_one_tap_does_not_take_back_a_security_incident(world: World, case: Case) -> None:
    with world.services.store.transaction() as connection:
        connection.execute(update(cases).values(kind="security_incident"))
    world.later(days=3)
    assert nudges(world) == 1
    (item,) = written(world, "nudge")
    payloads = [choice["payload"] for choice in item["choices"]]
    assert payloads == [
        answer(case.reference, TicketAnswer.STILL_NEEDED),
        answer(case.reference, TicketAnswer.ADD),
    ]


# --- solved? ---


@both_stores
def test_a_settled_ticket_is_asked_about_once(world: World, case: Case) -> None:
    """F7, F11; and a resolved ticket that is closed later is the same end."""
    settle(world, case)
    assert asked(world) == 0, "the last words may still be on their way"
    world.later(minutes=3)
    at_once(6, lambda _: world.services.resolutions.look())
    assert asked(world) == 1
    settle(world, case, TicketState.CLOSED)
    world.later(hours=1)
    assert asked(world) == 1


def test_each_end_is_asked_about(world: World, case: Case) -> None:
    talk = world.talk(KARI)
    settle(world, case)
    world.later(minutes=3)
    assert asked(world) == 1
    world.services.cases.reopen(case.reference, conversation=talk.id, key="r")
    assert world.services.resolutions.answer(case.reference, Said.NOT_SOLVED)
    world.later(minutes=3)
    assert asked(world) == 1, "what is on its way to the ticket comes first"
    run(world, rounds=2)
    assert asked(world) == 1
    settle(world, case)
    world.later(minutes=3)
    assert asked(world) == 2


@pytest.mark.parametrize("state", [TicketState.WITHDRAWN, TicketState.WAITING])
def test_what_was_not_settled_is_not_asked_about(world: World, case: Case, state: TicketState) -> None:
    settle(world, case, state)
    world.later(minutes=3)
    assert asked(world) == 0


def test_at_night_only_who_is_at_the_chat_is_asked(world: World, case: Case) -> None:
    world.later(hours=12)
    settle(world, case)
    world.later(minutes=3)
    assert asked(world) == 0
    world.talk(KARI)
    assert asked(world) == 1


def test_after_a_week_nobody_is_asked_any_more(world: World, case: Case) -> None:
    settle(world, case)
    world.later(days=7, minutes=1)
    assert asked(world) == 0


@both_stores
def test_an_answer_counts_once_and_l1_gets_one_note(world: World, case: Case) -> None:
    settle(world, case)
    world.later(minutes=3)
    asked(world)
    services = world.services
    given = at_once(6, lambda _: services.resolutions.answer(case.reference, Said.SOLVED))
    assert sum(given) == 1
    assert not services.resolutions.answer(case.reference, Said.NOT_SOLVED)
    assert not services.resolutions.rate(case.reference, 6)
    assert sum(at_once(6, lambda at: services.resolutions.rate(case.reference, 1 + at % 5))) == 1
    secret = world.canaries.password("Sommerfugl-99!")
    assert services.resolutions.comment(case.reference, f"Bra. Passordet mitt er {secret}")
    assert not services.resolutions.comment(case.reference, "og mer")
    run(world, rounds=2)
    world.later(hours=1)
    run(world, rounds=2)
    found = services.tickets.find(case.reference)
    assert found is not None
    notes = [each.text for each in services.tickets.view(found).comments if not each.public]
    assert len(notes) == 1
    assert "Bra." in notes[0]
    assert world.trail("case.solved") == world.trail("case.rated") == ["done"]
    world.holds_no_secret()


def test_who_says_no_more_than_yes_is_told_to_l1_all_the_same(world: World, case: Case) -> None:
    settle(world, case)
    world.later(minutes=3)
    asked(world)
    world.services.resolutions.answer(case.reference, Said.SOLVED)
    run(world, rounds=2)
    assert [item for item in world.queued("ticket.comment") if item] == []
    world.later(minutes=16)
    world.services.resolutions.look()
    (note,) = [item for item in world.queued("ticket.comment") if item]
    assert note["text"] == "The requester says that it is solved."
    assert note["public"] is False


@pytest.mark.parametrize("refused", [True, False])
def test_a_note_that_a_closed_ticket_does_not_take_calls_nobody(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    """But a refused sign-in does: that is no matter of the one ticket."""

    def comment(ref: TicketRef, **_: Any) -> None:
        raise TicketRejected("closed") if refused else AccessRefused("401")

    monkeypatch.setattr(world.services.tickets, "comment", comment)
    with world.services.store.transaction() as connection:
        world.services.outbox.put(
            connection, kind="ticket.comment", key="k",
            payload={"reference": case.reference, "author": "Tier0", "text": "x", "public": False,
                     "optional": True},
        )  # fmt: skip
    handled = {"ticket.comment": TicketHandlers(world.services.store, world.services.tickets).comment}
    world.services.outbox.run_due(handled)  # type: ignore[arg-type]
    assert len(world.services.outbox.dead_letters()) == (0 if refused else 1)


# --- figures ---


@both_stores
def test_no_figure_on_fewer_than_five_people(world: World) -> None:
    """D5: nor a mean where five have answered and four gave stars."""
    now = world.clock.now()

    def add(person: int, *, stars: int | None, category: str = "network.vpn", number: int = 0) -> None:
        with world.services.store.transaction() as connection:
            connection.execute(
                resolutions.insert().values(
                    reference=f"T0-{person}{number}", settled_at=now, conversation=f"c{person}",
                    account=f"a{person}", category=category, state="solved", stars=stars,
                    comment="for sent" if stars == 1 else None, asked_at=now, answered_at=now,
                )
            )  # fmt: skip

    def figures() -> Any:
        return resolution_figures(world.services.store, now - timedelta(days=1))

    for person in range(4):
        add(person, stars=1)
        add(person, stars=1, number=1)
    assert figures().overall is None
    assert figures().comments == ()
    add(4, stars=None)
    assert figures().overall.solved == 9
    assert figures().overall.mean is None
    assert figures().comments == ()
    add(5, stars=5, category="hardware.laptop")
    assert figures().overall.mean == pytest.approx(13 / 9)
    (vpn,) = figures().categories
    assert (vpn.label, vpn.rated, vpn.mean) == ("Network / VPN", 8, None)
    assert {each.text for each in figures().comments} == {"for sent"}


# --- buttons that are pressed late ---


def test_an_old_button_about_a_ticket_only_asks_anew(world: World, case: Case) -> None:
    """S9, for as long as its message is kept (D4); whatever it did, it does no more."""
    talk = world.talk(KARI)
    own = Buttons(world.clock, world.services.keys)
    issued = own.make(talk.id, [("Ja", answer(case.reference, TicketAnswer.SOLVED)), ("Send", "/just_send")])
    retention = Retention(world.services.store, world.clock)
    with world.services.store.transaction() as connection:
        own.keep(connection, talk.id, issued)
    world.later(hours=1)
    with world.services.store.transaction() as connection:
        assert own.live(connection, talk.id) == {issued[0].id}
    world.later(days=29)
    retention.purge()
    with world.services.store.transaction() as connection:
        assert list(connection.execute(select(buttons.c.id)).scalars()) == [issued[0].id]
        press = own.press(connection, talk.id, issued[0].token)
    assert press.outcome is PressOutcome.EXPIRED
    assert asked_anew(press.payload) == answer(case.reference, TicketAnswer.ASK_AGAIN)
    world.later(days=2)
    retention.purge()
    with world.services.store.transaction() as connection:
        assert connection.execute(select(buttons.c.id)).first() is None
