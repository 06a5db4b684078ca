"""What every ticket system must do: one suite, run over every adapter. A subclass gives the fixture `system`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from servicedesk.ticketing.errors import TicketNotFound
from servicedesk.ticketing.port import (
    Attachment,
    Impact,
    Keeping,
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
    priority=Priority.MODERATE,
    assignment_group="Network",
    username="kari.nordmann",
    email="kari.nordmann@nordlys.example",
    attachments=(Attachment(name="T0-7KQ2M.json", media_type="application/json", content=b'{"a": 1}'),),
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)
NOBODY = TicketRef(id="999999", number="INC9999999")


class TicketSystemContract:
    withdrawn = TicketState.WITHDRAWN  # what a withdrawn ticket says, where a system has no word for it

    def test_same_key_opens_one_ticket(self, system: TicketSystem) -> None:
        """By itself where the system keeps keys UNIQUE, else by looking first."""
        first = system.open(DRAFT)
        if system.keeping is not Keeping.UNIQUE:
            assert system.find(DRAFT.key) == first
            return
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
        assert (view.key, view.state, view.summary) == (DRAFT.key, TicketState.NEW, DRAFT.summary)
        assert view.comments == ()

    def test_every_kind_can_be_opened(self, system: TicketSystem) -> None:
        for kind in TicketKind:
            draft = replace(DRAFT, key=f"T0-{kind.value[:5].upper()}", kind=kind)
            assert system.state(system.open(draft)) is TicketState.NEW

    def test_somebody_unproven_can_be_the_requester(self, system: TicketSystem) -> None:
        nobody = {"requester": None, "requester_name": "not proven", "username": "", "email": ""}
        draft = replace(DRAFT, conversation=None, **nobody)
        assert system.state(system.open(draft)) is TicketState.NEW

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
        for _ in range(2):
            system.withdraw(ref, key="withdraw-1", reason="works again")
        view = system.view(ref)
        assert view.state is system.state(ref) is self.withdrawn
        assert [each.text for each in view.comments] == ["Withdrawn: works again"]

    def test_the_same_file_again_is_not_attached_twice(self, system: TicketSystem) -> None:
        ref = system.open(DRAFT)
        for _ in range(2):
            system.attach(ref, Attachment(name="skjerm.txt", media_type="text/plain", content=b"hei"))

    def test_several_are_seen_as_each_by_itself(self, system: TicketSystem) -> None:
        refs = [system.open(replace(DRAFT, key=f"T0-SEEN{number}")) for number in range(3)]
        for ref in refs[1:]:
            system.comment(ref, key=f"c{ref.id}", author="Kari", text=f"om {ref.number}", public=True)
        seen = {view.ref: view for view in system.views([refs[0], NOBODY, refs[2]])}
        assert seen == {ref: system.view(ref) for ref in (refs[0], refs[2])}

    def test_what_changed_is_told(self, system: TicketSystem) -> None:
        ref = system.open(DRAFT)
        found = {change.ref: change for change in system.changed_since(LONG_AGO)}
        assert found[ref].at >= found[ref].opened_at
        assert ref not in {change.ref for change in system.changed_since(found[ref].at + timedelta(days=2))}

    def test_reopening_an_open_ticket_leaves_it_as_it_is(self, system: TicketSystem) -> None:
        ref = system.open(DRAFT)
        system.reopen(ref, key="reopen-1", reason="still broken")
        view = system.view(ref)
        assert (view.state, view.comments) == (TicketState.NEW, ())

    def test_an_unknown_ticket_is_not_found(self, system: TicketSystem) -> None:
        with pytest.raises(TicketNotFound):
            system.view(NOBODY)
        with pytest.raises(TicketNotFound):
            system.comment(NOBODY, key="k", author="a", text="t", public=True)
        with pytest.raises(TicketNotFound):
            system.reopen(NOBODY, key="k", reason="")
        with pytest.raises(TicketNotFound):
            system.withdraw(NOBODY, key="k", reason="")
