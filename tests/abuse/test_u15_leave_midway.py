"""U15: leave the company in the middle of it."""

from __future__ import annotations

from typing import Any

import pytest

from servicedesk.accounts import ChangeResult, UnlockResult
from servicedesk.directory.embedded import SignIn
from tests.servicedesk.world import GOOD_PASSWORD, World

GONE: tuple[dict[str, Any], ...] = ({"enabled": False}, {"guest": True})


@pytest.mark.parametrize("values", GONE)
def test_a_link_of_before_is_worth_nothing(world: World, values: dict[str, Any]) -> None:
    """S7: checked again at the write"""
    token = world.link("erik.lindqvist")
    world.edit("erik.lindqvist", **values)
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.REFUSED
    world.edit("erik.lindqvist", enabled=True, guest=False)
    assert world.directory.sign_in("erik.lindqvist", GOOD_PASSWORD) is SignIn.WRONG


@pytest.mark.parametrize("values", GONE)
def test_a_proof_of_before_is_worth_nothing(world: World, values: dict[str, Any]) -> None:
    """S7"""
    talk = world.talk("ola.hansen")
    world.prove(talk, "ola.hansen", "unlock")
    world.edit("ola.hansen", **values)
    assert world.services.accounts.unlock(talk).result is UnlockResult.REFUSED
    assert world.account("ola.hansen").locked
