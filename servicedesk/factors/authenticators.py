"""Authenticator seeds, sealed, for directories that keep none or keep them to themselves (S2, S14)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.keys import KeyRing
from servicedesk.sealing import seal, unseal
from servicedesk.store import Store
from servicedesk.store.tables import authenticators
from servicedesk.totp import matching_step


class Authenticators:
    def __init__(self, store: Store, clock: Clock, keys: KeyRing) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys

    def since(self, account: AccountId) -> datetime | None:
        """When this account's authenticator was enrolled; None where there is none."""
        query = select(authenticators.c.enrolled_at).where(authenticators.c.account == account)
        with self._store.transaction() as connection:
            return connection.execute(query).scalar_one_or_none()

    def check(self, account: AccountId, code: str) -> bool:
        """Whether the authenticator shows this now; of any number at once one is right. Raises SealBroken."""
        with self._store.transaction() as connection:
            row = connection.execute(_of(account)).one_or_none()
        if row is None:
            return False
        step = matching_step(unseal(self._keys, account, row.seed), code, self._clock.now())
        if step is None:
            return False
        with self._store.transaction() as connection:
            taken = connection.execute(
                update(authenticators)
                .where(
                    authenticators.c.account == account,
                    authenticators.c.seed == row.seed,  # enrolled anew in between: another authenticator
                    authenticators.c.step < step,
                )
                .values(step=step)
            )
        return bool(taken.rowcount == 1)

    def keep(self, connection: Connection, account: AccountId, seed: str, step: int) -> None:
        """From now on this one, and no other. Joins the caller's transaction."""
        self.remove(connection, account)
        connection.execute(
            insert(authenticators).values(
                account=account,
                seed=seal(self._keys, account, seed),
                step=step,
                enrolled_at=self._clock.now(),
            )
        )

    def remove(self, connection: Connection, account: AccountId) -> bool:
        """False where there was none. Joins the caller's transaction."""
        gone = connection.execute(delete(authenticators).where(authenticators.c.account == account))
        return bool(gone.rowcount)


def _of(account: AccountId) -> object:
    return select(authenticators).where(authenticators.c.account == account)
