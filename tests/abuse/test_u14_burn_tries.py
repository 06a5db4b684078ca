"""U14: burn a victim's tries."""

from __future__ import annotations

from sqlalchemy import func, select

from servicedesk.accounts import UnlockResult
from servicedesk.store.tables import code_sends
from tests.servicedesk.world import World


def test_a_stranger_on_the_page_cannot_keep_the_owner_out(world: World) -> None:
    """S3: tries are counted apart, and some sends are kept for the owner"""
    page = world.services.page_proof
    page._run, page._answer_time = lambda work: work(), 0.0
    world.directory.lock(world.account("kari.nordmann").id)
    for number in range(5):
        page.begin(f"stranger {number}", "kari.nordmann", "sms", "nb")
        for _ in range(5):
            page.check(f"stranger {number}", "00000000")
        world.later(minutes=3)
    talk = world.talk("kari.nordmann")
    world.prove(talk, "kari.nordmann", "unlock")
    page.begin("stranger", "kari.nordmann", "sms", "nb")
    assert world.services.accounts.unlock(talk).result is UnlockResult.DONE


def test_strangers_who_only_ask_for_codes_leave_one_for_the_owner(world: World) -> None:
    """S3: all but one of an hour's sends, all but two of a day's"""
    page = world.services.page_proof
    page._run, page._answer_time = lambda work: work(), 0.0
    for number in range(5):
        page.begin(f"stranger {number}", "kari.nordmann", "sms", "nb")
        world.later(minutes=3)
    assert sends(world) == 2
    world.prove(world.talk("kari.nordmann"), "kari.nordmann")
    world.later(hours=2)
    for number in range(5):
        page.begin(f"another {number}", "kari.nordmann", "sms", "nb")
        world.later(minutes=3)
    assert sends(world) == 4
    world.prove(world.talk("kari.nordmann"), "kari.nordmann")


def test_another_conversation_cannot_burn_them_either(world: World) -> None:
    """S3: a code is bound to its conversation, and where none is open nothing is counted"""
    talk, other = world.talk("ola.hansen"), world.talk("erik.lindqvist")
    world.start(talk)
    for _ in range(20):
        assert world.check(other, "000000").outcome == "none"
    assert world.check(talk, world.code_for("ola.hansen")).tries_left == 5


def sends(world: World) -> int:
    with world.services.store.transaction() as connection:
        return int(connection.execute(select(func.count()).select_from(code_sends)).scalar_one())
