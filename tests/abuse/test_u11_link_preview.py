"""U11: a link preview, a mail scanner or an impatient finger opens the reset link."""

from __future__ import annotations

from servicedesk.accounts import ChangeResult
from tests.servicedesk.world import GOOD_PASSWORD, World, at_once


def test_a_hundred_looks_leave_the_link_good(world: World) -> None:
    """S4"""
    token = world.link("ola.hansen")
    views = at_once(10, lambda _: [world.services.links.peek(token) for _ in range(10)])
    assert all(view is not None for several in views for view in several)
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.DONE
    assert world.services.links.peek(token) is None
