"""Two ways to write a password, each with limits of its own (docs/directory-entra.md).

The password lives in the request's body and nowhere else: no error, log line or attribute holds it (D1, S5)."""

from __future__ import annotations

import logging
import random
import time
from typing import Protocol

from servicedesk.directory.entra.graph import Graph
from servicedesk.directory.entra.http import Answer, Deadline
from servicedesk.directory.errors import (
    AccountNotFound,
    ChangeForbidden,
    DirectoryUnavailable,
    NotSupported,
    OutcomeUnknown,
    PasswordFault,
    PasswordRejected,
)
from servicedesk.directory.port import AccountId
from servicedesk.passwords import count_kinds

logger = logging.getLogger(__name__)

PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490"  # the same for everybody
MIN_LENGTH, MAX_LENGTH = 8, 256  # characters; the tenant's own rules come on top
MIN_KINDS = 3  # of capital letters, small letters, digits and signs
POLL_SECONDS = (0.3, 0.8)  # where the operation names no time itself
SYNCED = "on-premises mastered"


class PasswordWriter(Protocol):
    def write(self, account: AccountId, password: str, deadline: Deadline) -> None:
        """Raises what the port's set_password raises."""


class ProfileWriter:
    """PATCH /users/{id} as the application: done when answered. Cloud accounts only."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def write(self, account: AccountId, password: str, deadline: Deadline) -> None:
        body = {"passwordProfile": {"password": password, "forceChangePasswordNextSignIn": False}}
        answer = self._graph.write("PATCH", f"/users/{account}", body, deadline)
        if not answer.ok:
            raise refusal_of(answer, password)


class MethodWriter:
    """POST …/resetPassword as the operator: accepted at once, done a moment later, written back to Active Directory.

    Entra asks the employee for another password at the next sign-in; nobody can switch that off."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def write(self, account: AccountId, password: str, deadline: Deadline) -> None:
        path = f"/users/{account}/authentication/methods/{PASSWORD_METHOD}/resetPassword"
        answer = self._graph.write("POST", path, {"newPassword": password}, deadline)
        if not answer.ok:
            raise refusal_of(answer, password)
        operation = answer.headers.get("Location")
        if not operation:
            raise OutcomeUnknown("Graph accepted the reset and did not say where to look")
        self._wait_for(operation, answer.retry_after, password, deadline)

    def _wait_for(self, operation: str, pause: float | None, password: str, deadline: Deadline) -> None:
        """Look until it has ended. What cannot be seen in time is unknown: it is read back, never set again (F3)."""
        while True:
            wait = random.uniform(*POLL_SECONDS) if pause is None else pause
            if wait >= deadline.left:
                raise OutcomeUnknown("the reset still runs")
            time.sleep(wait)
            try:
                answer = self._graph.get(self._graph.path_of(operation), deadline)
            except DirectoryUnavailable as err:
                raise OutcomeUnknown("the reset runs, and Graph does not answer") from err
            status = str(answer.body.get("status")).casefold()  # the documentation writes it both ways
            if not answer.ok:
                raise OutcomeUnknown(f"Graph does not show the reset: {answer.status} {answer.code}")
            if status == "succeeded":
                return
            if status == "failed":
                raise _failure(str(answer.body.get("statusDetail") or ""), password)
            pause = answer.retry_after


def refusal_of(answer: Answer, password: str | None = None) -> Exception:
    """Graph's refusal of a write, in the port's words. Graph's own sentence stays in no message: it may quote."""
    said = f"Graph answers {answer.status} {answer.code}"
    logger.warning("a change was refused: %s", said)
    if answer.status == 404:
        return AccountNotFound(said)
    if answer.status == 403:
        return ChangeForbidden(said)
    if SYNCED in answer.message:
        return NotSupported("a synchronised account's password can be written by way of its method only")
    if answer.status == 400 and password is not None and "password" in answer.message.casefold():
        return PasswordRejected(*_faults(password))
    return ChangeForbidden(said)


def _failure(detail: str, password: str) -> Exception:
    """The operation ended without a change."""
    logger.warning("a reset operation failed")
    if "polic" in detail.casefold() or "complex" in detail.casefold() or "banned" in detail.casefold():
        return PasswordRejected(*_faults(password))
    return DirectoryUnavailable("the reset failed: nothing was changed")


def _faults(password: str) -> tuple[PasswordFault, ...]:
    """Graph says "not good enough" and no more: what its published rules tell is said, the rest is its secret.

    https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy"""
    if len(password) < MIN_LENGTH:
        return (PasswordFault.TOO_SHORT,)
    if len(password) > MAX_LENGTH:
        return (PasswordFault.TOO_LONG,)
    if not password.isascii():
        return (PasswordFault.CHARACTERS,)
    if count_kinds(password) < MIN_KINDS:
        return (PasswordFault.UNMIXED,)
    return (PasswordFault.REFUSED,)
