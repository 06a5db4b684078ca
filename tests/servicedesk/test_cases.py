from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from servicedesk.cases import Case, CaseNotFound, CaseRequest
from servicedesk.conversations import Conversation
from servicedesk.directory.demo import demo_id
from servicedesk.directory.errors import DirectoryUnavailable
from servicedesk.feedback import Verdict
from servicedesk.handover.checks import CALL_BACK, CHANNEL, NOT_VERIFIED
from servicedesk.handover.person import DIRECTORY_DOWN
from servicedesk.screening import Refusal
from servicedesk.store import StoreUnavailable
from servicedesk.store.tables import audit, cases, outbox
from servicedesk.ticketing.errors import TicketSystemUnavailable
from servicedesk.ticketing.port import Impact, TicketKind, TicketState, Urgency
from servicedesk.worker import build_worker
from tests.servicedesk.world import World, at_once


def request_of(talk: Conversation, key: str = "k1", **more: Any) -> CaseRequest:
    values = {
        "words": "VPN faller ut hele tiden",
        "language": "nb",
        "because": {"asked_for_person": {}},
        **more,
    }
    return CaseRequest(conversation=talk.id, key=f"{talk.id}:{key}", **values)


def opened(world: World, talk: Conversation, key: str = "k1", **more: Any) -> Case:
    return world.services.cases.open(request_of(talk, key, **more))


def unproven(world: World, user: str = "stranger") -> Conversation:
    return world.services.conversations.open(
        channel="rest", tenant="", channel_user=user, account=None, private=True, language="en"
    )


def number_of(world: World, table: Any) -> int:
    with world.services.store.transaction() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def talk(world: World) -> Conversation:
    return world.talk("kari.nordmann")


# --- opening ---


def test_the_employee_gets_a_reference_at_once(world: World, talk: Conversation) -> None:
    """F5: whatever the ticket system does."""
    case = opened(world, talk)
    assert re.fullmatch(r"T0-[2-9A-HJKMNP-TV-Z]{5}", case.reference)
    assert case.number is None
    assert (case.category, case.assignment_group) == ("network.vpn", "Network")
    assert case.summary == "Network / VPN: VPN faller ut hele tiden"


def test_the_same_message_opens_the_same_case(world: World, talk: Conversation) -> None:
    """F11: one row, one ticket, one audit row, however often it is delivered."""
    first = opened(world, talk)
    rows = number_of(world, audit)
    again = opened(world, talk, words="delivered again, worded differently")
    assert again.reference == first.reference
    assert (number_of(world, cases), number_of(world, outbox), number_of(world, audit)) == (1, 1, rows)


def test_the_same_message_twice_at_once_opens_one_case(world: World, talk: Conversation) -> None:
    """F11."""
    references = {case.reference for case in at_once(6, lambda _: opened(world, talk))}
    assert len(references) == 1
    assert number_of(world, cases) == 1


def test_two_messages_open_two_cases(world: World, talk: Conversation) -> None:
    assert opened(world, talk, "k1").reference != opened(world, talk, "k2").reference


def test_a_key_of_any_length_is_taken(world: World, talk: Conversation) -> None:
    long = "m" * 400
    assert opened(world, talk, long).reference == opened(world, talk, long).reference
    assert opened(world, talk, long + "x").reference != opened(world, talk, long).reference


def test_a_reference_that_is_taken_is_not_given_again(
    world: World, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["T0-AAAAA", "T0-AAAAA", "T0-AAAAA", "T0-BBBBB"])
    monkeypatch.setattr("servicedesk.cases.new_reference", lambda: next(drawn))
    assert opened(world, talk, "k1").reference == "T0-AAAAA"
    assert opened(world, talk, "k2").reference == "T0-BBBBB"


def test_without_an_audit_row_nothing_is_opened(
    world: World, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D2, F10."""

    def fail(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(world.services.audit, "record", fail)
    with pytest.raises(StoreUnavailable):
        opened(world, talk)
    assert (number_of(world, cases), number_of(world, outbox)) == (0, 0)


def test_what_the_caller_says_wins_over_the_category(world: World, talk: Conversation) -> None:
    case = opened(
        world,
        talk,
        kind="security_incident",
        category="security",
        impact=Impact.TEAM,
        urgency=Urgency.CANNOT_WORK,
    )
    form = world.services.cases.form(case.reference)
    assert case.kind is TicketKind.SECURITY_INCIDENT
    assert (form["impact"], form["urgency"], form["priority"]) == (2, 1, 1)
    assert case.assignment_group == world.services.cases.group_of(case.reference) == "Information Security"


# --- what L1 gets ---


def test_the_form_holds_what_l1_would_ask(world: World, talk: Conversation) -> None:
    say = world.services.conversations.say
    say(conversation=talk.id, key="m1", author="employee", text="VPN faller ut, passordet er Sommer2026!")
    say(conversation=talk.id, key="m2", author="bot", text="Passordet ditt er **utløpt**.")
    note = world.services.feedback.record
    version = "revision 2, reviewed 2026-10-15"
    note(
        conversation=talk.id,
        language="nb",
        question="vpn",
        article="vpn-drops",
        version=version,
        verdict=Verdict.SHOWN,
    )
    note(conversation=talk.id, language="nb", question="vpn", article="vpn-drops", verdict=Verdict.NOT_SOLVED)
    world.services.outages.add(service="vpn", texts=dict.fromkeys(("nb", "sv", "de", "en"), "VPN is slow"))
    earlier = opened(world, talk, "before", words="skjermen er svart")
    case = opened(
        world,
        talk,
        intent="kb_question",
        confidence=0.934,
        entities={"application": "vpn"},
        answers={"Since when": "i går, koden er 123456"},
        tried=("restarted the computer",),
    )
    form = world.services.cases.form(case.reference)
    assert form["person"]["name"] == "Kari Nordmann"
    assert form["proven"] is True
    assert form["words"] == "VPN faller ut hele tiden"
    assert form["understood"] == {
        "intent": "kb_question",
        "confidence": 0.934,
        "entities": {"application": "vpn"},
    }
    assert form["answers"] == {"Since when": "i går, koden er [code]"}
    assert form["tried"] == ["restarted the computer"]
    assert form["articles"] == [
        {
            "id": "vpn-drops",
            "language": "nb",
            "verdict": "not_solved",
            "version": version,
            "shown_at": "2026-11-02T09:00:00+00:00",
        }
    ]
    assert "VPN is slow" in form["related_outage"]
    assert form["open_cases"] == [
        f"{earlier.reference} (not numbered by the ticket system yet): {earlier.summary}"
    ]
    assert [line["text"] for line in form["transcript"]] == [
        "VPN faller ut, passordet er [password]",
        "Passordet ditt er **utløpt**.",
    ]
    assert form["answer_url"].endswith(f"/desk/tickets/{case.reference}")


def test_a_secret_reaches_neither_case_nor_ticket(world: World, talk: Conversation) -> None:
    """D3: canaries in every text that a caller can hand in."""
    canary = "Hemmelig2026!"
    opened(
        world,
        talk,
        words=f"passordet mitt er {canary}",
        answers={"What": f"password: {canary}"},
        tried=(f"pw {canary}",),
        intent="password_reset",
        entities={"application": f"password={canary}"},
    )
    build_worker(world.services).round()
    for file in world.folder.rglob("*"):
        assert not file.is_file() or canary.encode() not in file.read_bytes(), file.name


def test_the_transcript_is_the_newest_forty(world: World, talk: Conversation) -> None:
    for number in range(45):
        world.services.conversations.say(
            conversation=talk.id, key=f"m{number}", author="employee", text=f"line {number}"
        )
    transcript = world.services.cases.form(opened(world, talk).reference)["transcript"]
    assert [line["text"] for line in transcript] == [f"line {number}" for number in range(5, 45)]


def test_self_service_of_today_is_told(world: World) -> None:
    talk = world.talk("ola.hansen")  # locked
    world.prove(talk, "ola.hansen", "unlock")
    assert world.services.accounts.unlock(talk).result.value == "done"
    tried = world.services.cases.form(opened(world, talk).reference)["tried"]
    assert len(tried) == 1
    assert tried[0].endswith("self-service unlock: done")


def test_a_directory_that_is_down_is_said_and_counts_as_careful(
    world: World, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F1, S7: what cannot be checked is not trusted, and the case is opened all the same."""

    def down(_: Any) -> None:
        raise DirectoryUnavailable("timeout")

    monkeypatch.setattr(world.directory, "find", down)
    form = world.services.cases.form(opened(world, talk).reference)
    assert form["person"]["note"] == DIRECTORY_DOWN
    assert form["checks"] == [NOT_VERIFIED]


@pytest.mark.parametrize(
    ("username", "category", "checks"),
    [
        ("kari.nordmann", "network.vpn", []),
        ("kari.nordmann", "access.password", [CALL_BACK.format(by=CHANNEL)]),
        ("kari.nordmann", "request.access", [CALL_BACK.format(by=CHANNEL)]),
        ("kari.nordmann", "request.leaver", [CALL_BACK.format(by=CHANNEL)]),
        (None, "network.vpn", [NOT_VERIFIED]),
        (None, "access.password", [NOT_VERIFIED]),
    ],
)
def test_l1_is_told_what_to_check_first(
    world: World, username: str | None, category: str, checks: list[str]
) -> None:
    """S7, U1, U7."""
    talk = world.talk(username) if username else unproven(world)
    assert world.services.cases.form(opened(world, talk, category=category).reference)["checks"] == checks


def test_every_privileged_person_and_vip_is_called_back_by_two(world: World) -> None:
    """S7."""
    people = [world.directory.find(demo_id(person.username)) for person in world.directory.people()]
    careful = [person for person in people if person and (person.privileged or person.vip)]
    assert careful
    for person in careful:
        case = opened(world, world.talk(person.username), category="network.vpn")
        assert world.services.cases.form(case.reference)["checks"][0].startswith("not verified")
        assert "two agents" in world.services.cases.form(case.reference)["checks"][0]


def test_nobody_is_named_who_is_not_proven(world: World) -> None:
    """S1, U5: a name in the text is no identity."""
    case = opened(world, unproven(world), words="I am Kari Nordmann, kari.nordmann@nordlys.example")
    form = world.services.cases.form(case.reference)
    assert (case.account, form["requester_name"], form["proven"]) == (None, "not proven", False)
    assert form["person"]["account_state"] == []


# --- listing ---


def test_own_cases_come_newest_first_with_todays_state(world: World, talk: Conversation) -> None:
    first = opened(world, talk, "k1")
    world.later(minutes=5)
    second = opened(world, talk, "k2")
    opened(world, world.talk("ola.hansen"), "k3")
    build_worker(world.services).round()
    ticket = world.services.tickets.get(first.reference)
    world.services.tickets.set_state(ticket.ref, TicketState.WAITING)
    assert talk.account is not None
    listed = world.services.cases.of_account(talk.account)
    assert [case.reference for case in listed] == [second.reference, first.reference]
    assert [case.state for case in listed] == [TicketState.NEW, TicketState.WAITING]
    assert [case.stale for case in listed] == [False, False]
    assert world.services.cases.of_conversation(talk.id) == listed


def test_a_ticket_system_that_is_down_leaves_the_last_known(
    world: World, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F5: told as such; the second ticket is not even asked for."""
    for key in ("k1", "k2"):
        opened(world, talk, key)
    build_worker(world.services).round()
    for ticket in world.services.tickets.list().tickets:
        world.services.tickets.set_state(ticket.ref, TicketState.IN_PROGRESS)
    world.services.cases.of_conversation(talk.id)
    asked: list[Any] = []

    def down(ref: Any) -> None:
        asked.append(ref)
        raise TicketSystemUnavailable("503")

    monkeypatch.setattr(world.services.tickets, "state", down)
    listed = world.services.cases.of_conversation(talk.id)
    assert [(case.state, case.stale) for case in listed] == [(TicketState.IN_PROGRESS, True)] * 2
    assert len(asked) == 1


# --- steps ---


def test_comment_reopen_and_withdraw_reach_the_ticket_in_order(world: World, talk: Conversation) -> None:
    case, service = opened(world, talk), world.services.cases
    service.add_comment(case.reference, conversation=talk.id, key="m1", text="koden er 123456")
    service.withdraw(case.reference, conversation=talk.id, key="m2", reason="virker nå")
    service.reopen(case.reference, conversation=talk.id, key="m3", reason="likevel ikke")
    for _ in range(3):
        build_worker(world.services).round()
        world.later(minutes=15)
    view = world.services.tickets.view(world.services.tickets.get(case.reference).ref)
    assert view.state is TicketState.IN_PROGRESS
    assert [(each.author, each.text) for each in view.comments] == [
        ("Kari Nordmann", "koden er [code]"),
        ("Requester", "Withdrawn: virker nå"),
        ("Requester", "Reopened: likevel ikke"),
    ]
    assert world.services.audit.verify() == []


def test_the_same_step_twice_is_one(world: World, talk: Conversation) -> None:
    """F11."""
    case = opened(world, talk)
    before = number_of(world, audit)
    for _ in range(3):
        world.services.cases.add_comment(case.reference, conversation=talk.id, key="m1", text="mer")
    assert (number_of(world, outbox), number_of(world, audit)) == (2, before + 1)


@pytest.mark.parametrize("step", ["add_comment", "reopen", "withdraw"])
def test_nobody_touches_anothers_case(world: World, talk: Conversation, step: str) -> None:
    """U13: and a foreign case looks like one that does not exist."""
    case = opened(world, talk)
    more = {"text": "x"} if step == "add_comment" else {}
    strangers = [world.talk("ola.hansen").id, unproven(world).id, "no-such-conversation"]
    told = []
    for conversation in strangers:
        with pytest.raises(CaseNotFound) as caught:
            getattr(world.services.cases, step)(case.reference, conversation=conversation, key="x", **more)
        told.append(str(caught.value))
    assert set(told) == {case.reference}
    assert number_of(world, outbox) == 1


def test_a_person_reaches_their_case_from_another_device(world: World, talk: Conversation) -> None:
    case, phone = opened(world, talk), world.talk("kari.nordmann", user="phone")
    world.services.cases.add_comment(case.reference, conversation=phone.id, key="m1", text="mer")
    assert number_of(world, outbox) == 2


def test_a_conversation_that_now_proves_another_person_loses_the_case(
    world: World, talk: Conversation
) -> None:
    """S1: what the channel proves now replaces what it proved before."""
    case = opened(world, talk)
    world.services.conversations.open(
        channel="web",
        tenant="embedded",
        channel_user="kari.nordmann",
        account=demo_id("ola.hansen"),
        private=True,
    )
    with pytest.raises(CaseNotFound):
        world.services.cases.withdraw(case.reference, conversation=talk.id, key="x")


def test_an_unproven_person_adds_to_what_they_opened_here(world: World) -> None:
    talk = unproven(world)
    case = opened(world, talk)
    world.services.cases.add_comment(case.reference, conversation=talk.id, key="m1", text="more")
    assert number_of(world, outbox) == 2


# --- the agent's answer ---


def test_an_agents_answer_reaches_ticket_and_chat(world: World, talk: Conversation) -> None:
    case = opened(world, talk)
    build_worker(world.services).round()
    number = world.services.cases.get(case.reference).number
    assert number is not None
    assert world.services.cases.agent_reply(number, "Ola N.", "Prøv nå, takk").sent
    build_worker(world.services).round()
    (message,) = world.services.conversations.messages(talk.id)
    assert (message.author, message.author_name, message.text) == ("agent", "Ola N.", "Prøv nå, takk")
    view = world.services.tickets.view(world.services.tickets.get(number).ref)
    assert [(each.author, each.text, each.public) for each in view.comments] == [
        ("Ola N.", "Prøv nå, takk", True)
    ]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("Send meg passordet ditt", Refusal.ASKS_FOR_SECRET),
        ("Your new password is Winter2026!", Refusal.HOLDS_SECRET),
        ("  ", Refusal.EMPTY),
        ("x" * 4_001, Refusal.TOO_LONG),
    ],
)
def test_an_agent_who_asks_for_a_password_is_refused(
    world: World, talk: Conversation, text: str, refusal: Refusal
) -> None:
    """U16: nothing goes out, and the trail shows the try."""
    case = opened(world, talk)
    assert world.services.cases.agent_reply(case.reference, "Ola N.", text).refusal is refusal
    assert number_of(world, outbox) == 1
    assert world.trail("case.agent_reply") == [refusal.value]


def test_a_double_click_answers_once(world: World, talk: Conversation) -> None:
    case = opened(world, talk)
    for _ in range(2):
        world.services.cases.agent_reply(case.reference, "Ola N.", "Hei", key="form-1")
    assert number_of(world, outbox) == 3


def test_a_case_nobody_wrote_is_answered_on_the_ticket_only(world: World) -> None:
    request = CaseRequest(conversation=None, key="r", language="en", words="", because={"not_me": {}},
                          account=demo_id("kari.nordmann"))  # fmt: skip
    case = world.services.cases.open(request)
    assert world.services.cases.agent_reply(case.reference, "Ola N.", "Called back").sent
    assert [kind for kind in ("ticket.comment", "chat.say") if world.queued(kind)] == ["ticket.comment"]


def test_an_unknown_case_is_not_found(world: World) -> None:
    for name in ("T0-NONE2", "", "' OR 1=1 --"):
        with pytest.raises(CaseNotFound):
            world.services.cases.get(name)
        with pytest.raises(CaseNotFound):
            world.services.cases.agent_reply(name, "Ola", "Hei")


def test_cases_age_out_when_they_ended(world: World, talk: Conversation) -> None:
    """D4."""
    ended, open_still = opened(world, talk, "k1"), opened(world, talk, "k2")
    world.services.cases.withdraw(ended.reference, conversation=talk.id, key="w")
    build_worker(world.services).round()
    world.clock.advance(timedelta(days=91))
    build_worker(world.services).round()
    with pytest.raises(CaseNotFound):
        world.services.cases.get(ended.reference)
    assert world.services.cases.get(open_still.reference).open
