"""A reset link spent on an account in Entra: what is certain, what is not, and who finds out (F1, F3, S6)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from servicedesk.accounts import ChangeResult, Condition
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.entra.settings import Reset
from servicedesk.directory.entra.tokens import PAUSE_SECONDS
from servicedesk.directory.errors import PasswordFault
from servicedesk.directory.port import AccountId
from servicedesk.texts import load
from tests.fakes.entra.graph import error
from tests.fakes.entra.server import FakeEntra, Fault
from tests.fakes.entra.setup import entra_directory, fake_entra
from tests.fakes.entra.tenant import CURRENT_PASSWORD, User
from tests.servicedesk.entra.test_passwords import sign_operator_in
from tests.servicedesk.world import World, put_in

NEW = "Rask giraff spiser 7 lefser"


class Company:
    """The domain on a fake Entra, and one employee with a link."""

    def __init__(self, world: World, entra: FakeEntra, folder: Path) -> None:
        self.world, self.entra, self._folder = world, entra, folder
        self.use(entra_directory(entra, folder))
        self.user: User = entra.tenant.add_user("kari.nordmann")

    def use(self, directory: EntraDirectory) -> None:
        put_in(self.world.services, directory)  # type: ignore[arg-type]

    def by_method(self) -> None:
        sign_operator_in(self.entra, self._folder)
        self.use(entra_directory(self.entra, self._folder, reset=Reset.METHOD))

    def link(self) -> str:
        services = self.world.services
        talk = services.conversations.open(
            channel="teams",
            tenant="t",
            channel_user="kari",
            account=AccountId(self.user.id),
            private=True,
            language="nb",
        )
        with services.store.transaction() as connection:
            token = services.links.issue(AccountId(self.user.id), talk.id, "nb", connection=connection)
        self.world.later(seconds=5)  # Graph's times have whole seconds
        return token

    def change(self, password: str = NEW) -> ChangeResult:
        return self.world.services.accounts.change_password(self.link(), password).result

    def news(self) -> list[str]:
        return [news["text"] for news in self.world.queued("chat.say")]

    def settle(self) -> None:
        [payload] = self.world.queued("account.settle")
        self.world.services.accounts.settle(payload)


@pytest.fixture
def company(world: World, tmp_path: Path) -> Iterator[Company]:
    with fake_entra(tmp_path, world.clock) as entra:
        yield Company(world, entra, tmp_path)


def test_the_new_password_is_set_and_the_sessions_end(company: Company) -> None:
    """S6"""
    assert company.change() is ChangeResult.DONE
    assert company.user.password == NEW
    assert company.news() == [load("nb")["chat_password_changed"]]
    [payload] = company.world.queued("account.revoke")
    company.world.services.accounts.revoke_sessions(payload)
    assert company.user.sessions_valid_from is not None


def test_what_entra_refuses_leaves_the_link_good(company: Company) -> None:
    token = company.link()
    accounts = company.world.services.accounts
    refused = accounts.change_password(token, "Nordlys-er-helt-best-2026!")
    assert refused.result is ChangeResult.REJECTED
    assert refused.reasons
    assert accounts.change_password(token, NEW).result is ChangeResult.DONE


def test_a_lost_answer_is_read_back(company: Company) -> None:
    """F3: and never set twice"""
    company.entra.faults.append(Fault("PATCH", "lost"))
    assert company.change() is ChangeResult.DONE
    assert company.entra.tenant.password_writes == [company.user.id]


def test_a_server_that_has_not_heard_of_the_write_is_not_believed(company: Company) -> None:
    """F3: "nothing was changed" would be a lie; the worker looks again when all servers know"""
    company.entra.faults.append(Fault("PATCH", "lost"))
    token = company.link()
    accounts = company.world.services.accounts
    original = company.entra.tenant.set_password

    def set_and_lag(*arguments: object, **options: object) -> None:
        original(*arguments, **options)  # type: ignore[arg-type]
        company.entra.graph.stale_reads = 2  # the account, and its last sign-in

    company.entra.tenant.set_password = set_and_lag  # type: ignore[method-assign]
    assert accounts.change_password(token, NEW).result is ChangeResult.UNKNOWN
    assert accounts.change_password(token, NEW).result is ChangeResult.LINK_GONE
    company.world.later(seconds=60)
    company.settle()
    assert company.news() == [load("nb")["chat_password_changed"]]
    assert company.entra.tenant.password_writes == [company.user.id]


def test_a_write_that_never_arrived_is_found_out_too(company: Company) -> None:
    """F3"""
    company.entra.graph.refusing = lambda method, _path: (
        error(504, "gatewayTimeout", "") if method == "PATCH" else None
    )
    assert company.change() is ChangeResult.UNKNOWN
    company.world.later(seconds=60)
    company.settle()
    assert company.news() == [load("nb")["chat_password_unchanged"]]
    assert company.user.password == CURRENT_PASSWORD


def test_an_operation_that_ends_after_we_stopped_looking_is_settled(company: Company) -> None:
    """F3: 202 and a long-running operation"""
    company.by_method()
    company.entra.graph.slow_looks = 1_000
    assert company.change() is ChangeResult.UNKNOWN
    [operation] = company.entra.graph.operations.values()
    company.entra.graph.end(operation)
    company.world.later(seconds=60)
    company.settle()
    assert company.news() == [load("nb")["chat_password_changed_must_change"]]


def test_the_employee_is_told_of_the_second_change_that_entra_asks_for(company: Company) -> None:
    company.by_method()
    outcome = company.world.services.accounts.change_password(company.link(), NEW)
    assert (outcome.result, outcome.must_change) == (ChangeResult.DONE, True)
    assert company.news() == [load("nb")["chat_password_changed_must_change"]]


def test_who_became_privileged_after_the_link_is_refused_before_graph_is_asked(company: Company) -> None:
    """S7"""
    token = company.link()
    company.entra.tenant.give_role(company.user.id)
    assert company.world.services.accounts.change_password(token, NEW).result is ChangeResult.REFUSED
    assert not company.entra.wire("PATCH")


def test_a_directory_that_is_down_leaves_the_link_good(company: Company) -> None:
    """F1"""
    token = company.link()
    company.entra.faults.append(Fault("", "page", times=99))
    accounts = company.world.services.accounts
    assert accounts.change_password(token, NEW).result is ChangeResult.UNAVAILABLE
    company.entra.faults.clear()
    time.sleep(PAUSE_SECONDS)
    assert accounts.change_password(token, NEW).result is ChangeResult.DONE


def test_the_diagnosis_tells_what_is_so(company: Company) -> None:
    accounts, account = company.world.services.accounts, AccountId(company.user.id)
    assert accounts.diagnose(account).condition is Condition.FINE
    company.entra.tenant.refuse_sign_in(company.user)
    assert accounts.diagnose(account).condition is Condition.LOCKED
    company.user.synced = True
    refused = accounts.diagnose(account)
    assert (refused.condition, refused.reason) == (Condition.REFUSED, "password kept by another directory")


def test_a_new_password_ends_the_lockout_and_nothing_is_queued_in_vain(company: Company) -> None:
    company.entra.tenant.refuse_sign_in(company.user)
    company.world.later(seconds=5)
    assert company.change() is ChangeResult.DONE
    assert company.world.queued("account.unlock") == []


def test_characters_that_entra_does_not_take_are_named_before_graph_is_asked(company: Company) -> None:
    """What people in the Nordic countries and Germany type first."""
    outcome = company.world.services.accounts.change_password(company.link(), "Blå Giraff spiser 7 lefser")
    assert outcome.reasons == (PasswordFault.CHARACTERS,)
    assert not company.entra.wire("PATCH")


def test_too_short_is_said(company: Company) -> None:
    outcome = company.world.services.accounts.change_password(company.link(), "Kort-7")
    assert PasswordFault.TOO_SHORT in outcome.reasons
