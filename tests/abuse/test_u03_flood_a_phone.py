"""U3: flood a phone with codes."""

from __future__ import annotations

from servicedesk.errors import Tier0Error
from tests.servicedesk.world import World, at_once


def test_chat_and_page_together_send_at_most_three_an_hour_and_five_a_day(world: World) -> None:
    """S3"""
    page = world.services.page_proof
    page._run = lambda work: work()
    talks = [world.talk("kari.nordmann", user=f"device {number}") for number in range(3)]
    per_hour = []
    for hour in range(24):
        before = len(world.texts_to("kari.nordmann"))
        for minute in range(6):
            page.begin(f"stranger {hour} {minute}", "kari.nordmann", "sms", "nb")
            world.later(minutes=5)
            try:
                world.start(talks[minute % 3])
            except Tier0Error:
                continue
            finally:
                world.later(minutes=5)
        per_hour.append(len(world.texts_to("kari.nordmann")) - before)
    assert max(per_hour) <= 3
    assert sum(per_hour) == 5


def test_fifty_requests_at_once_send_one(world: World) -> None:
    """S3: 60 seconds apart, also for two processes at once"""
    talk = world.talk("ola.hansen")

    def start(_: int) -> None:
        try:
            world.start(talk)
        except Tier0Error:
            return

    at_once(50, start)
    assert len(world.texts_to("ola.hansen")) == 1
