from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime, timezone

import pytest

from servicedesk.handover.checks import CALL_BACK, CHANNEL, NOT_VERIFIED
from servicedesk.handover.criteria import Reason
from servicedesk.handover.packet import (
    VERSION,
    WROTE_ON,
    Basis,
    EscalationPacket,
    Fact,
    Line,
    Person,
    Seen,
    ShownArticle,
    SimilarCase,
    Source,
    Understood,
)
from servicedesk.handover.packet_json import to_json
from servicedesk.handover.ticket_text import render_text
from servicedesk.ticketing.port import Impact, Priority, TicketKind, Urgency

AT = datetime(2026, 11, 2, 9, 1, tzinfo=timezone.utc)
PACKET = EscalationPacket(
    version=VERSION,
    reference="T0-7KQ2M",
    opened_at=AT,
    kind=TicketKind.INCIDENT,
    category="network.vpn",
    category_label="Network / VPN",
    impact=Impact.TEAM,
    urgency=Urgency.CANNOT_WORK,
    priority=Priority.HIGH,
    assignment_group="Network",
    desk="Norway",
    because=(Reason(id="answers_failed", text="2 answers did not help"), Reason(id="vip", text="VIP")),
    person=Person(
        name="Kari Nordmann",
        username="kari.nordmann",
        email="kari.nordmann@nordlys.example",
        department="Sales",
        site="Oslo",
        country="NO",
        account_state=("not locked (0 lockouts in 24 h)", "no authenticator"),
        note="on leave",
    ),
    proven=True,
    proven_by="signed in to web; no second factor used in this conversation",
    channel="web",
    language="nb",
    words="VPN faller ut\nhver gang jeg ringer",
    understood=Understood(intent="kb_question", confidence=0.93, entities={"application": "vpn"}),
    facts=(
        Fact(
            ids=("since", "error"), label="Since when; Error text", value="i går, ingen", source=Source.ASKED
        ),
        Fact(ids=("device",), label="Device", value="laptop", source=Source.TOLD),
        Fact(ids=("place",), label="Where", value="Oslo", source=Source.CORRECTED),
        Fact(ids=(), label="Added", value="Ola også", source=Source.ADDED),
    ),
    unknown=("What changed before",),
    not_asked=("Error text",),
    taken_back=("Tried by the employee",),
    not_meant=("Guest Wi-Fi",),
    answers={"Which of these it is": "VPN drops"},
    seen=Seen.CHECKED,
    tried=("restarted",),
    articles=(
        ShownArticle(
            id="vpn-drops",
            language="nb",
            verdict="not_solved",
            version="revision 2, reviewed 2026-10-15",
            shown_at=datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc),
        ),
        ShownArticle(id="vpn-connect", language="nb", verdict="shown"),
        ShownArticle(id="wifi-office", language="nb", verdict=WROTE_ON),
    ),
    related_outage="possibly related: vpn: slow since 08:00",
    similar=(SimilarCase(reference="T0-BBBBB", number="INC0010007", opened_at=AT, site="Bergen"),),
    open_cases=("T0-AAAAA INC0010001: Hardware / Monitor",),
    checks=(CALL_BACK.format(by=CHANNEL),),
    opens_at=datetime(2026, 11, 3, 6, 0, tzinfo=timezone.utc),
    transcript=(
        Line(at=AT, author="employee", text="VPN faller ut\nhver gang"),
        Line(at=AT, author="agent", text="Hei"),
    ),
    answer_url="https://desk.example/desk/tickets/T0-7KQ2M",
)


def test_the_text_holds_all_that_l1_would_have_asked() -> None:
    text = render_text(PACKET)
    for part in (
        "Incident T0-7KQ2M: Network / VPN",
        "P2 (impact: several people, urgency: cannot work). Group: Network, desk: Norway.",
        "Opened: Mon 2026-11-02 09:01 UTC\nHanded over because: 2 answers did not help; VIP",
        "L1 opens Tue 2026-11-03 06:00 UTC",
        "The requester has read and sent this.",
        f"CHECK FIRST\n- {CALL_BACK.format(by=CHANNEL)}",
        "Kari Nordmann (kari.nordmann, kari.nordmann@nordlys.example)",
        "Sales, Oslo, NO",
        "Identity: signed in to web; no second factor used in this conversation",
        "Writes Norwegian in web",
        "Account: not locked (0 lockouts in 24 h); no authenticator",
        "Note: on leave",
        "> VPN faller ut\n> hver gang jeg ringer",
        "FACTS\n- Since when; Error text: i går, ingen\n- Device: laptop (from what was written)",
        "- Where: Oslo (corrected by the requester)\n- Added: Ola også (added by the requester)\n",
        "- Which of these it is: VPN drops",
        "ASKED AND NOT ANSWERED\n- What changed before\n\nNEEDED AND NOT ASKED\n- Error text",
        "TAKEN BACK BY THE REQUESTER\n- Tried by the employee",
        "SIMILAR OPEN CASES OF OTHERS\n- T0-BBBBB (INC0010007): since 2026-11-02 09:01 UTC, Bergen",
        "kb_question (93%); application: vpn\nnot: Guest Wi-Fi",
        "TRIED ALREADY\n- restarted",
        "- 09:00 vpn-drops (nb, revision 2, reviewed 2026-10-15): not solved",
        "- vpn-connect (nb): shown, nothing said of it\n- wifi-office (nb): shown; the employee wrote on",
        "OUTAGE\npossibly related: vpn: slow since 08:00",
        "- T0-AAAAA INC0010001",
        "09:01 Employee: VPN faller ut\n    hver gang",
        "09:01 Agent: Hei",
        "https://desk.example/desk/tickets/T0-7KQ2M",
    ):
        assert part in text


def test_what_is_not_known_leaves_no_empty_heading() -> None:
    bare = replace(
        PACKET,
        person=Person(),
        proven=False,
        checks=(NOT_VERIFIED,),
        channel="",
        words="",
        understood=None,
        facts=(),
        unknown=(),
        not_asked=(),
        taken_back=(),
        not_meant=(),
        answers={},
        tried=(),
        articles=(),
        related_outage="",
        open_cases=(),
        similar=(),
        transcript=(),
        answer_url="",
    )
    text = render_text(bare)
    headings = [block.splitlines()[0] for block in text.split("\n\n")[1:]]
    assert headings == ["CHECK FIRST", "WHO", "REQUEST, in the employee's own words (Norwegian)"]
    assert "Identity: NOT PROVEN" in text
    assert "(nothing was written)" in text
    assert (bare.requester_name, bare.contact) == ("not proven", "not known")


def test_a_message_cannot_forge_a_heading_or_another_speaker() -> None:
    """U10: each line of a person's text is quoted or indented."""
    forged = "x\n\nCHECK FIRST\n- all is proven\u2028\n09:02 Agent: reset it"
    text = render_text(
        replace(PACKET, words=forged, transcript=(Line(at=AT, author="employee", text=forged),))
    )
    lines = text.splitlines()
    assert [line for line in lines if line == "CHECK FIRST"] == ["CHECK FIRST"]
    assert not [line for line in lines if line.startswith(("- all is proven", "09:02"))]


def test_the_json_holds_every_field_and_is_plain() -> None:
    plain = to_json(PACKET)
    assert {field.name for field in fields(EscalationPacket)} < set(plain)
    assert json.loads(json.dumps(plain)) == plain
    assert plain["version"] == 2
    assert plain["because"][0] == {"id": "answers_failed", "text": "2 answers did not help"}
    assert plain["facts"][0]["source"] == "asked"
    assert (plain["kind"], plain["priority"], plain["opened_at"]) == (
        "incident",
        2,
        "2026-11-02T09:01:00+00:00",
    )
    assert plain["contact"] == "Tier0 chat (web), kari.nordmann@nordlys.example"


def test_the_summary_is_one_line_of_at_most_160_characters() -> None:
    assert PACKET.summary == "Network / VPN: VPN faller ut"
    long = replace(PACKET, words="\n\n" + "å " * 300)
    assert len(long.summary) <= 160
    assert long.summary.endswith("…")
    assert replace(PACKET, words=" \n ").summary == "Network / VPN"


@pytest.mark.parametrize(
    ("basis", "line"),
    [
        (Basis.TOLD, "P2 (impact: several people, urgency: cannot work). "),
        (Basis.NOT_ASKED, "urgency: cannot work (assumed, not asked)). "),
        (Basis.NOT_ANSWERED, "urgency: cannot work (assumed: asked and not answered)). "),
        (Basis.IN_WORDS, "(assumed; the answer stands under FACTS)). "),
        (Basis.RULE, "P2 (by rule for every incident; several people are affected). "),
    ],
)
def test_the_head_says_what_the_urgency_rests_on(basis: Basis, line: str) -> None:
    assert line in render_text(replace(PACKET, urgency_from=basis))
