"""What is taken for an order while a fault is talked about, and asks for nothing."""

from __future__ import annotations

from typing import Any, cast

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import VERDICT
from actions.no_order import goes_on_about_a_fault
from actions.turn import Turn

FIRST = "the stock page will not open"
Json = dict[str, Any]


def turn(text: str, awaiting: str | None = VERDICT) -> Turn:
    said: Json = {
        "text": text,
        "intent": {"name": "service_request", "confidence": 0.6},
        "entities": [],
        "articles": [],
    }
    events: list[Json] = [{"event": "user", "text": each, "parse_data": {}} for each in (FIRST, text)]
    slots: Json = {"question": FIRST, "awaiting": awaiting}
    tracker = Tracker("c", slots, said, events, False, None, {}, "action_listen")
    return Turn(
        conversation=cast(Any, None),
        language="en",
        tracker=tracker,
        dispatcher=CollectingDispatcher(),
        services=cast(Any, None),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Na, mit VPN hat des nix zu tun. Es geht um die Lagerseite, und die Kollegen haben's auch",
        "nei, det er lagersiden det gjelder, sitter på kontoret",
        "körde verktyget, gav en halv timme. papperskorgen var redan tom",
        "ran the tool twice, no difference at all",
    ],
)
def test_it_goes_on_about_the_fault(text: str) -> None:
    assert goes_on_about_a_fault(turn(text))
    assert not goes_on_about_a_fault(turn(text, awaiting=None)), "nothing is at hand"


@pytest.mark.parametrize(
    "text",
    [
        "jeg trenger en ny skjerm",
        "beställ en licens för Visio åt mig",
        "ich brauche Zugang zum Ordner Einkauf",
        "a new mouse, please",
        "no, I would like another laptop",
    ],
)
def test_an_order_is_one_whatever_was_talked_about(text: str) -> None:
    assert not goes_on_about_a_fault(turn(text))
