"""Writing a password in either way, and what is said when nobody knows whether it was written (F3)."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.entra.http import new_session
from servicedesk.directory.entra.settings import Reset
from servicedesk.directory.entra.tokens import OperatorTokens
from servicedesk.directory.errors import (
    AccountNotFound,
    ChangeForbidden,
    DirectoryError,
    DirectoryUnavailable,
    NotSupported,
    OutcomeUnknown,
    PasswordFault,
    PasswordRejected,
)
from servicedesk.directory.port import AccountId
from tests.fakes.entra.graph import error, throttled
from tests.fakes.entra.server import FakeEntra, Fault
from tests.fakes.entra.setup import entra_directory, entra_settings, key_ring
from tests.fakes.entra.tenant import CURRENT_PASSWORD, User, new_id

NEW = "Rask giraff spiser 7 lefser"
WRITE = "(PATCH|resetPassword)"


@pytest.fixture(params=[Reset.PROFILE, Reset.METHOD])
def either(request: pytest.FixtureRequest, entra: FakeEntra, tmp_path: Path) -> EntraDirectory:
    """The adapter that writes in one way, and the one that writes in the other."""
    if request.param is Reset.METHOD:
        sign_operator_in(entra, tmp_path)
    return entra_directory(entra, tmp_path, reset=request.param)


@pytest.fixture
def by_method(entra: FakeEntra, tmp_path: Path) -> EntraDirectory:
    sign_operator_in(entra, tmp_path)
    return entra_directory(entra, tmp_path, reset=Reset.METHOD)


def sign_operator_in(entra: FakeEntra, folder: Path) -> None:
    entra.login.operator = "tier0-operator@nordlys.example"
    tokens = OperatorTokens(entra_settings(entra, folder), new_session(str(entra.ca_file)), key_ring(folder))
    assert tokens.sign_in(lambda _message: None) == "tier0-operator@nordlys.example"


# --- either way ---


def test_a_password_is_set_once(entra: FakeEntra, either: EntraDirectory, kari: User) -> None:
    either.set_password(AccountId(kari.id), NEW)
    assert (kari.password, entra.tenant.password_writes) == (NEW, [kari.id])


def test_a_password_that_the_policy_refuses_is_rejected(
    entra: FakeEntra, either: EntraDirectory, kari: User
) -> None:
    """The tenant's banned words are its secret: Entra does not say which it was."""
    with pytest.raises(PasswordRejected):
        either.set_password(AccountId(kari.id), "Nordlys er best 2026")
    assert kari.password == CURRENT_PASSWORD


def test_what_entras_published_rules_tell_is_said(either: EntraDirectory, kari: User) -> None:
    with pytest.raises(PasswordRejected) as caught:
        either.set_password(AccountId(kari.id), "Blå giraff spiser 7 lefser")
    assert caught.value.reasons == (PasswordFault.CHARACTERS,)
    with pytest.raises(PasswordRejected) as caught:
        either.set_password(AccountId(kari.id), "rask giraff spiser lefser")
    assert caught.value.reasons == (PasswordFault.UNMIXED,)


def test_an_administrators_password_is_refused_by_graph_itself(
    entra: FakeEntra, either: EntraDirectory, kari: User
) -> None:
    """S7: the directory's rights forbid it, too"""
    entra.tenant.give_role(kari.id)
    with pytest.raises(ChangeForbidden):
        either.set_password(AccountId(kari.id), NEW)
    assert kari.password == CURRENT_PASSWORD


def test_nobodys_password_is_not_found(either: EntraDirectory) -> None:
    for nobody in (new_id(), "kari.nordmann", "../domains"):
        with pytest.raises(AccountNotFound):
            either.set_password(AccountId(nobody), NEW)


@pytest.mark.parametrize("kind", ["lost", "page"])
def test_an_answer_lost_after_the_write_is_unknown_and_nothing_is_sent_twice(
    entra: FakeEntra, either: EntraDirectory, kari: User, kind: str
) -> None:
    """F3"""
    entra.faults.append(Fault(WRITE, kind))  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknown):
        either.set_password(AccountId(kari.id), NEW)
    assert sum("PATCH" in line or "resetPassword" in line for line in entra.requests) == 1


@pytest.mark.parametrize("kind", ["hang", "never"])
def test_a_write_without_an_answer_ends_within_five_seconds_as_unknown(
    entra: FakeEntra, directory: EntraDirectory, kari: User, kind: str
) -> None:
    """F2, F3"""
    directory.find(AccountId(kari.id))
    entra.faults.append(Fault(WRITE, kind))  # type: ignore[arg-type]
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        directory.set_password(AccountId(kari.id), NEW)
    assert time.monotonic() - begun < 5
    assert entra.wire("PATCH") == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_on_a_write_is_unknown(
    entra: FakeEntra, either: EntraDirectory, kari: User, status: int
) -> None:
    """F3: whether it was done is exactly what such an answer does not say"""
    entra.graph.refusing = lambda method, path: (
        error(status, "serviceNotAvailable", "") if method == "PATCH" or "resetPassword" in path else None
    )
    with pytest.raises(OutcomeUnknown):
        either.set_password(AccountId(kari.id), NEW)


def test_a_throttled_write_was_not_done_and_is_tried_again(
    entra: FakeEntra, either: EntraDirectory, kari: User
) -> None:
    """F5: 429 says so"""
    answers = [throttled(1)]
    entra.graph.refusing = lambda method, path: (
        answers.pop() if answers and (method == "PATCH" or "resetPassword" in path) else None
    )
    begun = time.monotonic()
    either.set_password(AccountId(kari.id), NEW)
    assert time.monotonic() - begun >= 1
    assert entra.tenant.password_writes == [kari.id]


def test_who_is_told_to_wait_longer_than_there_is_time_is_told_at_once(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    """F2: nobody waits for a time-out that has been announced, the next caller neither"""
    entra.graph.refusing = lambda *_: throttled(60)
    begun = time.monotonic()
    for _ in range(3):
        with pytest.raises(DirectoryUnavailable):
            directory.set_password(AccountId(kari.id), NEW)
    assert time.monotonic() - begun < 2
    assert (entra.wire("PATCH"), entra.tenant.password_writes) == (1, [])


def test_a_service_that_cannot_be_reached_changed_nothing(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    """F1"""
    directory.find(AccountId(kari.id))
    entra.stop()
    with pytest.raises(DirectoryUnavailable) as caught:
        directory.set_password(AccountId(kari.id), NEW)
    assert not isinstance(caught.value, OutcomeUnknown)


def test_the_password_is_in_no_log_and_no_error(
    entra: FakeEntra, either: EntraDirectory, kari: User, caplog: pytest.LogCaptureFixture
) -> None:
    """D1, S5"""
    caplog.set_level(logging.DEBUG)
    secret = "Kanari-7-hemmelig-fugl"
    faults = (Fault(WRITE, "lost"), Fault(WRITE, "page"))
    for fault in faults:
        entra.faults.append(fault)
        with pytest.raises(DirectoryError) as caught:
            either.set_password(AccountId(kari.id), secret)
        shown, error_ = "", caught.value
        while error_ is not None:
            shown, error_ = shown + repr(error_) + str(error_), error_.__cause__ or error_.__context__
        assert secret not in shown
    with pytest.raises(PasswordRejected) as rejected:
        either.set_password(AccountId(kari.id), secret + "-nordlys")
    assert secret not in repr(rejected.value) + str(rejected.value.__cause__)
    either.set_password(AccountId(kari.id), secret)
    assert kari.password == secret
    assert secret not in caplog.text


# --- by profile ---


def test_the_application_needs_its_right(entra: FakeEntra, directory: EntraDirectory, kari: User) -> None:
    entra.login.roles.discard("User-PasswordProfile.ReadWrite.All")
    with pytest.raises(ChangeForbidden):
        directory.set_password(AccountId(kari.id), NEW)


def test_a_synchronised_account_is_out_of_the_profiles_reach(
    entra: FakeEntra, directory: EntraDirectory
) -> None:
    user = entra.tenant.add_user("synced", synced=True)
    with pytest.raises(NotSupported):
        directory.set_password(AccountId(user.id), NEW)


# --- by method, a long-running operation ---


def test_a_synchronised_account_is_written_back(entra: FakeEntra, by_method: EntraDirectory) -> None:
    user = entra.tenant.add_user("synced", synced=True)
    by_method.set_password(AccountId(user.id), NEW)
    account = by_method.find(AccountId(user.id))
    assert account is not None
    assert user.password == NEW
    assert account.must_change_password, "Entra's own rule: the employee is told"


def test_a_reset_that_runs_too_long_is_unknown(
    entra: FakeEntra, by_method: EntraDirectory, kari: User
) -> None:
    """F3: it may end well after all"""
    entra.graph.slow_looks = 1_000
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        by_method.set_password(AccountId(kari.id), NEW)
    assert time.monotonic() - begun < 5
    [operation] = entra.graph.operations.values()
    entra.graph.end(operation)
    assert entra.tenant.password_writes == [kari.id]


def test_half_an_answer_is_unknown(entra: FakeEntra, by_method: EntraDirectory, kari: User) -> None:
    """F3, F6"""
    entra.faults.append(Fault(WRITE, "cut"))
    with pytest.raises(OutcomeUnknown):
        by_method.set_password(AccountId(kari.id), NEW)
    assert entra.wire("resetPassword") == 1


def test_a_reset_that_failed_changed_nothing(entra: FakeEntra, by_method: EntraDirectory, kari: User) -> None:
    entra.graph.operation_fails = "OnPremisesConnectivityFailure"
    with pytest.raises(DirectoryUnavailable):
        by_method.set_password(AccountId(kari.id), NEW)
    assert kari.password == CURRENT_PASSWORD


def test_a_reset_that_cannot_be_looked_at_is_unknown(
    entra: FakeEntra, by_method: EntraDirectory, kari: User
) -> None:
    """F3"""
    entra.graph.refusing = lambda _method, path: (
        error(404, "Request_ResourceNotFound", "") if "/operations/" in path else None
    )
    with pytest.raises(OutcomeUnknown):
        by_method.set_password(AccountId(kari.id), NEW)


def test_the_operators_token_goes_to_graph_only(
    entra: FakeEntra, by_method: EntraDirectory, kari: User
) -> None:
    """S9: a Location on another host is not followed"""
    entra.graph.base = "https://graph.example.com/v1.0"
    with pytest.raises(OutcomeUnknown):
        by_method.set_password(AccountId(kari.id), NEW)
    assert not entra.wire("/operations/")


def test_without_an_operator_nobodys_password_can_be_set(
    entra: FakeEntra, tmp_path: Path, kari: User
) -> None:
    with pytest.raises(NotSupported):
        entra_directory(entra, tmp_path, reset=Reset.METHOD).set_password(AccountId(kari.id), NEW)
    assert not entra.wire("resetPassword")


def test_the_application_itself_may_not_reset_by_method(
    entra: FakeEntra, by_method: EntraDirectory, directory: EntraDirectory, kari: User
) -> None:
    """Graph knows no application permission for it: the reason why there is an operator."""
    by_method._writer._graph._tokens = directory._graph._tokens  # type: ignore[attr-defined]
    with pytest.raises(ChangeForbidden):
        by_method.set_password(AccountId(kari.id), NEW)


# --- sessions (S6) ---


def test_sessions_are_ended(directory: EntraDirectory, kari: User) -> None:
    directory.revoke_sessions(AccountId(kari.id))
    directory.revoke_sessions(AccountId(kari.id))
    assert kari.sessions_valid_from is not None


def test_sessions_are_not_ended_without_the_right(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    entra.login.roles.discard("User.RevokeSessions.All")
    with pytest.raises(ChangeForbidden):
        directory.revoke_sessions(AccountId(kari.id))
    entra.login.roles.add("User.RevokeSessions.All")
    entra.faults.append(Fault("revoke", "lost"))
    with pytest.raises(OutcomeUnknown):
        directory.revoke_sessions(AccountId(kari.id))
