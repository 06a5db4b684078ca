"""A directory that is down, slow, half-done or silent after the write (F1-F4), and processes that sleep over it (F7).

How each adapter cuts a call at 5 s and leaves a silent server alone is in tests/contracts and
tests/servicedesk/entra; here is what the journeys make of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from servicedesk import store as store_module
from servicedesk.accounts import ChangeResult, UnlockResult
from servicedesk.delivery.errors import DeliveryUnavailable
from servicedesk.directory.demo import demo_id
from servicedesk.directory.embedded import SignIn
from servicedesk.directory.errors import DirectoryUnavailable, OutcomeUnknown
from servicedesk.store import Store
from servicedesk.store.turns import Turn, wait_for_turn
from servicedesk.texts import load
from tests.servicedesk.world import GOOD_PASSWORD, FaultyDirectory, World, both_stores, put_in

OLA = demo_id("ola.hansen")
CUT_AFTER = timedelta(seconds=5)  # each call ends by itself by then (servicedesk/directory/port.py)
TOLD_WITHIN = timedelta(seconds=6)


class SilentDirectory(FaultyDirectory):
    """Stops answering after so many calls: whoever asks waits until the call is cut."""

    def __init__(self, world: World, answers: int) -> None:
        super().__init__(world.directory)
        self._world, self._answers = world, answers

    def __getattr__(self, name: str) -> Any:
        call = super().__getattr__(name)
        if not callable(call):
            return call

        def cut(*arguments: Any, **options: Any) -> Any:
            if len(self.calls) >= self._answers:
                self.calls.append(name)
                self._world.clock.advance(CUT_AFTER)
                raise DirectoryUnavailable("no answer")
            return call(*arguments, **options)

        return cut


@pytest.fixture
def faulty(world: World) -> FaultyDirectory:
    directory = FaultyDirectory(world.directory)
    put_in(world.services, directory)
    return directory


def test_a_directory_that_falls_silent_at_any_call_of_a_reset_is_told_in_six_seconds(world: World) -> None:
    """F1: nothing changed, the link still good; or changed, and said so"""
    results = []
    for answers in itertools.count():
        token, began = world.link("ola.hansen"), world.clock.now()
        directory = SilentDirectory(world, answers)
        put_in(world.services, directory)  # type: ignore[arg-type]
        outcome = world.services.accounts.change_password(token, f"{GOOD_PASSWORD} {answers}")
        assert world.clock.now() - began <= TOLD_WITHIN, directory.calls
        results.append(outcome.result)
        put_in(world.services, world.directory)  # type: ignore[arg-type]
        changed = world.directory.sign_in("ola.hansen", f"{GOOD_PASSWORD} {answers}") is SignIn.OK
        assert changed is (outcome.result is ChangeResult.DONE)
        assert (world.services.links.peek(token) is None) is changed
        world.later(hours=25)
        if len(directory.calls) < answers:
            break
    assert results[:3] == [ChangeResult.UNAVAILABLE] * 3
    assert set(results[3:]) == {ChangeResult.DONE}


def test_a_directory_that_falls_silent_at_any_call_of_an_unlock_is_told_in_six_seconds(world: World) -> None:
    """F1: queued, and done once when it is back; or done"""
    results = []
    for answers in itertools.count():
        world.directory.lock(OLA)
        talk = world.talk("ola.hansen")
        world.prove(talk, "ola.hansen", "unlock")
        began, directory = world.clock.now(), SilentDirectory(world, answers)
        put_in(world.services, directory)  # type: ignore[arg-type]
        outcome = world.services.accounts.unlock(talk)
        assert world.clock.now() - began <= TOLD_WITHIN, directory.calls
        results.append(outcome.result)
        put_in(world.services, world.directory)  # type: ignore[arg-type]
        if outcome.result is UnlockResult.QUEUED:
            assert world.account("ola.hansen").locked
            world.services.accounts.retry_unlock(world.queued("account.unlock")[-1])
        assert not world.account("ola.hansen").locked
        world.later(hours=25)
        if len(directory.calls) < answers:
            break
    assert results[:3] == [UnlockResult.QUEUED] * 3
    assert set(results[3:]) == {UnlockResult.DONE}


@both_stores
def test_nobody_waits_for_a_directory_or_gateway_that_somebody_else_waits_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F2: no call goes out while a transaction is open, neither for this account nor for another"""
    monkeypatch.setattr(store_module, "BUSY_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setitem(store_module.POSTGRESQL, "lock_timeout", "200ms")
    beside = Store(world.settings.database_url)
    asked: list[str] = []

    def watched(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*arguments: Any) -> Any:
            asked.append(name)
            with beside.transaction() as connection:
                wait_for_turn(connection, Turn.ACCOUNT, OLA)
                wait_for_turn(connection, Turn.AUDIT)
            return call(*arguments)

        return ask

    directory, delivery = world.directory, world.services.delivery
    for adapter, names in (
        (directory, ("find", "policy", "unlock", "set_password")),
        (delivery, ("send",)),
    ):
        for name in names:
            monkeypatch.setattr(adapter, name, watched(name, getattr(adapter, name)))
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    assert world.services.accounts.unlock(talk).result is UnlockResult.DONE
    world.later(minutes=5)
    token = world.link("ola.hansen")
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.DONE
    assert set(asked) == {"find", "policy", "unlock", "set_password", "send"}
    beside.close()


def test_a_change_that_came_to_nothing_leaves_its_link_good(world: World, faulty: FaultyDirectory) -> None:
    """F3: the answer was lost, and so was the look; the worker finds it unchanged"""
    token = world.link("ola.hansen")
    faulty.fail["set_password"] = [OutcomeUnknown("time-out")]
    real = world.directory.find

    def down_once(account: Any) -> Any:
        world.directory.find = real  # type: ignore[method-assign]
        raise DirectoryUnavailable("down")

    def answer_once(account: Any) -> Any:
        world.directory.find = down_once  # type: ignore[method-assign]
        return real(account)

    world.directory.find = answer_once  # type: ignore[method-assign]
    accounts = world.services.accounts
    assert accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.UNKNOWN
    assert accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.LINK_GONE
    world.later(seconds=60)
    accounts.settle(world.queued("account.settle")[0])
    assert accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.DONE
    assert world.trail("account.reset") == ["intended", "unknown", "failed", "intended", "done"]


def test_a_dead_attempt_does_not_take_the_next_change_for_its_own(
    world: World, faulty: FaultyDirectory
) -> None:
    """F7: one change, one notice, whatever the worker finds when it looks after the first"""
    token = world.link("ola.hansen")
    faulty.fail["set_password"] = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        world.services.accounts.change_password(token, GOOD_PASSWORD)
    world.later(seconds=61)
    second = world.link("ola.hansen")
    assert world.services.accounts.change_password(second, GOOD_PASSWORD).result is ChangeResult.DONE
    for payload in world.queued("account.settle"):
        world.services.accounts.settle(payload)
    assert world.trail("account.reset") == ["intended", "failed", "intended", "done"]
    assert len(world.queued("notice.sms")) == 1


def test_who_slept_over_the_intent_does_not_write(
    world: World, faulty: FaultyDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F7: by then the worker may have said that it came to nothing"""
    change = world.services.accounts._password_change
    intend = change._intend

    def intend_and_sleep(*arguments: Any) -> Any:
        intended = intend(*arguments)
        world.later(seconds=21)
        return intended

    monkeypatch.setattr(change, "_intend", intend_and_sleep)
    token = world.link("ola.hansen")
    result = world.services.accounts.change_password(token, GOOD_PASSWORD).result
    assert result is ChangeResult.UNAVAILABLE
    assert "set_password" not in faulty.calls
    assert world.services.links.peek(token) is not None


def test_who_slept_over_the_write_has_its_change_written_down(world: World, faulty: FaultyDirectory) -> None:
    """F7, D2: the worker looked in between and found nothing changed; no change goes without audit and notice"""
    real = world.directory.set_password

    def sleep_and_set(account: Any, password: str) -> None:
        world.later(seconds=61)
        world.services.accounts.settle(world.queued("account.settle")[0])
        real(account, password)

    world.directory.set_password = sleep_and_set  # type: ignore[method-assign]
    token = world.link("ola.hansen")
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.DONE
    assert world.trail("account.reset") == ["intended", "failed", "done"]
    assert len(world.queued("notice.sms")) == 1
    assert world.services.links.peek(token) is None


def test_what_is_left_of_a_half_done_reset_is_done_once(world: World, faulty: FaultyDirectory) -> None:
    """F4: the employee hears which half"""
    real = world.directory.set_password

    def set_only(account: Any, password: str) -> None:
        real(account, password)
        world.directory.lock(OLA)

    world.directory.set_password = set_only  # type: ignore[method-assign]
    outcome = world.services.accounts.change_password(world.link("ola.hansen"), GOOD_PASSWORD)
    assert (outcome.result, outcome.still_locked) == (ChangeResult.DONE, True)
    world.services.accounts.settle(world.queued("account.settle")[0])
    [payload] = world.queued("account.unlock")
    for _ in range(3):
        world.services.accounts.retry_unlock(payload)
    assert faulty.calls.count("unlock") == 1
    assert [news["text"] for news in world.queued("chat.say")] == [
        load("en")["chat_password_changed_locked"],
        load("en")["chat_unlocked"],
    ]
    assert world.directory.sign_in("ola.hansen", GOOD_PASSWORD) is SignIn.OK


def test_a_code_that_cannot_be_sent_is_no_code(world: World) -> None:
    """F15: another factor or L1; the one that was not sent is worth nothing"""
    sent: list[Any] = []

    def lose(message: Any) -> None:
        sent.append(message)
        raise DeliveryUnavailable("down")

    world.services.delivery.send = lose  # type: ignore[method-assign]
    talk = world.talk("kari.nordmann")
    with pytest.raises(DeliveryUnavailable):
        world.start(talk)
    code = "".join(char for char in sent[0].text.replace("IT: ", "", 1) if char.isdigit())[:6]
    assert world.check(talk, code).outcome == "none"
    world.start(talk, factor="authenticator")
    right = world.directory.demo_authenticator_code(demo_id("kari.nordmann"))
    assert right is not None
    assert world.check(talk, right).outcome == "accepted"
