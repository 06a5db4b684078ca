"""What the packet says of articles, outages, proof and impact is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from servicedesk.conversations import Conversation
from servicedesk.feedback import Verdict
from servicedesk.handover.checks import AND_A_FACTOR, CALL_BACK
from servicedesk.handover.packet import Fact, Source
from servicedesk.ticketing.port import Impact, Urgency
from servicedesk.worker import build_worker
from tests.servicedesk.test_cases import opened
from tests.servicedesk.world import World


@pytest.fixture
def talk(world: World) -> Conversation:
    return world.talk("kari.nordmann")


def test_an_article_after_which_they_wrote_on_is_not_said_to_have_met_silence(
    world: World, talk: Conversation
) -> None:
    for article in ("vpn-drops", "vpn-connect"):
        world.services.feedback.record(
            conversation=talk.id, language="nb", question="vpn", article=article, verdict=Verdict.SHOWN
        )
    form = world.services.cases.form(opened(world, talk, wrote_on=("vpn-drops",)).reference)
    verdicts = {article["id"]: article["verdict"] for article in form["articles"]}
    assert verdicts == {"vpn-drops": "wrote_on", "vpn-connect": "shown"}


def test_an_outage_of_what_does_not_fail_is_not_named(world: World, talk: Conversation) -> None:
    world.services.outages.add(service="teams", texts=dict.fromkeys(("nb", "sv", "de", "en"), "Slow"))
    asked = {"intent": "kb_question", "entities": {"application": "teams"}}
    there = opened(world, talk, "there", words="kameraet er opp ned i Teams", **asked)
    fails = opened(world, talk, "fails", words="Teams er nede", **asked)
    complaint = opened(
        world, talk, "complaint", words="Teams er nede", category="complaint", kind="complaint"
    )
    outages = [
        world.services.cases.form(case.reference)["related_outage"] for case in (there, fails, complaint)
    ]
    assert outages[0] == outages[2] == ""
    assert outages[1].startswith("possibly related: teams: Slow (since ")


def test_a_second_factor_that_was_used_is_part_of_the_proof(world: World, talk: Conversation) -> None:
    before = world.services.cases.form(opened(world, talk, "before", category="access.mfa").reference)
    assert before["proven_by"] == "signed in to web; no second factor used in this conversation"
    world.prove(talk, "kari.nordmann")
    form = world.services.cases.form(opened(world, talk, "after", category="access.mfa").reference)
    assert form["proven_by"].startswith(
        "signed in to web; in this conversation also a code by text message, at 2026"
    )
    assert form["checks"] == [CALL_BACK.format(by=AND_A_FACTOR)]


def test_impact_is_what_the_facts_say_in_the_end(world: World, talk: Conversation) -> None:
    """Whatever was assumed, and the matrix decides with it; what is told later is said with what it changes."""
    others = Fact(ids=("others",), label="Who else is affected", value="bare meg", source=Source.ASKED)
    blocked = {"category": "network.vpn", "impact": Impact.PERSON, "urgency": Urgency.CANNOT_WORK}
    case = opened(world, talk, facts=(others,), **blocked)
    form = world.services.cases.form(case.reference)
    assert (form["impact"], form["priority"], form["urgency_from"]) == (3, 3, "told")
    build_worker(world.services).round()
    world.services.cases.add_facts(
        case.reference,
        conversation=talk.id,
        key="later",
        facts=(replace(others, value="nei, hele avdelingen også"),),
        unknown=(),
    )
    build_worker(world.services).round()
    form = world.services.cases.form(case.reference)
    assert (form["impact"], form["priority"]) == (2, 2)
    (comment,) = world.services.tickets.view(world.services.tickets.find(case.reference)).comments
    assert "Impact by this: several people, P2 by the matrix. The ticket was opened with P3." in comment.text


def test_who_wants_to_be_called_and_has_no_number_is_asked_for_one(world: World) -> None:
    wish = Fact(ids=("call_back",), label="Wants to be called", value="ja", source=Source.TOLD)
    asked = opened(world, world.talk("silje.haugen"), category="complaint", facts=(wish,))
    assert "ask for one in the chat" in world.services.cases.form(asked.reference)["checks"][-1]
    known = opened(world, world.talk("kari.nordmann"), category="complaint", facts=(wish,))
    assert world.services.cases.form(known.reference)["checks"] == []
