from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from servicedesk.directory.demo import demo_id
from servicedesk.links import Claim, LinkView
from servicedesk.store.tables import reset_links
from tests.servicedesk.world import World, at_once

OLA, KARI = demo_id("ola.hansen"), demo_id("kari.nordmann")


def _row(token: str) -> Any:
    query = select(reset_links.c.state, reset_links.c.claimed_at)
    return query.where(reset_links.c.token_hash == hashlib.sha256(token.encode()).hexdigest())


def _state(world: World, token: str) -> tuple[str, datetime | None]:
    with world.services.store.transaction() as connection:
        state, claimed_at = connection.execute(_row(token)).one()
    return state, claimed_at


def test_a_link_has_256_bits_and_only_its_hash_is_stored(world: World) -> None:
    """S4"""
    token = world.services.links.issue(OLA, "c1", "nb")
    assert len(token) >= 43
    with world.services.store.transaction() as connection:
        row = connection.execute(select(reset_links)).one()
    assert token not in str(dict(row._mapping))


def test_looking_at_a_link_uses_nothing_up(world: World) -> None:
    """S4, U11: what a link preview does"""
    links = world.services.links
    token = links.issue(OLA, "c1", "nb")
    for _ in range(20):
        view = links.peek(token)
        assert view is not None
        assert (view.account, view.language, view.conversation) == (OLA, "nb", "c1")
    claim = links.claim(token)
    assert claim is not None
    assert claim.link == view


@pytest.mark.race
def test_of_fifty_claims_at_once_one_gets_the_link(world: World) -> None:
    """S4"""
    token = world.services.links.issue(OLA, "c1", "nb")
    claims = at_once(50, lambda _: world.services.links.claim(token))
    assert sum(claim is not None for claim in claims) == 1


def test_a_claimed_link_is_gone_until_it_is_freed(world: World) -> None:
    links = world.services.links
    token = links.issue(OLA, "c1", "nb")
    first = links.claim(token)
    assert first is not None
    assert links.peek(token) is None
    links.free(first)
    second = links.claim(token)
    assert second is not None
    with world.services.store.transaction() as connection:
        links.spend(second, connection=connection)
    links.free(second)
    assert links.claim(token) is None


def test_a_claim_whose_process_died_lapses_and_its_holder_writes_nothing(world: World) -> None:
    """F7: after half a minute the link is good again, and the one who slept that long is told so"""
    links = world.services.links
    token = links.issue(OLA, "c1", "nb")
    asleep = links.claim(token)
    assert asleep is not None
    world.later(seconds=29)
    assert links.claim(token) is None
    world.later(seconds=1)
    assert links.peek(token) is not None
    awake = links.claim(token)
    assert awake is not None
    links.free(asleep)
    with world.services.store.transaction() as connection:
        assert not links.hold(asleep, connection=connection)
        assert links.hold(awake, connection=connection)
    world.later(seconds=60)
    assert links.claim(token) is None, "what may have been written with is freed by its outcome only"
    assert links.peek(token) is None


def test_a_link_ends_after_ten_minutes(world: World) -> None:
    """S4"""
    token = world.services.links.issue(OLA, "c1", "nb")
    world.later(minutes=9, seconds=59)
    assert world.services.links.peek(token) is not None
    world.later(seconds=1)
    assert world.services.links.peek(token) is None
    assert world.services.links.claim(token) is None


def test_a_clock_that_went_back_revives_no_link(world: World) -> None:
    """F14"""
    token = world.services.links.issue(OLA, "c1", "nb")
    world.later(hours=-1)
    assert world.services.links.peek(token) is None
    assert world.services.links.claim(token) is None


def test_a_new_link_and_void_all_end_older_ones(world: World) -> None:
    """S4"""
    links = world.services.links
    first = links.issue(OLA, "c1", "nb")
    second = links.issue(OLA, "c1", "nb")
    assert links.claim(first) is None
    links.void_all(OLA)
    assert links.claim(second) is None


def test_what_ends_all_links_ends_the_one_in_somebodys_hands_too(world: World) -> None:
    """S4, S6: "that was not me" while the thief's password is being refused; another person's link stays"""
    links = world.services.links
    in_hand, others = links.issue(OLA, "c1", "nb"), links.issue(KARI, None, "de")
    claim = links.claim(in_hand)
    assert claim is not None
    links.void_all(OLA)
    with world.services.store.transaction() as connection:
        assert not links.hold(claim, connection=connection), "nothing may be written with it any more"
    links.free(claim)
    assert links.peek(in_hand) is None
    assert links.claim(in_hand) is None
    other = links.claim(others)
    assert other is not None
    assert other.link is not None
    assert other.link.account == KARI


def test_a_link_says_how_long_it_is_good_and_to_its_holder_while_claimed(world: World) -> None:
    """S4"""
    links, now = world.services.links, world.clock.now()
    token = links.issue(KARI, None, "de")
    view = LinkView(
        account=KARI, conversation=None, language="de", issued_at=now, expires_at=now + timedelta(minutes=10)
    )
    claim = Claim(token_hash=hashlib.sha256(token.encode()).hexdigest(), at=now)
    assert links.peek(token) == view
    links.free(claim)
    with world.services.store.transaction() as connection:
        assert not links.hold(claim, connection=connection)
        links.spend(claim, connection=connection)  # nobody has claimed it: none of them does anything
    assert (links.peek(token), _state(world, token)) == (view, ("open", None))
    assert links.claim(token) == replace(claim, link=view)
    assert (links.peek(token), _state(world, token)) == (None, ("claimed", now))
    with world.services.store.transaction() as connection:
        links.spend(claim, connection=connection)  # the worker takes it up without having seen the link
    assert (links.peek(token), _state(world, token)) == (None, ("spent", now))


def test_links_share_the_fate_of_their_transaction(world: World) -> None:
    """F7: what is undone has issued, freed, held and ended nothing"""
    links = world.services.links
    token = links.issue(OLA, "c1", "nb")
    undone = ""
    try:
        with world.services.store.transaction() as connection:
            links.void_all(OLA, connection=connection)
            undone = links.issue(OLA, "c1", "nb", connection=connection)
            raise InterruptedError
    except InterruptedError:
        assert links.claim(undone) is None
    claim = links.claim(token)
    assert claim is not None
    assert claim.link is not None
    assert claim.link.account == OLA
    for move, moved in ((links.free, "open"), (links.spend, "spent"), (links.hold, "writing")):
        try:
            with world.services.store.transaction() as connection:
                move(claim, connection=connection)
                assert connection.execute(_row(token)).one().state == moved
                raise InterruptedError
        except InterruptedError:
            assert _state(world, token) == ("claimed", claim.at)


def test_a_freed_link_does_not_outlive_its_ten_minutes(world: World) -> None:
    links = world.services.links
    token = links.issue(OLA, "c1", "nb")
    claim = links.claim(token)
    assert claim is not None
    world.later(minutes=11)
    links.free(claim)
    assert links.claim(token) is None


def test_rubbish_is_no_link(world: World) -> None:
    """U10"""
    for token in ("", "x" * 10_000, "'; DROP TABLE reset_links; --", "\ud800", "\x00"):
        assert world.services.links.peek(token) is None
        assert world.services.links.claim(token) is None


def test_the_address_is_the_configured_one(world: World) -> None:
    """S4"""
    world.with_parts(TIER0_DESK_URL="https://it.nordlys.example/")
    assert world.services.links.url("abc") == "https://it.nordlys.example/reset/abc"
