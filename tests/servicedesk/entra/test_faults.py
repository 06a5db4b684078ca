"""Reading from a service that is slow, busy, broken or gone (F1, F2, F5, F6)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from servicedesk.directory.entra import graph as graph_module
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.errors import DirectoryUnavailable
from servicedesk.directory.port import AccountId
from tests.fakes.entra.graph import FakeGraph, Reply, error, throttled
from tests.fakes.entra.server import FakeEntra, Fault
from tests.fakes.entra.tenant import User


def once(reply: Reply, pattern: str) -> Callable[[str, str], Reply | None]:
    """Refuse the first request of this kind, in a batch or alone."""
    left = [reply]
    return lambda _method, path: left.pop() if left and pattern in path else None


@pytest.mark.parametrize("kind", ["lost", "page", "cut"])
def test_a_read_that_was_broken_off_is_asked_again(
    entra: FakeEntra, directory: EntraDirectory, kari: User, kind: str
) -> None:
    """F6"""
    entra.faults.append(Fault("batch", kind))  # type: ignore[arg-type]
    assert directory.find(AccountId(kari.id)) is not None
    assert entra.wire("batch") == 2


@pytest.mark.parametrize("kind", ["hang", "huge"])
def test_whatever_comes_a_read_ends_within_five_seconds(
    entra: FakeEntra, directory: EntraDirectory, kari: User, kind: str
) -> None:
    """F2, F6"""
    entra.faults.append(Fault("batch", kind, times=100))  # type: ignore[arg-type]
    begun = time.monotonic()
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))
    assert time.monotonic() - begun < 5


def test_a_throttled_part_is_asked_again_and_the_others_are_not(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    """F5: after the time that Graph names"""
    entra.graph.refusing = once(throttled(1), "authentication/methods")
    begun = time.monotonic()
    account = directory.find(AccountId(kari.id))
    assert account is not None
    assert account.phone is not None
    assert time.monotonic() - begun >= 1
    asked = [line.rsplit("/", 1)[-1] for line in entra.graph.asked]
    assert (asked.count("methods"), asked.count("transitiveMemberOf")) == (2, 1)


@pytest.mark.parametrize("part", ["transitiveMemberOf", "roleAssignments", "domains"])
def test_what_stays_throttled_makes_the_directory_unavailable_and_nobody_ordinary(
    entra: FakeEntra, directory: EntraDirectory, kari: User, part: str
) -> None:
    """S7: no account is taken for ordinary because a question went unanswered"""
    entra.graph.refusing = lambda _method, path: throttled(10) if part in path else None
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))


def test_a_service_that_stopped_answering_is_left_alone_for_a_while(
    entra: FakeEntra, directory: EntraDirectory, kari: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F2: the breaker; the next callers hear at once, and the service is found again by itself"""
    monkeypatch.setattr(graph_module, "TRIP_SECONDS", 1.5)
    directory.find(AccountId(kari.id))
    entra.faults.append(Fault("batch", "lost", times=100))
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))
    monkeypatch.setattr(graph_module, "TRIP_SECONDS", 30.0)
    for _ in range(graph_module.TRIP_AFTER):
        with pytest.raises(DirectoryUnavailable):
            directory.find(AccountId(kari.id))
    asked, begun = len(entra.requests), time.monotonic()
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))
    assert (len(entra.requests), time.monotonic() - begun < 0.5) == (asked, True)


def test_a_service_that_comes_back_is_found_again(
    entra: FakeEntra, directory: EntraDirectory, kari: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_module, "TRIP_SECONDS", 0.5)
    entra.faults.append(Fault("batch", "lost", times=graph_module.TRIP_AFTER))
    with contextlib.suppress(DirectoryUnavailable):  # the first call may or may not outlast it
        directory.find(AccountId(kari.id))
    time.sleep(0.5)
    assert directory.find(AccountId(kari.id)) is not None


def test_a_batch_that_forgets_a_part_is_not_believed(
    entra: FakeEntra, directory: EntraDirectory, kari: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F6"""
    whole = FakeGraph._batch

    def forgetful(self: FakeGraph, *arguments: object) -> Reply:
        reply = whole(self, *arguments)  # type: ignore[arg-type]
        assert reply.body is not None
        reply.body["responses"] = [part for part in reply.body["responses"] if part["id"] != "roles"]
        return reply

    monkeypatch.setattr(FakeGraph, "_batch", forgetful)
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))


def test_pages_on_another_host_are_not_followed(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    """S9: the token is for Graph only"""
    for number in range(3):
        entra.tenant.add_group(f"Project {number}", kari.id)
    entra.graph.page_size = 1
    entra.graph.base = "https://graph.example.com/v1.0"
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))


def test_eight_at_once_share_one_token_and_all_get_their_answer(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: directory.find(AccountId(kari.id)), range(8)))
    assert all(account is not None and account.id == kari.id for account in found)
    assert len(entra.login.given) == 1


def test_one_look_is_one_request(entra: FakeEntra, directory: EntraDirectory, kari: User) -> None:
    directory.find(AccountId(kari.id))
    before = len(entra.requests)
    directory.find(AccountId(kari.id))
    assert entra.requests[before:] == ["POST /v1.0/$batch"]


def test_nobody_is_nobody_and_no_fault(entra: FakeEntra, directory: EntraDirectory) -> None:
    entra.graph.refusing = once(error(503, "serviceNotAvailable", ""), "/users")
    assert directory.find(AccountId("11111111-2222-3333-4444-555555555555")) is None
