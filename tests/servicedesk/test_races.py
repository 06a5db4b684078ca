"""Many at once, in threads and in two processes, on both stores (S3, S4, S6, F11, D2).

A few rounds here; all hundred: `pytest tests/servicedesk/test_races.py --rounds=100`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from servicedesk import store as store_module
from servicedesk.accounts import ChangeResult, UnlockResult
from servicedesk.directory.demo import demo_id
from servicedesk.errors import Tier0Error
from servicedesk.store import StoreUnavailable
from servicedesk.store.tables import audit, reset_links
from servicedesk.verification import SelfServicePaused
from tests.servicedesk.processes import in_two_processes
from tests.servicedesk.world import GOOD_PASSWORD, FaultyDirectory, World, at_once, both_stores, put_in

pytestmark = both_stores
OLA, KARI = demo_id("ola.hansen"), demo_id("kari.nordmann")


@pytest.fixture(autouse=True)
def _patience(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits long is not what these tests are about, and a busy machine must not end a race."""
    monkeypatch.setattr(store_module, "BUSY_TIMEOUT_SECONDS", 60)
    monkeypatch.setattr(store_module, "POOL_TIMEOUT_SECONDS", 60)
    monkeypatch.setitem(store_module.POSTGRESQL, "lock_timeout", "60s")
    world.with_parts()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> range:
    number: int = request.config.getoption("--rounds")
    return range(number)


def _together(world: World, threads: int, work: Callable[[int], Any]) -> Counter[Any]:
    """How often each answer came, over two processes with so many threads each."""
    halves = in_two_processes(world, lambda _: Counter(at_once(threads, work)))
    return halves[0] + halves[1]


def _error_of(work: Callable[[], object]) -> str:
    try:
        work()
    except Tier0Error as err:
        return type(err).__name__
    return ""


def test_of_two_hundred_right_codes_one_is_accepted(world: World, rounds: range) -> None:
    """S3: accepted once, and worth one proof"""
    talk = world.talk("ola.hansen")
    for _ in rounds:
        world.start(talk)
        code = world.code_for("ola.hansen")
        outcomes = _together(world, 100, lambda _, code=code: world.check(talk, code).outcome)
        assert outcomes["accepted"] == 1, outcomes
        assert set(outcomes) <= {"accepted", "none", "paused"}, outcomes
        proofs = _together(world, 10, lambda _: world.services.verification.spend_accepted(talk.id, "reset"))
        assert proofs[OLA] == 1, proofs
        world.later(hours=25)


def test_of_five_hundred_wrong_codes_five_are_compared(world: World, rounds: range) -> None:
    """S3, U2"""
    talk = world.talk("ola.hansen")
    for _ in rounds:
        world.start(talk)
        right = world.code_for("ola.hansen")
        guesses = [f"{number:06}" for number in range(501) if f"{number:06}" != right][:500]

        def guess(process: int, guesses: list[str] = guesses) -> int:
            compared: list[str] = []
            challenges = world.services.verification.challenges
            real = challenges.code_matches

            def counting(row: Any, code: str) -> bool:
                compared.append(code)
                return real(row, code)

            challenges.code_matches = counting  # type: ignore[method-assign]  # in this process only
            mine = guesses[process::2]
            at_once(25, lambda thread: [world.check(talk, code) for code in mine[thread::25]])
            return len(compared)

        assert sum(in_two_processes(world, guess)) == 5
        assert world.check(talk, right).outcome != "accepted"
        with pytest.raises(SelfServicePaused):
            world.start(talk)
        assert len(world.queued("case.report")) == 1 + len(world.queued("ticket.open"))
        world.services.outbox.run_due({"case.report": lambda item: None})
        world.later(hours=25)


def test_the_pages_pause_holds_for_all_names_at_once(world: World) -> None:
    """S3: thirty wrong codes, whoever they are for"""
    page, limits = world.services.page_proof, world.services.verification.limits
    page._run, page._answer_time = lambda work: work(), 0.0
    for number in range(60):
        page.begin(f"s{number}", f"nobody{number}", "sms", "nb")

    def count(number: int) -> bool:
        name = page._nobody(f"nobody{number}")
        with world.services.store.transaction() as connection:
            return limits.count_try(connection, name, proven=False) is not None

    halves = in_two_processes(world, lambda half: sum(at_once(30, lambda n: count(n + 30 * half))))
    assert sum(halves) == world.settings.limits.unproven_wrong_codes


def test_of_many_posts_with_one_link_one_changes_the_password(world: World, rounds: range) -> None:
    """S4, F11: the directory is asked once, whoever was too late hears that the link is used"""
    for number in rounds:
        token = world.link("ola.hansen")
        password = f"{GOOD_PASSWORD} {number}"

        def post(_: int, token: str = token, password: str = password) -> tuple[Counter[Any], int]:
            directory = FaultyDirectory(world.directory)
            put_in(world.services, directory)
            change = world.services.accounts.change_password
            results = Counter(at_once(10, lambda _: change(token, password).result))
            return results, directory.calls.count("set_password")

        (first, once), (second, twice) = in_two_processes(world, post)
        assert first + second == {ChangeResult.DONE: 1, ChangeResult.LINK_GONE: 19}
        assert once + twice == 1
        assert world.trail("account.reset").count("done") == number + 1
        world.later(hours=25)


def test_chat_and_page_at_once_send_one_code_and_keep_nobody_waiting(world: World, rounds: range) -> None:
    """S3, U3: and no two wait for each other until the database cuts one off"""
    page = world.services.page_proof
    page._run = lambda work: work()
    talk = world.talk("kari.nordmann")

    def ask(number: int) -> str:
        if number % 2:
            return _error_of(lambda: page._begin(f"stranger {number}", "kari.nordmann", "sms", "nb"))
        return _error_of(lambda: world.start(talk))

    for number in rounds:
        before = len(world.texts_to("kari.nordmann"))
        errors = _together(world, 20, ask)
        assert len(world.texts_to("kari.nordmann")) - before == 1, number
        assert set(errors) <= {"", "CodesExhausted"}, errors
        world.later(hours=25)


def test_of_many_unlocks_at_once_three_are_begun_in_a_day(world: World) -> None:
    """S6: each with a proof of its own"""
    talks = [world.talk("kari.nordmann", user=f"device {number}") for number in range(6)]
    for talk in talks:
        world.start(talk, "unlock", factor="authenticator")
        code = world.directory.demo_authenticator_code(KARI)
        assert code is not None
        assert world.check(talk, code).outcome == "accepted"
        world.later(seconds=31)
    world.directory.lock(KARI)

    def unlock(number: int) -> UnlockResult:
        directory = world.directory
        directory.unlock = lambda account: None  # type: ignore[method-assign]  # it stays locked for all six
        return world.services.accounts.unlock(talks[number]).result

    halves = in_two_processes(world, lambda half: at_once(3, lambda number: unlock(number + 3 * half)))
    results = Counter(halves[0] + halves[1])
    assert world.trail("account.unlock").count("intended") <= 3, results
    assert world.trail("account.unlock").count("done") >= 1


def test_of_many_links_at_once_the_newest_is_good(world: World) -> None:
    """S4"""
    links = world.services.links
    _together(world, 10, lambda _: links.issue(OLA, "c1", "nb"))
    with world.services.store.transaction() as connection:
        query = select(func.count()).select_from(reset_links).where(reset_links.c.state == "open")
        assert connection.execute(query).scalar_one() == 1


def test_the_trail_stays_whole_whoever_writes_at_once(world: World) -> None:
    """D2: no gap, no two of a number, no writer cut off"""
    names = ("ola.hansen", "kari.nordmann", "maja.ekholm", "erik.lindqvist", "sabine.koch")
    talks = [world.talk(name, user=f"{name} {half}") for half in range(2) for name in names]
    accounts = [world.account(name) for name in names]

    def work(number: int) -> str:
        talk, account = talks[number], accounts[number % 5]

        def step() -> None:
            world.services.verification.open(_request(talk, account), f"{number:06}")
            world.check(talk, f"{number:06}")
            world.services.accounts.begin_reset_link(talk, "nb")

        return _error_of(step)

    def open_at_once(half: int) -> list[str]:
        return at_once(5, lambda number: work(number + 5 * half))

    errors = in_two_processes(world, open_at_once)
    assert StoreUnavailable.__name__ not in errors[0] + errors[1]
    assert world.services.audit.verify() == []
    with world.services.store.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(audit)).scalar_one() >= 10


def _request(talk: Any, account: Any) -> Any:
    from servicedesk.challenges import Request

    return Request(
        account=account.id,
        conversation=talk.id,
        channel_user=talk.channel_user,
        proven=True,
        purpose="reset",
        factor="sms",
    )
