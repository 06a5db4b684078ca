"""The attacker writes to the whole bot: connector, Rasa with the trained model, actions, service desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from servicedesk.bootstrap import Services
from servicedesk.directory.demo import demo_id
from servicedesk.store.tables import challenges, directory_accounts
from tests.journeys.conftest import agent, clock, endpoint, services, settings, talk_as, work

__all__ = ["agent", "clock", "endpoint", "services", "settings", "talk_as", "work"]


@pytest.fixture
def asked_of(services: Services) -> Callable[[], set[str]]:
    """Whose proof was asked for so far, by account."""

    def asked_of() -> set[str]:
        with services.store.transaction() as connection:
            return set(connection.execute(select(challenges.c.account)).scalars())

    return asked_of


@pytest.fixture
def texted(services: Services) -> Callable[[], set[str]]:
    """Which numbers and addresses got anything so far."""
    return lambda: {sent.recipient for sent in services.delivery.recent()}  # type: ignore[attr-defined]


@pytest.fixture
def row_of(services: Services) -> Callable[[str], tuple[object, ...]]:
    """All that the directory holds of this person: password, lockout, phone, authenticator and the rest."""

    def row_of(username: str) -> tuple[object, ...]:
        with services.store.transaction() as connection:
            query = select(directory_accounts).where(directory_accounts.c.id == demo_id(username))
            return tuple(connection.execute(query).one())

    return row_of
