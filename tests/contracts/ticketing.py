"""What every ticket system must do: one suite, run over every adapter. A subclass gives the fixture `system`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from servicedesk.ticketing.errors import TicketNotFound
from servicedesk.ticketing.port import (
    Attachment,
    Impact,
    Priority,
    TicketDraft,
    TicketKind,
    TicketRef,
    TicketState,
    TicketSystem,
    Urgency,
)

DRAFT = TicketDraft(
    key="T0-7KQ2M",
    kind=TicketKind.INCIDENT,
    category="network.vpn",
    summary='Network / VPN: <b>"VPN"</b> faller ut, ÆØÅ & ß 😀',
    description="WHO\nKari Nordmann\n\n=cmd|'/c calc'!A1\n<script>alert(1)</script>",
    requester="account-1",
    requester_name="Kari Nordmann",
    contact="Tier0 chat (web), kari.nordmann@nordlys.example",
    language="nb",
    conversation="conversation-1",
    impact=Impact.PERSON,
    urgency=Urgency.HINDERED,
    assignment_group="Network",
    attachments=(Attachment(name="T0-7KQ2M.json", media_type="application/json", content=b'{"a": 1}'),),
)
NOBODY = TicketRef(id="999999", number="INC9999999")


class TicketSystemContract:
    def test_same_key_opens_one_ticket(self, system: TicketSystem) -> None:
        first = system.open(DRAFT)
        again = system.open(replace(DRAFT, summary="another wording"))
        assert again == first
        assert system.view(first).summary == DRAFT.summary

    def test_another_key_opens_another_ticket(self, system: TicketSystem) -> None:
        first, second = system.open(DRAFT), system.open(replace(DRAFT, key="T0-OTHER"))
        assert first.id != second.id
        assert first.number != second.number

    def test_a_ticket_is_found_by_its_key(self, system: TicketSystem) -> None:
        assert system.find(DRAFT.key) is None
        ref = system.open(DRAFT)
        assert system.find(DRAFT.key) == ref
        assert system.find("T0-7KQ2") is None

    def test_a_new_ticket_shows_what_was_drafted(self, system: TicketSystem) -> None:
        view = system.view(system.open(DRAFT))
        assert (view.key, view.kind, view.state) == (DRAFT.key, TicketKind.INCIDENT, TicketState.NEW)
        assert (view.summary, view.assignment_group) == (DRAFT.summary, "Network")
        assert view.priority is Priority.MODERATE
        assert view.comments == ()

    @pytest.mark.parametrize("kind", list(TicketKind))
    def test_every_kind_can_be_opened_and_read_back(self, system: TicketSystem, kind: TicketKind) -> None:
        draft = replace(DRAFT, key=f"T0-{kind.value[:5].upper()}", kind=kind)
        assert system.view(system.open(draft)).kind is kind

    def test_somebody_unproven_can_be_the_requester(self, system: TicketSystem) -> None:
        draft = replace(DRAFT, requester=None, requester_name="not proven", conversation=None)
        assert system.view(system.open(draft)).state is TicketState.NEW

    def test_the_same_comment_again_adds_nothing(self, system: TicketSystem) -> None:
        ref = system.open(DRAFT)
        for text in ("Nå virker det", "a retry never changes the text"):
            system.comment(ref, key="comment-1", author="Kari Nordmann", text=text, public=True)
        system.comment(ref, key="comment-2", author="Agent", text="work note", public=False)
        comments = system.view(ref).comments
        assert [(each.text, each.public) for each in comments] == [
            ("Nå virker det", True),
            ("work note", False),
        ]

    def test_a_withdrawn_ticket_says_so_and_may_be_withdrawn_again(self, system: TicketSystem) -> None:
        ref = system.open(DRAFT)
        system.withdraw(ref, reason="works again")
        system.withdraw(ref, reason="works again")
        assert system.view(ref).state is TicketState.WITHDRAWN

    def test_reopening_an_open_ticket_leaves_it_as_it_is(self, system: TicketSystem) -> None:
        ref = system.open(DRAFT)
        system.reopen(ref, reason="still broken")
        view = system.view(ref)
        assert (view.state, view.comments) == (TicketState.NEW, ())

    def test_an_unknown_ticket_is_not_found(self, system: TicketSystem) -> None:
        with pytest.raises(TicketNotFound):
            system.view(NOBODY)
        with pytest.raises(TicketNotFound):
            system.comment(NOBODY, key="k", author="a", text="t", public=True)
        with pytest.raises(TicketNotFound):
            system.reopen(NOBODY, reason="")
        with pytest.raises(TicketNotFound):
            system.withdraw(NOBODY, reason="")
