"""A directory that keeps no authenticators, with ours beside it: to everybody else it is one directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from servicedesk.directory.errors import DirectoryUnavailable, NotSupported
from servicedesk.directory.port import Account, AccountId, Directory, Expiry, PasswordPolicy
from servicedesk.factors.authenticators import Authenticators
from servicedesk.sealing import SealBroken
from servicedesk.store import StoreUnavailable


class WithAuthenticators:
    def __init__(self, inner: Directory, authenticators: Authenticators) -> None:
        self.inner = inner
        self.settles_after = inner.settles_after
        self.authenticators = authenticators

    def find(self, account: AccountId) -> Account | None:
        return self._with_ours(self.inner.find(account))

    def find_by_username(self, username: str) -> Account | None:
        return self._with_ours(self.inner.find_by_username(username))

    def policy(self, account: AccountId) -> PasswordPolicy:
        return self.inner.policy(account)

    def unlock(self, account: AccountId) -> None:
        self.inner.unlock(account)

    def set_password(self, account: AccountId, password: str) -> None:
        self.inner.set_password(account, password)

    def revoke_sessions(self, account: AccountId) -> None:
        self.inner.revoke_sessions(account)

    def check_authenticator(self, account: AccountId, code: str) -> bool:
        try:
            return self.inner.check_authenticator(account, code)
        except NotSupported:  # it knows the account and nothing of its codes
            pass
        try:
            with _store_as_directory():
                return self.authenticators.check(account, code)
        except SealBroken as err:
            raise NotSupported("the authenticator's seed cannot be read") from err

    def locked_since(self, since: datetime) -> tuple[AccountId, ...]:
        return self.inner.locked_since(since)

    def expiring(self, first: datetime, last: datetime) -> tuple[Expiry, ...]:
        return self.inner.expiring(first, last)

    def _with_ours(self, account: Account | None) -> Account | None:
        if account is None or account.authenticator_since is not None:
            return account
        with _store_as_directory():
            return replace(account, authenticator_since=self.authenticators.since(account.id))


@contextmanager
def _store_as_directory() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as err:
        raise DirectoryUnavailable(str(err)) from err
