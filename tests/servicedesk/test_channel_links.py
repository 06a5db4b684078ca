"""A chat platform's user is tied to one account, on proof, and the tie never moves by itself (S1)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from servicedesk.channel_links import Evidence, EvidenceKind
from servicedesk.directory.demo import demo_id
from servicedesk.directory.port import Account
from servicedesk.store.tables import audit, directory_accounts
from tests.servicedesk.world import World

KARI = "kari.nordmann"


def link(world: World, user: str, value: str, kind: EvidenceKind = EvidenceKind.EMAIL) -> Account | None:
    return world.services.channel_links.account_of(
        channel="slack", tenant="T1", user=user, evidence=Evidence(kind, value)
    )


def events(world: World) -> list[tuple[str, str]]:
    with world.services.store.transaction() as connection:
        query = select(audit.c.event, audit.c.outcome).where(audit.c.event.startswith("channel."))
        return [(row.event, row.outcome) for row in connection.execute(query)]


def test_the_exact_address_links_once_and_is_audited(world: World):
    email = world.account(KARI).email
    for _ in range(3):
        found = link(world, "U1", email.upper())
        assert found is not None
        assert found.id == demo_id(KARI)
    assert events(world) == [("channel.linked", "done")]


def test_the_directorys_own_id_links_too(world: World):
    found = link(world, "U1", demo_id(KARI), EvidenceKind.OBJECT_ID)
    assert found is not None
    assert found.username == KARI


@pytest.mark.parametrize("value", ["", "kari.nordmann", "nobody@nordlys.example", "*", "a@b\0c", "kari*"])
def test_what_names_no_address_links_nobody(world: World, value: str):
    """A sign-in name is not an address, and nothing is a pattern."""
    assert link(world, "U1", value) is None
    assert events(world) == []


def test_a_changed_profile_gets_nobody_elses_account(world: World):
    """Whoever writes a colleague's address into their own profile loses their link, and gains none."""
    assert link(world, "U1", world.account(KARI).email)
    assert link(world, "U1", world.account("erik.lindqvist").email) is None
    assert link(world, "U1", world.account(KARI).email)


def test_a_second_user_with_the_same_address_is_refused(world: World):
    assert link(world, "U1", world.account(KARI).email)
    assert link(world, "U2", world.account(KARI).email) is None
    assert events(world) == [("channel.linked", "done"), ("channel.linked", "refused")]


def test_an_address_that_is_not_unique_links_nobody(world: World):
    email = world.account(KARI).email
    with world.services.store.transaction() as connection:
        connection.execute(
            update(directory_accounts)
            .where(directory_accounts.c.username == "erik.lindqvist")
            .values(username=email.casefold())
        )
    assert link(world, "U1", email) is None


def test_a_forgotten_link_can_be_made_anew(world: World):
    links = world.services.channel_links
    assert link(world, "U1", world.account(KARI).email)
    assert links.forget(channel="slack", tenant="T1", user="U1")
    assert not links.forget(channel="slack", tenant="T1", user="U1")
    assert link(world, "U2", world.account(KARI).email)
