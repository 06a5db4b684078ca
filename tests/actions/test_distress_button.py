"""From which chance on help stands beside a form's next question."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from actions import suspicion
from bot.nlu.wishes import DISTRESS
from bot.nlu.yes_and import rest_of_yes


@pytest.mark.parametrize(("chance", "offered"), [(0.2, False), (0.25, True), (0.4, True), (0.6, False)])
def test_help_is_offered_between_the_two_bars(chance: float, offered: bool) -> None:
    message = {"text": "x", "intent": {"name": DISTRESS, "confidence": chance}, DISTRESS: chance}
    tracker = SimpleNamespace(active_loop_name="handover_form")
    turn = SimpleNamespace(intent=DISTRESS, message=message, typed="x", tracker=tracker)
    assert bool(suspicion.way_out(turn)) is offered


@pytest.mark.parametrize(
    "text",
    [
        "ja og kollegaen min har det også",
        "ja och min kollega har det med",
        "ja und die Kollegin auch",
        "yes and my colleague too",
    ],
)
def test_a_yes_goes_on_with_and(text: str) -> None:
    assert rest_of_yes(text)
