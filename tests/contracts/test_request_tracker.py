"""The contract over a real Request Tracker 5, with a wire between that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from servicedesk.findings import Verdict
from servicedesk.secret import Secret
from servicedesk.ticketing.errors import TicketRejected
from servicedesk.ticketing.hooks import HOOKS, comes_from, ticket_in
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketRef
from servicedesk.ticketing.request_tracker import build
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.wire import Wire, says
from tests.servers.request_tracker import HOOK_SECRET, KEY_FIELD, OTHER_QUEUE, QUEUE, RequestTrackerServer

HOP_BY_HOP = {"connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding"}


class Backstage:
    create = r"^POST /REST/2.0/ticket$"
    search = r"^GET /REST/2.0/tickets$"
    nonsense = {"CustomFields": {"No Such Field": "x"}}

    def __init__(self, server: RequestTrackerServer) -> None:
        self.server = server
        self.wire = Wire(self._forward, one_at_a_time=False)
        self._line = requests.Session()

    def _forward(self, request: Request) -> Response:
        kept = {name: value for name, value in request.headers if name.lower() not in HOP_BY_HOP}
        answer = requests.request(
            request.method,
            f"{self.server.url}{request.full_path.rstrip('?')}",
            headers=kept,
            data=request.get_data(),
            timeout=60,
        )
        return Response(answer.content, answer.status_code, content_type=answer.headers.get("Content-Type"))

    def tickets(self, key: str) -> int:
        query = {"query": f"'CF.{{{KEY_FIELD}}}' = '{key}'"}
        return len(self.server.as_agent("GET", "tickets", params=query)["items"])

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        subject = self.server.as_agent("GET", f"ticket/{ref.id}")["Subject"]
        return subject, self._texts(ref)[0]

    def comments(self, ref: TicketRef) -> list[str]:
        return self._texts(ref)[1:]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        """RT hands out bytes as letters of Latin-1."""
        files = [part for part in self._parts(ref) if part["Filename"]]
        return {part["Filename"]: part["Content"].encode("latin-1") for part in files}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        body = {"Content": text, "ContentType": "text/plain"}
        self.server.as_agent("POST", f"ticket/{ref.id}/{'correspond' if public else 'comment'}", json=body)

    def resolve(self, ref: TicketRef) -> None:
        self.server.as_agent("PUT", f"ticket/{ref.id}", json={"Status": "resolved"})

    def limited(self) -> Callable[[], Any]:
        """RT has no limit of its own: a gateway before it may."""
        return says(429, "", Retry_After="7")

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("servicedesk.ticketing.request_tracker.PAGE", 2)

    def _texts(self, ref: TicketRef) -> list[str]:
        """RT shows the plain part as it is, escaped for the page."""
        return [
            part["Content"]
            for part in self._parts(ref)
            if part["ContentType"] == "text/plain" and not part["Filename"]
        ]

    def _parts(self, ref: TicketRef) -> list[dict[str, Any]]:
        options = {"fields": "Filename,ContentType,Content", "per_page": 100}
        items: list[dict[str, Any]] = self.server.as_agent(
            "GET", f"ticket/{ref.id}/attachments", params=options
        )["items"]
        return items


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes RT slow, not wrong: how long is waited is test_http.py's matter."""
    for name in ("http.READ_SECONDS", "http.WRITE_SECONDS", "request_tracker.READ_SECONDS"):
        monkeypatch.setattr(f"servicedesk.ticketing.{name}", 60.0)


@pytest.fixture
def backstage(rt: RequestTrackerServer) -> Iterator[Backstage]:
    """Tickets of the test before are put out of sight: the server is shared, setting it up anew takes seconds."""
    made = Backstage(rt)
    query = {"query": f"'CF.{{{KEY_FIELD}}}' LIKE 'T0-'", "per_page": 100}
    for ticket in rt.as_agent("GET", "tickets", params=query)["items"]:
        rt.as_agent("PUT", f"ticket/{ticket['id']}", json={"CustomFields": {KEY_FIELD: ""}})
    with made.wire.running():
        yield made


@pytest.fixture
def settings(rt: RequestTrackerServer, backstage: Backstage) -> TicketingSettings:
    secret = Secret(name="TIER0_TICKETING_SECRET", value=rt.token)
    return TicketingSettings(
        system="request_tracker", url=backstage.wire.url, user="", secret=secret, calls_per_second=100
    )


class TestRequestTracker(OutsideTicketSystemContract):
    calls_a_ticket = 1  # the form goes with the ticket
    queued = 3


def test_a_queue_without_our_field_is_refused_and_said_to_be_wrong(
    settings: TicketingSettings, backstage: Backstage, tmp_path: Any
) -> None:
    """RT would open the ticket without the reference, and no retry would ever find it."""
    mapping = tmp_path / "fields.yml"
    mapping.write_text(f"create: {{Queue: {OTHER_QUEUE}}}")
    system = build(replace(settings, mapping=mapping))
    with pytest.raises(TicketRejected, match="no custom field called Tier0 Reference"):
        system.open(DRAFT)
    wrong = [str(each) for each in system.check() if each.verdict is Verdict.WRONG]
    assert len(wrong) == 1
    assert "Facilities has no 'Tier0 Reference'" in wrong[0]


ADD_SCRIPS = """
my ($queue_name, $code) = @ARGV;
for my $condition ('On Correspond', 'On Status Change') {
  my ($id, $message) = RT::Scrip->new(RT->SystemUser)->Create(
    Queue => $queue_name, Description => 'Tier0', ScripCondition => $condition, ScripAction => 'User Defined',
    Template => 'Blank', Stage => 'TransactionBatch', CustomPrepareCode => 'return 1;', CustomCommitCode => $code);
  die $message unless $id;
}
"""
END_SCRIPS = """
my $scrips = RT::Scrips->new(RT->SystemUser); $scrips->UnLimit;
while (my $scrip = $scrips->Next) { $scrip->SetDisabled(1) if ($scrip->Description // '') eq 'Tier0' }
"""


def test_the_scrip_of_the_page_calls_for_answers_and_states_and_for_nothing_else(
    rt: RequestTrackerServer, own_system: OutsideTickets, backstage: Backstage
) -> None:
    """Word for word as docs/tickets-request-tracker.md has it, run by RT itself."""
    heard: list[tuple[str, bool, str | None]] = []

    def take(request: Request) -> Response:
        headers, body = request.headers, request.get_data()
        proven = comes_from(HOOKS["request_tracker"], HOOK_SECRET, lambda name: headers.get(name, ""), body)
        heard.append((request.path, proven, ticket_in(HOOKS["request_tracker"], body)))
        return Response(status=202)

    page = (Path(__file__).parents[2] / "docs" / "tickets-request-tracker.md").read_text(encoding="utf-8")
    desk = Wire(take)
    with desk.running():
        code = page.split("```perl\n")[1].split("```")[0].replace("https://DESK", desk.url)
        rt.as_root(ADD_SCRIPS, QUEUE, code)
        try:
            ref = own_system.open(DRAFT)
            backstage.reply(ref, "bare oss", public=False)
            assert heard == []
            backstage.reply(ref, "Prøv nå", public=True)
            assert set(heard) == {("/tickets/changed/request_tracker", True, ref.id)}
            heard.clear()
            backstage.resolve(ref)
            assert set(heard) == {("/tickets/changed/request_tracker", True, ref.id)}
        finally:
            rt.as_root(END_SCRIPS)


@pytest.fixture
def own_system(settings: TicketingSettings) -> OutsideTickets:
    return build(settings)
