"""Somebody vouches for somebody in chat: off by default, and worth nothing to an impostor, however they go about it.

Erik's manager is Annika; Silje's is a VIP, whom nobody may have to ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from servicedesk.approvals.requests import NUMBERS, Outcome
from servicedesk.conversations import Conversation
from servicedesk.directory.demo import demo_id
from servicedesk.directory.errors import DirectoryUnavailable
from servicedesk.store.tables import approvals, audit, channel_links, conversations, outbox
from servicedesk.verification import CodesExhausted, FactorNotUsable
from tests.servicedesk.world import FaultyDirectory, World, at_once, both_stores

ERIK, ANNIKA, SILJE, VIP, JAMES = (
    *("erik.lindqvist", "annika.sjoberg", "silje.haugen"),
    *("ingrid.solberg", "james.okafor"),
)
AGENT = "tobias.wagner"
OFF = {"TIER0_FACTORS": "authenticator sms"}
ON = {"TIER0_FACTORS": "authenticator sms approval"}


@pytest.fixture
def world(world: World) -> World:  # on both stores where a test asks for that
    return world.with_parts(**ON)


class Desk:
    """What the two see and do."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.approver = world.talk(ANNIKA)
        self.requester = world.talk(ERIK)

    def ask(self, requester: str = ERIK, purpose: str = "reset") -> str:
        """The number that the requester sees."""
        account = self.world.account(requester)
        talk = self.world.talk(requester)
        return self.world.services.approvals.ask(account, purpose=purpose, conversation=talk).number

    def shown(self) -> dict[str, Any]:
        """The newest question to an approver."""
        with self.world.services.store.transaction() as connection:
            query = select(outbox.c.payload).where(outbox.c.key.like("approval:%:ask"))
            return dict(connection.execute(query.order_by(outbox.c.id.desc())).scalars().first())

    def press(self, title: str, talk: Conversation | None = None) -> Outcome:
        """Choose what stands under it; "" is no."""
        for choice in self.shown()["choices"]:
            if choice["title"] == title or (not title and "number" not in choice["payload"]):
                said = json.loads(choice["payload"].removeprefix("/approval_answer"))
                return self.world.services.approvals.answer(
                    talk or self.approver, said["approval"], said.get("number")
                ).outcome
        raise AssertionError(title)

    def wrong(self, number: str) -> str:
        titles = [choice["title"] for choice in self.shown()["choices"] if "number" in choice["payload"]]
        return next(title for title in titles if title != number)

    def state(self) -> str:
        view = self.world.services.verification.state(self.world.talk(ERIK).id)
        return "none" if view is None else view.state


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def kinds(world: World, username: str) -> list[str]:
    return [factor.kind for factor in world.services.verification.factors(world.account(username))]


@both_stores
def test_whoever_speaks_with_the_approver_is_vouched_for_once(desk: Desk, world: World) -> None:
    number = desk.ask()
    question = desk.shown()
    assert question["conversation"] == desk.approver.id
    for told in ("Erik Lindqvist", "Sales", "Stockholm", "chattsidan", "ett nytt lösenord", "10 minuter"):
        assert told in question["text"], told
    titles = [choice["title"] for choice in question["choices"]]
    assert len(set(titles)) == NUMBERS + 1
    assert number in titles
    assert number not in question["text"], "it has to be told by the requester"
    assert desk.press(number) is Outcome.GIVEN
    assert desk.state() == "accepted"
    talk = world.talk(ERIK)
    assert world.services.accounts.begin_reset_link(talk, "sv") is not None
    assert world.services.accounts.begin_reset_link(talk, "sv") is None, "once"
    assert world.queued("case.report") == []


def test_it_is_off_until_an_administrator_switches_it_on(world: World) -> None:
    world.talk(ANNIKA)
    assert kinds(world, ERIK) == ["sms", "approval"]
    world.with_parts(**OFF)
    assert kinds(world, ERIK) == ["sms"]
    with pytest.raises(FactorNotUsable):
        Desk(world).ask()
    assert "approval" not in World(world.folder, clock=world.clock).settings.factors, "nor by default"


def test_a_stranger_on_the_reset_page_is_not_vouched_for(desk: Desk, world: World) -> None:
    """S2: two factors of their own."""
    erik = world.account(ERIK)
    assert "approval" not in world.services.page_proof.offered()
    assert "approval" not in [
        factor.kind for factor in world.services.verification.factors(erik, proven=False)
    ]


# --- who is asked ---


def test_nobody_vouches_for_themselves_under_another_address(desk: Desk, world: World) -> None:
    """The manager's or colleague's account is the requester's own second one: same phone, same mailbox, same name."""
    desk.ask()
    world.later(hours=2)
    erik = world.account(ERIK)
    own = [
        {"phone": erik.phone.number if erik.phone else None, "phone_since": world.clock.now()},
        {"alternate_email": erik.email.upper()},
        {"alternate_email": f" {erik.email}"},
    ]
    annika = world.account(ANNIKA)
    for values in own:
        world.edit(ANNIKA, **values)
        with pytest.raises(FactorNotUsable):
            desk.ask()
        world.edit(ANNIKA, phone=None, alternate_email=annika.alternate_email)
    world.edit(ERIK, manager=demo_id(ERIK))
    with pytest.raises(FactorNotUsable):
        desk.ask()
    world.with_parts(**ON, TIER0_APPROVERS=f"{ERIK}, {erik.email}")
    with pytest.raises(FactorNotUsable):
        Desk(world).ask()


def test_an_approver_who_turns_out_to_be_the_requester_cannot_answer(desk: Desk, world: World) -> None:
    """Asked while all was well, and the directory changed in between."""
    number = desk.ask()
    world.edit(ANNIKA, alternate_email=world.account(ERIK).email)
    assert desk.press(number) is Outcome.REFUSED
    assert desk.state() != "accepted"


@pytest.mark.parametrize("values", [{"enabled": False}, {"guest": True}, {"vip": True}])
def test_who_may_not_be_asked_is_not(desk: Desk, world: World, values: dict[str, Any]) -> None:
    world.edit(ANNIKA, **values)
    assert kinds(world, ERIK) == ["sms"]


def test_where_the_manager_cannot_be_asked_the_group_is(world: World) -> None:
    """In its order; a manager who is a VIP, an agent, and somebody who was never seen in chat are passed over."""
    for username in (VIP, AGENT, JAMES):
        world.talk(username)
    assert kinds(world, SILJE) == []
    world.with_parts(**ON, TIER0_APPROVERS=f"{VIP} {AGENT} nobody.here {ANNIKA} {JAMES}")
    chosen = world.services.verification._approvers.choose(world.account(SILJE))
    assert chosen is not None
    assert chosen.account.username == JAMES


def test_a_chat_that_is_no_longer_linked_is_not_used(world: World) -> None:
    """S1: whose Slack or Teams user it is must hold now."""
    talk = world.services.conversations.open(
        channel="slack", tenant="T1", channel_user="U1", account=demo_id(ANNIKA), private=True
    )
    assert kinds(world, ERIK) == ["sms"]
    link = {"channel": "slack", "tenant": "T1", "channel_user": "U1", "account": demo_id(ANNIKA)}
    with world.services.store.transaction() as connection:
        connection.execute(
            insert(channel_links).values(**link, evidence="email", linked_at=world.clock.now())
        )
    assert kinds(world, ERIK) == ["sms", "approval"]
    with world.services.store.transaction() as connection:
        connection.execute(update(conversations).where(conversations.c.id == talk.id).values(private=False))
    assert kinds(world, ERIK) == ["sms"]


@pytest.mark.parametrize("values", [{"vip": True}, {"enabled": False}, {"groups": ["domain-admins"]}])
def test_nobody_is_vouched_for_whom_self_service_never_touches(
    desk: Desk, world: World, values: dict[str, Any]
) -> None:
    """S7: neither asked for, nor taken when it has become so in between."""
    number = desk.ask()
    world.edit(ERIK, **values)
    assert kinds(world, ERIK) == []
    with pytest.raises(FactorNotUsable):
        desk.ask()
    assert desk.press(number) is Outcome.REFUSED


def test_another_account_than_the_conversations_own_is_not_asked_for(desk: Desk, world: World) -> None:
    """U1."""
    silje = world.talk(SILJE)
    with pytest.raises(FactorNotUsable):
        world.services.approvals.ask(world.account(ERIK), purpose="reset", conversation=silje)


# --- how it is answered ---


def test_the_requester_cannot_give_the_number(desk: Desk, world: World) -> None:
    number = desk.ask()
    assert world.check(desk.requester, number).outcome == "none"
    assert desk.press(number, desk.requester) is Outcome.OVER
    assert desk.state() == "open"


def test_only_who_was_asked_can_answer_and_only_where(desk: Desk, world: World) -> None:
    """U5, U12."""
    number = desk.ask()
    elsewhere = world.talk(ANNIKA, user="another device")
    assert desk.press(number, world.talk(JAMES)) is Outcome.OVER
    assert desk.press(number, elsewhere) is Outcome.OVER
    world.services.conversations.prove(desk.approver.id, None)
    unproven = world.services.conversations.get(desk.approver.id)
    assert desk.press(number, unproven) is Outcome.OVER
    assert desk.state() == "open"


def test_a_replayed_approval_does_nothing(desk: Desk, world: World) -> None:
    number = desk.ask()
    assert desk.press(number) is Outcome.GIVEN
    assert world.services.accounts.begin_reset_link(world.talk(ERIK), "sv") is not None
    assert desk.press(number) is Outcome.OVER
    world.later(minutes=2)
    old, new = desk.shown(), desk.ask()
    again = next(c["payload"] for c in old["choices"] if c["title"] == number)
    said = json.loads(again.removeprefix("/approval_answer"))
    replayed = world.services.approvals.answer(desk.approver, said["approval"], new)
    assert replayed.outcome is Outcome.OVER
    assert desk.state() == "open"


@pytest.mark.parametrize("minutes", [10, 11, 60 * 24])
def test_an_approval_after_expiry_is_too_late(desk: Desk, world: World, minutes: int) -> None:
    number = desk.ask()
    world.later(minutes=minutes)
    assert desk.press(number) is Outcome.OVER
    assert desk.state() == "expired"


def test_a_clock_that_is_set_back_revives_nothing(desk: Desk, world: World) -> None:
    """F14."""
    number = desk.ask()
    world.later(hours=-1)
    assert desk.press(number) is Outcome.OVER


def test_what_was_withdrawn_or_asked_anew_is_over(desk: Desk, world: World) -> None:
    number = desk.ask()
    world.services.verification.cancel(desk.requester.id)
    assert desk.press(number) is Outcome.OVER
    world.later(minutes=2)
    number = desk.ask()
    world.later(minutes=2)
    world.start(desk.requester)  # a code by text message instead
    assert desk.press(number) is Outcome.OVER


def test_one_guess_is_all_there_is(desk: Desk, world: World) -> None:
    """A wrong number ends it, counts as a wrong code, alarms L1, and nobody is asked again before tomorrow."""
    number = desk.ask()
    assert desk.press(desk.wrong(number)) is Outcome.WRONG
    assert desk.press(number) is Outcome.OVER
    with world.services.store.transaction() as connection:
        left = world.services.verification.limits.tries_left(connection, demo_id(ERIK), proven=True)
    assert left == 4
    assert [report["reason"] for report in world.queued("case.report")] == ["approval_declined"]
    world.later(hours=23)
    assert kinds(world, ERIK) == ["sms"]
    world.later(hours=2)
    assert kinds(world, ERIK) == ["sms", "approval"]


def test_a_no_ends_it_and_alarms_l1(desk: Desk, world: World) -> None:
    desk.ask()
    assert desk.press("") is Outcome.DECLINED
    assert desk.state() == "expired"
    assert [report["reason"] for report in world.queued("case.report")] == ["approval_declined"]
    assert "person" in world.queued("chat.say")[-1]["text"], "the requester is told, and what to do now"
    world.later(minutes=2)
    with pytest.raises(FactorNotUsable):
        desk.ask()


@both_stores
def test_of_many_answers_at_once_one_counts(desk: Desk, world: World) -> None:
    number = desk.ask()
    answers = [number, *(title for c in desk.shown()["choices"] if (title := c["title"]) != number)][:4]
    outcomes = at_once(12, lambda turn: desk.press(answers[turn % 4]))
    assert sum(outcome is not Outcome.OVER for outcome in outcomes) == 1


def test_a_directory_that_does_not_answer_is_a_no(desk: Desk, world: World) -> None:
    """And one that takes nothing: the approver can try again while it is good."""
    number = desk.ask()
    faulty = FaultyDirectory(world.directory)
    services = world.services
    for part in (services.approvals, services.verification._approvers):
        part._directory = faulty  # type: ignore[assignment]
    faulty.fail["find"] = [DirectoryUnavailable("down")]
    with pytest.raises(DirectoryUnavailable):
        desk.press(number)
    faulty.fail["find"] = [DirectoryUnavailable("down")]
    assert kinds(world, ERIK) == ["sms"]
    assert desk.press(number) is Outcome.GIVEN


# --- how often ---


def test_one_approver_is_not_flooded(world: World) -> None:
    """Three an hour and five a day over all requesters, however many conspire."""
    desk = Desk(world)
    crowd = [ERIK, "anna.svensson", "lars.akesson", "maja.ekholm"]
    per_hour = []
    for _ in range(24):
        asked = 0
        for minute in range(12):
            world.later(minutes=5)
            try:
                desk.ask(crowd[minute % len(crowd)])
            except (FactorNotUsable, CodesExhausted):
                continue
            asked += 1
        per_hour.append(asked)
    assert max(per_hour) == 3
    assert sum(per_hour) == 5


@both_stores
def test_a_flood_at_once_asks_three_times(world: World) -> None:
    desk = Desk(world)
    crowd = [ERIK, "anna.svensson", "lars.akesson", "maja.ekholm"]

    def ask(turn: int) -> int:
        try:
            desk.ask(crowd[turn % len(crowd)])
        except (FactorNotUsable, CodesExhausted):
            return 0
        return 1

    assert sum(at_once(16, ask)) == 3


def test_asking_counts_as_sending_a_code(desk: Desk, world: World) -> None:
    """S3: 60 seconds apart, and together with text messages."""
    desk.ask()
    with pytest.raises(CodesExhausted):
        world.start(desk.requester)


# --- what is written down ---


def test_both_sides_stand_in_the_audit_trail(desk: Desk, world: World) -> None:
    desk.press(desk.ask())
    with world.services.store.transaction() as connection:
        trail = world.services.audit
        erik, annika = (trail.pseudonym(connection, demo_id(name)) for name in (ERIK, ANNIKA))
        rows = connection.execute(select(audit).where(audit.c.event.like("approval.%")).order_by(audit.c.seq))
        told = [(row.event, row.outcome, row.actor, row.subject, row.details["person"]) for row in rows]
    assert told == [
        ("approval.asked", "done", "bot", erik, annika),
        ("approval.asked", "done", "bot", annika, erik),
        ("approval.answered", "given", annika, erik, annika),
        ("approval.answered", "given", annika, annika, erik),
    ]


def test_who_vouched_for_whom_is_forgotten_after_two_days(desk: Desk, world: World) -> None:
    """D4: the trail has it for as long as it may."""
    from servicedesk.retention import Retention

    desk.press(desk.ask())
    world.later(hours=49)
    Retention(world.services.store, world.clock).purge()
    with world.services.store.transaction() as connection:
        assert connection.execute(select(approvals)).all() == []


def test_both_are_asked_at_the_same_moment_and_neither_waits_for_ever(world: World) -> None:
    """Each the other's approver."""
    world.edit(ANNIKA, manager=demo_id(ERIK))
    desk = Desk(world)
    assert all(at_once(2, lambda turn: desk.ask((ERIK, ANNIKA)[turn])))
