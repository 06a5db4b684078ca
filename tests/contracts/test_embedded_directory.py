from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.directory import demo, embedded
from servicedesk.directory.demo import DEMO_PASSWORD, PEOPLE, demo_id
from servicedesk.directory.embedded import EmbeddedDirectory, SignIn, is_privileged
from servicedesk.directory.errors import DirectoryUnavailable, PasswordFault, PasswordRejected
from servicedesk.directory.port import AccountId
from servicedesk.keys import KeyRing, create_missing
from servicedesk.store import Store
from servicedesk.store.migrate import migrate
from tests.contracts.directory import NEW_PASSWORD, DirectoryContract

KARI, OLA = demo_id("kari.nordmann"), demo_id("ola.hansen")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    url = f"sqlite:///{tmp_path / 'tier0.db'}"
    migrate(url)
    return Store(url)


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    create_missing(tmp_path / "keys")
    return KeyRing(tmp_path / "keys")


@pytest.fixture
def directory(store: Store, clock: ManualClock, keys: KeyRing) -> EmbeddedDirectory:
    demo.seed(store, clock, keys)
    return EmbeddedDirectory(store, clock, keys)


class TestEmbeddedDirectory(DirectoryContract):
    fine = pytest.fixture(lambda self: KARI)
    locked = pytest.fixture(lambda self: OLA)
    expired = pytest.fixture(lambda self: demo_id("astrid.berg"))
    must_change = pytest.fixture(lambda self: demo_id("lars.akesson"))
    disabled = pytest.fixture(lambda self: demo_id("nils.bergstrom"))
    privileged = pytest.fixture(lambda self: demo_id("magnus.dahl"))
    vip = pytest.fixture(lambda self: demo_id("ingrid.solberg"))
    current_password = pytest.fixture(lambda self: DEMO_PASSWORD)

    @pytest.fixture
    def code(self, directory: EmbeddedDirectory) -> Callable[[AccountId], str | None]:
        return directory.demo_authenticator_code

    @pytest.fixture
    def signs_in(self, directory: EmbeddedDirectory) -> Callable[[AccountId, str], bool]:
        names = {demo_id(person.username): person.username for person in PEOPLE}
        return lambda account, password: directory.sign_in(names[account], password) is SignIn.OK


def test_the_fifth_wrong_password_locks(directory: EmbeddedDirectory) -> None:
    tries = [directory.sign_in("kari.nordmann", f"wrong {number}") for number in range(5)]
    assert tries == [SignIn.WRONG] * 4 + [SignIn.LOCKED]
    assert directory.sign_in("kari.nordmann", DEMO_PASSWORD) is SignIn.LOCKED
    account = directory.find(KARI)
    assert account is not None
    assert (account.locked, account.lockouts_today) == (True, 1)


def test_a_right_password_forgets_the_wrong_ones(directory: EmbeddedDirectory) -> None:
    for _ in range(3):
        for _ in range(4):
            directory.sign_in("kari.nordmann", "wrong")
        assert directory.sign_in("kari.nordmann", DEMO_PASSWORD) is SignIn.OK


@pytest.mark.parametrize(
    ("username", "result"),
    [
        ("erik.lindqvist", SignIn.OK),
        ("Erik.Lindqvist@nordlys.example", SignIn.OK),
        ("ola.hansen", SignIn.LOCKED),
        ("astrid.berg", SignIn.EXPIRED),
        ("lars.akesson", SignIn.MUST_CHANGE),
        ("nils.bergstrom", SignIn.DISABLED),
        ("nobody", SignIn.WRONG),
    ],
)
def test_signing_in_shows_the_accounts_state(
    directory: EmbeddedDirectory, username: str, result: SignIn
) -> None:
    assert directory.sign_in(username, DEMO_PASSWORD) is result


def test_former_passwords_are_refused(directory: EmbeddedDirectory) -> None:
    directory.set_password(KARI, NEW_PASSWORD)
    for number in range(4):
        directory.set_password(KARI, f"{NEW_PASSWORD} {number}")
    with pytest.raises(PasswordRejected) as caught:
        directory.set_password(KARI, NEW_PASSWORD)
    assert caught.value.reasons == (PasswordFault.REUSED,)
    directory.set_password(KARI, DEMO_PASSWORD)


def test_a_password_expires_by_age(directory: EmbeddedDirectory, clock: ManualClock) -> None:
    clock.advance(timedelta(days=276))
    account = directory.find(KARI)
    assert account is not None
    assert account.password_expired


def test_a_code_of_the_step_before_or_after_counts_and_older_ones_do_not(
    directory: EmbeddedDirectory, clock: ManualClock
) -> None:
    """RFC 6238, one step either way"""
    code = directory.demo_authenticator_code(KARI) or ""
    clock.advance(timedelta(seconds=60))
    assert directory.check_authenticator(KARI, code) is False
    clock.advance(timedelta(seconds=-30))
    assert directory.check_authenticator(KARI, code) is True
    newer = directory.demo_authenticator_code(KARI) or ""
    clock.advance(timedelta(seconds=-30))
    assert directory.check_authenticator(KARI, newer) is True
    assert directory.check_authenticator(KARI, code) is False


@pytest.mark.parametrize(
    ("groups", "privileged"),
    [
        (["sales"], False),
        ([], False),
        (["domain-admins"], True),
        (["oslo-platform-team"], True),
        (["sales", "a group that nobody knows"], True),
    ],
)
def test_what_cannot_be_told_counts_as_privileged(groups: list[str], privileged: bool) -> None:
    """S7"""
    assert is_privileged(groups) is privileged


def test_group_rings_do_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(embedded.MEMBER_OF, "a", ("b",))
    monkeypatch.setitem(embedded.MEMBER_OF, "b", ("a",))
    assert is_privileged(["a"]) is False


def test_a_store_that_is_gone_is_worth_another_try(tmp_path: Path, keys: KeyRing, clock: ManualClock) -> None:
    without_tables = EmbeddedDirectory(Store(f"sqlite:///{tmp_path / 'empty.db'}"), clock, keys)
    with pytest.raises(DirectoryUnavailable):
        without_tables.find(KARI)


def test_the_demo_has_people_in_four_countries_and_all_cases(directory: EmbeddedDirectory) -> None:
    people = directory.people()
    assert len(people) == len(PEOPLE) == 25
    assert Counter(person.country for person in people).keys() == {"NO", "SE", "DE", "GB"}
    assert all(person.note for person in people)
    assert {person.site for person in people} == {
        "Oslo", "Bergen", "Stockholm", "Malmö", "Berlin", "München", "London",
    }  # fmt: skip
    accounts = [directory.find(person.id) for person in people]
    assert all(account is not None for account in accounts)
    again = directory.find(demo_id("anna.svensson"))
    assert again is not None
    assert again.lockouts_today == 3


def test_seeding_again_keeps_what_the_demo_did(
    directory: EmbeddedDirectory, store: Store, clock: ManualClock, keys: KeyRing
) -> None:
    directory.set_password(OLA, NEW_PASSWORD)
    clock.advance(timedelta(days=5))
    demo.seed(store, clock, keys)
    assert directory.sign_in("ola.hansen", NEW_PASSWORD) is SignIn.OK
    jonas = directory.find(demo_id("jonas.lie"))
    assert jonas is not None
    assert jonas.phone is not None
    assert clock.now() - jonas.phone.registered_at == timedelta(days=1)
    anna = directory.find(demo_id("anna.svensson"))
    assert anna is not None
    assert (anna.locked, anna.lockouts_today) == (True, 3)
