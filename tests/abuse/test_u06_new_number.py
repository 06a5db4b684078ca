"""U6: the number was changed yesterday (SIM swap)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.accounts import ChangeResult, Condition
from servicedesk.verification import FactorNotUsable
from tests.servicedesk.world import GOOD_PASSWORD, World


def test_no_code_goes_to_a_number_of_yesterday(world: World) -> None:
    """S2"""
    world.edit("ola.hansen", phone="+4799999999", phone_since=world.clock.now() - timedelta(hours=71))
    account = world.account("ola.hansen")
    assert world.services.accounts.diagnose(account.id).condition is Condition.REFUSED
    with pytest.raises(FactorNotUsable):
        world.start(world.talk("ola.hansen"))
    world.services.page_proof._run = lambda work: work()
    world.services.page_proof.begin("s1", "ola.hansen", "sms", "nb")
    assert world.services.delivery.recent() == ()


def test_a_number_changed_while_the_link_is_open_closes_it(world: World) -> None:
    """S4"""
    token = world.link("ola.hansen")
    world.later(minutes=2)
    world.edit("ola.hansen", phone="+4799999999", phone_since=world.clock.now())
    assert world.services.accounts.change_password(token, GOOD_PASSWORD).result is ChangeResult.LINK_GONE
