"""The switch for reminders, without the dialogue around it."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.reminders import ActionReminders
from servicedesk.conversations import Conversation
from tests.servicedesk.world import World, template, world

__all__ = ["template", "world"]


def say(world: World, talk: Conversation, switch: str | None) -> str:
    """The name of what is answered to the button."""
    entities = [] if switch is None else [{"entity": "switch", "value": switch}]
    message = {"intent": {"name": "reminders"}, "entities": entities, "metadata": {"language": "nb"}}
    tracker = Tracker(talk.id, {}, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    ActionReminders(world.services)._run(dispatcher, tracker)
    (reply,) = dispatcher.messages
    return str(reply["response"])


def test_off_and_on_and_how_it_stands(world: World) -> None:
    talk = world.talk("kari.nordmann")
    asked = [say(world, talk, switch) for switch in (None, "off", None, "on", None, "sideways")]
    assert asked == [
        "utter_reminders_on",
        "utter_reminders_off",
        "utter_reminders_off",
        "utter_reminders_on",
        "utter_reminders_on",
        "utter_reminders_on",
    ]


@pytest.mark.parametrize("changes", [{"account": None}, {"private": False}])
def test_only_for_oneself_and_in_private(world: World, changes: dict[str, object]) -> None:
    """S1"""
    kari = world.account("kari.nordmann").id
    whose = {"account": kari, "private": True, **changes}
    talk = world.services.conversations.open(channel="web", tenant="t", channel_user="x", **whose)  # type: ignore[arg-type]
    assert say(world, talk, "off") == "utter_reminders_unproven"
    assert world.services.reminders.are_on(kari)


def test_where_it_turned_them_off_for_all_nobody_is_promised_any(world: World) -> None:
    world.with_parts(TIER0_REMINDERS="false")
    assert say(world, world.talk("kari.nordmann"), "on") == "utter_reminders_none"
