"""The one way to a ticket system over HTTP (F5, F6, S9, D1)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.secret import Secret
from servicedesk.ticketing.errors import (
    AccessRefused,
    OutcomeUnknown,
    RateLimited,
    TicketNotFound,
    TicketRejected,
    TicketSystemError,
    TicketSystemUnavailable,
)
from servicedesk.ticketing.http import Http
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import Header
from tests.fakes.wire import Wire, says
from tests.servers.process import free_port

SECRET = "the-secret-of-the-test"


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire(lambda request: says(200, '{"ok": true}')(), one_at_a_time=False)
    with made.running():
        yield made


def http_to(url: str, calls_per_second: int = 100) -> Http:
    secret = Secret(name="TIER0_TICKETING_SECRET", value=SECRET)
    settings = TicketingSettings(
        system="test", url=url, user="", secret=secret, calls_per_second=calls_per_second
    )
    return Http(settings, Header(secret, "Bearer"))


@pytest.mark.parametrize(
    ("status", "read", "changed"),
    [
        (301, AccessRefused, AccessRefused),
        (400, TicketRejected, TicketRejected),
        (401, AccessRefused, AccessRefused),
        (403, TicketRejected, TicketRejected),
        (404, TicketNotFound, TicketNotFound),
        (408, TicketSystemUnavailable, OutcomeUnknown),
        (409, TicketRejected, TicketRejected),
        (429, RateLimited, RateLimited),
        (500, TicketSystemUnavailable, OutcomeUnknown),
        (502, TicketSystemUnavailable, OutcomeUnknown),
        (504, TicketSystemUnavailable, OutcomeUnknown),
    ],
)
def test_what_an_answer_means(
    wire: Wire, status: int, read: type[Exception], changed: type[Exception]
) -> None:
    for method, meant in (("GET", read), ("POST", changed)):
        wire.fail(method, "says", response=says(status, '{"message": "x"}'))
        with pytest.raises(TicketSystemError) as caught:
            http_to(wire.url).get("a") if method == "GET" else http_to(wire.url).send("POST", "a", json={})
        assert type(caught.value) is meant


def test_a_server_that_does_not_answer_is_given_up_in_time(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F2, F6: a change that hangs may be done."""
    release = threading.Event()
    wire._answer = lambda request: (release.wait(20), Response("{}"))[1]
    for name in ("READ_SECONDS", "WRITE_SECONDS"):
        monkeypatch.setattr(f"servicedesk.ticketing.http.{name}", 0.5)
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        http_to(wire.url).send("POST", "a", json={})
    with pytest.raises(TicketSystemUnavailable):
        http_to(wire.url).get("a")
    release.set()
    assert time.monotonic() - began < 10


def test_nobody_at_home_means_nothing_was_done() -> None:
    with pytest.raises(TicketSystemUnavailable) as caught:
        http_to(f"http://127.0.0.1:{free_port()}").send("POST", "a", json={})
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("value", ["7", "date", "", "soon", "-3", "1e9", "9999999999999"])
def test_the_time_to_wait_is_read_as_http_has_it(wire: Wire, value: str) -> None:
    at = datetime.now(timezone.utc) + timedelta(seconds=60)
    sent = format_datetime(at, usegmt=True) if value == "date" else value
    wire.fail("GET", "says", response=says(429, "", Retry_After=sent))
    with pytest.raises(RateLimited) as caught:
        http_to(wire.url).get("a")
    after = caught.value.retry_after
    if value == "7":
        assert after == timedelta(seconds=7)
    elif value == "date":
        assert after is not None
        assert timedelta(seconds=1) < after <= timedelta(seconds=60)
    else:
        assert after is None


def test_the_vendors_sentences_go_nowhere(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    """D1: an error may quote what was sent; its code and its fields may not."""
    body = (
        '{"error": {"code": "INVALID_FIELD", "message": "Kari sier: passordet er hunter2"}, '
        '"errors": {"customfield_10050": "cannot hold Kari Nordmann"}}'
    )
    wire.fail("POST", "says", response=says(400, body))
    with caplog.at_level(logging.DEBUG), pytest.raises(TicketRejected) as caught:
        http_to(wire.url).send("POST", "tickets", json={"secret": "hunter2"})
    assert str(caught.value) == "400 INVALID_FIELD customfield_10050"
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("servicedesk")]
    assert ours
    assert not any(word in line for line in ours for word in ("hunter2", "Kari", SECRET))


@pytest.mark.parametrize(
    "path",
    ["http://evil.example/next", "https://127.0.0.1/next", "//evil.example/next", "http://127.0.0.1:1/x"],
)
def test_a_page_that_lies_elsewhere_is_not_fetched(wire: Wire, path: str) -> None:
    """S9: our sign-in goes to the configured host only, also where an answer names the next page."""
    if path.startswith("//"):
        http_to(wire.url).get(path)  # a path of ours, however it begins
        assert wire.requests == ["GET /evil.example/next"]
        return
    with pytest.raises(TicketRejected):
        http_to(wire.url).get(path)
    assert wire.requests == []


def test_our_sign_in_is_not_taken_from_the_machine(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """requests would put what stands in ~/.netrc in its place."""
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", netrc)
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers["Authorization"])
        return Response("{}", content_type="application/json")

    wire._answer = answer
    http_to(wire.url).get("a")
    assert seen == [f"Bearer {SECRET}"]


def test_calls_are_paced(wire: Wire) -> None:
    http = http_to(wire.url, calls_per_second=20)
    began = time.monotonic()
    for _ in range(5):
        http.get("a")
    assert time.monotonic() - began >= 4 / 20


def test_json_without_end_is_no_answer(wire: Wire) -> None:
    wire.fail("GET", "says", response=says(200, "[" * 100_000))
    with pytest.raises(TicketSystemUnavailable):
        http_to(wire.url).get("a")
